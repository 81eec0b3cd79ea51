// Package collect decides when garbage is collected: for the first time when the heap has
// 32 MB, from then on whenever it has doubled, as by default. Most inputs never get there.
// By default, a heap of 4 MB is collected, and the review of a small plan spent a third of
// its time on that.
//
// A command imports the package for this effect. Packages are initialized in the order of
// their paths, so it comes before those that compile their expressions.
package collect

import (
	"os"
	"runtime"
	"runtime/debug"
)

const (
	first     = 32 << 20 // bytes
	smallest  = 4 << 20  // of the runtime, at its default
	byDefault = 100      // percent
)

func init() {
	if os.Getenv("GOGC") != "" {
		return // as the user wants it
	}
	debug.SetGCPercent(first / smallest * byDefault)
	runtime.AddCleanup(new([16]byte), func(percent int) { debug.SetGCPercent(percent) }, byDefault)
}
