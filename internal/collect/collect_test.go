package collect

import (
	"os"
	"runtime"
	"testing"
)

// The heap grows by 32 MB and more before garbage is collected again.
func TestRoom(t *testing.T) {
	if os.Getenv("GOGC") != "" {
		t.Skip("GOGC is set")
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.NextGC < m.HeapAlloc+32<<20 {
		t.Errorf("garbage is collected at %d bytes, of which %d are in use", m.NextGC, m.HeapAlloc)
	}
}
