// Command benchmark measures pgverdict on inputs that it makes itself, and prints a table
// of them:
//
//	go run ./internal/benchmark            all inputs, up to 200 MB each
//	go run ./internal/benchmark -scale 0.1 a tenth of each
//
// Every figure is of whole processes: their CPU time, user and system, without that of a
// start on nothing, and their peak memory. The growth is the exponent between a tenth of
// the input and all of it: 1 is linear. Where something is comparable, its time and the
// factor stand beside it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/pgverdict/pgverdict/internal/limits"
)

// work is a line of the table.
type work struct {
	name    string
	n       int // of all nodes, statements or megabytes, at scale 1
	write   func(path string, n int) error
	command string
	format  string
	against string // of baselines or peers; empty: nothing is comparable
}

var works = []work{
	{"plans in JSON", 3_000, writePlansJSON, "plan", "text", "encoding/json"},
	{"one plan in JSON, nodes", 100_000, writePlanJSON, "plan", "text", "encoding/json"},
	{"plans in text", 3_000, writePlansText, "plan", "text", ""},
	{"one plan in text, nodes", 100_000, writePlanText, "plan", "text", ""},
	{"comments behind a plan, lines", 10_000_000, writeCommented, "plan", "text", ""},
	{"pg_stat_statements, statements", 200_000, writeStatements, "workload", "text", "encoding/csv"},
	{"the same, to JSON", 200_000, writeStatements, "workload", "json", "encoding/csv"},
	{"SQL, statements", 100_000, writeQueries, "review", "text", "PostgreSQL's parser"},
	{"auto_explain log, MB", 200, writeLog, "review", "text", "pgbadger"},
	{"all exports, tables", 1_000, writeExports, "review", "text", ""},
	{"nested plan in JSON, levels", limits.PlanDepth - 100, writeNested, "plan", "text", ""}, // deeper ones are refused
}

// repeats is how often each process runs; the least time counts.
const repeats = 3

func main() {
	if len(os.Args) > 3 { // a process of its own
		do := map[string]func(args []string) error{"baseline": runBaseline, "write": writeInput}[os.Args[1]]
		if do == nil {
			fail(fmt.Errorf("no %q", os.Args[1]))
		}
		if err := do(os.Args[2:]); err != nil {
			fail(err)
		}
		return
	}
	scale := flag.Float64("scale", 1, "size of the inputs, 1 for all of it")
	flag.Parse()
	if *scale <= 0 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(os.Stdout, *scale); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "benchmark:", err)
	os.Exit(1)
}

// writeInput writes the input of a work: its name, the path and the size.
func writeInput(args []string) error {
	at := slices.IndexFunc(works, func(w work) bool { return w.name == args[0] })
	if at < 0 || len(args) != 3 {
		return fmt.Errorf("no work %q", args)
	}
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	return works[at].write(args[1], n)
}

// run builds pgverdict, measures each work and prints its line.
func run(w io.Writer, scale float64) error {
	dir, err := os.MkdirTemp("", "pgverdict-benchmark-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "pgverdict.exe")
	build := exec.Command("go", "build", "-o", program, "github.com/pgverdict/pgverdict/cmd/pgverdict")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("go build: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	start, err := measure(program, "version")
	if err != nil {
		return err
	}
	startSelf, err := measure(self, "baseline", "nothing", "")
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "work\tinput\tCPU\tpeak memory\tgrowth\tagainst\t")
	for _, of := range works {
		n := max(int(float64(of.n)*scale), 10)
		small, large := filepath.Join(dir, "small"), filepath.Join(dir, "large")
		for path, n := range map[string]int{small: n / 10, large: n} {
			// The peak of a child counts what its parent has, so this process stays small.
			if out, err := exec.Command(self, "write", of.name, path, strconv.Itoa(n)).CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w: %s", of.name, err, out)
			}
		}
		args := []string{of.command, large, "--format", of.format}
		all, err := measure(program, args...)
		if err != nil {
			return fmt.Errorf("%s: %w", of.name, err)
		}
		args[1] = small
		part, err := measure(program, args...)
		if err != nil {
			return fmt.Errorf("%s: %w", of.name, err)
		}
		bytes, bytesSmall := sizeOf(large), sizeOf(small)
		growth := math.Log(seconds(all, start)/seconds(part, start)) / math.Log(float64(bytes)/float64(bytesSmall))
		fmt.Fprintf(t, "%s %d\t%.1f MB\t%.2f s\t%s\t%.2f\t%s\t\n", of.name, n, float64(bytes)/1e6, seconds(all, start), memory(all.peak), growth,
			compared(of.against, self, large, startSelf, seconds(all, start)))
		if err := t.Flush(); err != nil {
			return err
		}
		if err := errors.Join(os.RemoveAll(small), os.RemoveAll(large)); err != nil {
			return err
		}
	}
	return nil
}

// compared measures a baseline or a peer on an input.
func compared(name, self, path string, startSelf usage, own float64) string {
	var of usage
	var err error
	var at float64
	switch program, errNone := exec.LookPath(name); {
	case name == "":
		return "-"
	case baselines[name] != nil:
		of, err = measure(self, "baseline", name, path)
		at = seconds(of, startSelf)
	case errNone == nil:
		of, err = measure(program, append(peers[name], path)...)
		at = of.cpu.Seconds()
	default:
		return name + " is not here"
	}
	if err != nil {
		return fmt.Sprintf("%s: %v", name, err)
	}
	return fmt.Sprintf("%.1f x %s (%.2f s)", own/at, name, at)
}

// peers are programs that do comparable work, with their arguments before the input.
var peers = map[string][]string{"pgbadger": {"--quiet", "--format", "stderr", "--outfile", os.DevNull, "--extension", "text"}}

// usage is what a process took.
type usage struct {
	cpu  time.Duration
	peak int64 // bytes of memory; 0 where the system does not tell
}

// measure runs a program several times without its output, and returns the least usage.
func measure(program string, args ...string) (least usage, err error) {
	for i := range repeats {
		cmd := exec.Command(program, args...)
		if err := cmd.Run(); err != nil {
			return usage{}, err
		}
		one := usage{cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peakOf(cmd.ProcessState)}
		if i == 0 || one.cpu < least.cpu {
			least = one
		}
	}
	return least, nil
}

// seconds returns the CPU time of a process without that of its start.
func seconds(of, start usage) float64 { return max(of.cpu-start.cpu, time.Millisecond).Seconds() }

func memory(bytes int64) string {
	if bytes == 0 {
		return "unknown"
	}
	return fmt.Sprintf("%d MB", bytes/1e6)
}

// sizeOf returns the bytes of a file or of the files in a folder.
func sizeOf(path string) (bytes int64) {
	_ = filepath.Walk(path, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			bytes += info.Size()
		}
		return err
	})
	return bytes
}
