package collect

import (
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// Once garbage was collected, it is collected as by default.
func TestAfterFirst(t *testing.T) {
	if os.Getenv("GOGC") != "" {
		t.Skip("GOGC is set")
	}
	runtime.GC()
	for range 100 {
		percent := debug.SetGCPercent(-1)
		debug.SetGCPercent(percent)
		if percent == byDefault {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the heap still grows as before the first collection")
}
