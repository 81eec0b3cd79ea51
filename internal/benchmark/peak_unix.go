//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// peakOf returns the largest resident set of a process in bytes.
func peakOf(p *os.ProcessState) int64 {
	of, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return int64(of.Maxrss)
	}
	return int64(of.Maxrss) * 1024
}
