package cli

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/pgverdict/pgverdict/internal/emit"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rules"
)

// output writes the reports of a run and collects their errors. A report of all plans and
// statements can be several times as large as the input: it is printed as it is made. A
// file gets it once it is whole.
type output struct {
	*bufio.Writer
	whole  pieces // for a file
	errs   []error
	failOn bool
}

const outputBuffer = 64 << 10

func (e env) newOutput(f flags) *output {
	o := new(output)
	if o.Writer = bufio.NewWriterSize(e.out, outputBuffer); f.output != "" {
		o.Reset(&o.whole)
	}
	return o
}

// pieces are a text that is written once it is whole.
type pieces [][]byte

func (p *pieces) Write(b []byte) (int, error) {
	*p = append(*p, bytes.Clone(b))
	return len(b), nil
}

func (p pieces) writeTo(w io.Writer) error {
	for _, b := range p {
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// add appends a report.
func (o *output) add(e env, r *report.Report, of string, f flags, choices map[string]rules.Choice) error {
	if isInput(f.output, r) {
		return fmt.Errorf("%s was read, and is not replaced by the report: give another file with --output", f.output)
	}
	if f.emit != "" {
		var left []string
		write := func(dir string, now time.Time) (paths []string, err error) {
			paths, left, err = emit.Write(dir, r, now)
			return paths, err
		}
		if r.Draft != nil {
			write = r.Draft
		}
		paths, err := write(f.emit, time.Now())
		if err != nil {
			o.errs = append(o.errs, err)
		}
		for _, path := range paths {
			fmt.Fprintln(e.err, "wrote", path)
		}
		for _, change := range left {
			fmt.Fprintln(e.err, "not written:", change)
		}
	}
	if f.failOn.value != "" {
		least, err := finding.ParseSeverity(f.failOn.value)
		if err != nil {
			return err
		}
		o.failOn = o.failOn || slices.ContainsFunc(r.Findings, func(x report.Finding) bool { return x.Severity >= least && x.New.Or(true) }) || r.Comparison != nil && r.Comparison.Slower
	}
	o.failOn = o.failOn || slices.ContainsFunc(r.Findings, func(x report.Finding) bool { return x.Ignored == "" && choices[x.Rule].Fail })
	return report.Write(o.Writer, r, f.format.value, report.Options{
		Quiet: f.quiet, Width: cmp.Or(f.width, e.width), Color: e.colored(f), Lists: f.lists, Full: f.detail.value == "full", Of: redact.MaskSecrets(of),
	})
}

// isInput reports whether a report is about the file of a path. Old reports may be replaced.
func isInput(path string, r *report.Report) bool {
	to, err := os.Stat(path)
	return err == nil && to.Mode().IsRegular() && slices.ContainsFunc(r.Inputs, func(in report.Input) bool {
		of, err := os.Stat(in.Path)
		return in.Used() && err == nil && os.SameFile(of, to)
	})
}

// deliver prints the rest of the reports, or writes them to the output file. It returns
// the error that decides the exit status.
func (o *output) deliver(f flags) error {
	err := o.Flush()
	if err == nil && f.output != "" {
		err = writeFile(f.output, o.whole)
	}
	switch {
	case err != nil:
		return err
	case len(o.errs) > 0:
		return inputErrors(o.errs)
	case o.failOn:
		return errFailOn
	}
	return nil
}

// writeFile writes a file completely or not at all: it writes a temporary file and
// renames it. An existing file keeps its mode. Something else, such as
// /dev/stdout, is written directly.
func writeFile(path string, whole pieces) error {
	mode := fs.FileMode(0o666) // before the umask
	if to, err := filepath.EvalSymlinks(path); err == nil {
		path = to
	}
	info, err := os.Stat(path)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return withoutOp(path, err)
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a folder: expected a file name", path)
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, mode)
		if err != nil {
			return err
		}
		return errors.Join(whole.writeTo(f), f.Close())
	}
	f, err := os.OpenFile(fmt.Sprintf("%s.%d.tmp", path, os.Getpid()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: there is no folder %s", path, filepath.Dir(path))
	}
	if err != nil {
		return withoutOp(path, err)
	}
	err = whole.writeTo(f)
	if err == nil && info != nil {
		err = f.Chmod(info.Mode().Perm())
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(withoutOp(path, err), os.Remove(f.Name()))
	}
	return nil
}
