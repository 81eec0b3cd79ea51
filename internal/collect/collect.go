// Package collect decides when garbage is collected: whenever the heap has grown by half
// of what is in use, and by another 32 MB. Most inputs never get there. By default, a heap
// of 4 MB is collected, and the review of a small plan spent a third of its time on that;
// and the heap doubles before, so a large input takes as much memory for garbage as for
// what is known of it.
//
// A command imports the package for this effect. Packages are initialized in the order of
// their paths, so it comes before those that compile their expressions.
package collect

import (
	"os"
	"runtime"
	"runtime/debug"
)

// unused counts as heap and takes no memory, since nothing writes to it.
var unused []byte

func init() {
	if os.Getenv("GOGC") == "" { // otherwise as the user wants it
		debug.SetGCPercent(50)
		unused = make([]byte, 64<<20)
		runtime.KeepAlive(unused)
	}
}
