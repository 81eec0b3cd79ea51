package cli

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/limits"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
)

// reading is a command that reads inputs: review, or a part of it.
type reading struct {
	use, short, long, example string

	options review.Options // what is read and reported; flags add to it
	lists   bool           // print the workload as lists, with flags for them

	// args refuses arguments that the command cannot take; nil: none.
	args func(args []string) error
	// open gives the inputs; nil: the files and folders of the arguments.
	open func() iter.Seq2[*input.Doc, error]
	// flags adds the command's own flags, and prepare reads them before a run; nil:
	// there are none.
	flags   func(cmd *cobra.Command)
	prepare func(args []string, o *review.Options) error
	// before: the first argument is what the others are compared with.
	before bool
	// whole: folders are read at any depth.
	whole bool
	// check refuses a report that does not show what was asked for; nil: none.
	check func(*report.Report) error
}

// oneReport reports whether the arguments are of one report, whatever the
// format: they cannot be split by folders.
func (r reading) oneReport() bool { return r.open != nil || r.check != nil }

func (e env) reading(r reading) *cobra.Command {
	var f flags
	var top int
	sort := choice{value: "time", of: sortNames()}
	cmd := &cobra.Command{
		Use: r.use, Short: r.short, Long: r.long, Example: r.example,
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.args != nil {
				if err := r.args(args); err != nil {
					return err
				}
			}
			if len(args) == 0 && r.open == nil {
				args = []string{"-"}
			}
			if e.inTTY && slices.Contains(args, "-") {
				fmt.Fprintln(e.err, "Paste EXPLAIN output, exports or SQL, then press Enter and Ctrl-D. Ctrl-C leaves, pgverdict --help tells more.")
			}
			if err := f.settle(cmd); err != nil {
				return err
			}
			o, config, err := f.options()
			if err != nil {
				return err
			}
			f.lists = r.lists
			o.Only, o.Indexes, o.Pasted = r.options.Only, r.options.Indexes, r.options.Pasted
			o.Top, o.Sort, o.Context = top, sort.value, f.context
			o.Listed = report.Listed(f.format.value)
			if r.prepare != nil {
				if err := r.prepare(args, &o); err != nil {
					return err
				}
			}
			if o.Migration != nil {
				if err := config.migration(&o.Migration.Options); err != nil {
					return err
				}
			}
			if r.before {
				o.Before, args = e.twice(args[0]), args[1:]
			}
			runs := [][]string{args}
			if f.format.value == "jsonl" && !r.oneReport() {
				runs = byFolder(args)
			}
			if f.emit != "" && len(runs) > 1 {
				return errors.New("--emit takes one folder: its files are for one database")
			}
			out := e.newOutput(f)
			for _, paths := range runs {
				docs, of := input.Open(paths, e.in), cmd.Name()
				if r.whole {
					docs = input.OpenWhole(paths, e.in)
				}
				if r.open != nil {
					docs = r.open()
				} else {
					of = paths[0]
				}
				show := e
				show.errTTY = e.errTTY && !(e.inTTY && slices.Contains(paths, "-")) // no progress in what is pasted
				docs, done := show.watched(e.withoutOutputs(docs), patience)
				rep, errs := review.Run(docs, o)
				done()
				if r.check != nil && len(errs) == 0 {
					if err := r.check(rep); err != nil {
						errs = append(errs, err)
					}
				}
				out.errs = append(out.errs, errs...)
				if err := out.add(e, rep, of, f, config.Rules); err != nil {
					return err
				}
			}
			return out.deliver(f)
		},
	}
	f.register(cmd)
	if r.flags != nil {
		r.flags(cmd)
	}
	if r.lists {
		cmd.Flags().IntVar(&top, "top", 0, "list only the first N statements, tables and indexes")
		oneOf(cmd, &sort, "sort", "", "order of statements")
	}
	return cmd
}

// twice opens a path that can be read more than once, standard input and a pipe too.
func (e env) twice(path string) iter.Seq2[*input.Doc, error] {
	if info, err := os.Stat(path); path != "-" && (err != nil || limits.Special(info.Mode()) == "") {
		return input.Open([]string{path}, nil)
	}
	read := sync.OnceValues(func() ([]byte, error) {
		if path == "-" {
			return limits.ReadAll(path, e.in, limits.Document)
		}
		return limits.ReadFile(path, limits.Document)
	})
	return func(yield func(*input.Doc, error) bool) {
		text, err := read()
		if err != nil {
			yield(&input.Doc{Path: path}, err)
			return
		}
		input.OpenTexts([]input.Text{{Path: path, Content: text}})(yield)
	}
}

// withoutOutputs skips the files to which this run writes: the shell created them
// before the command started.
func (e env) withoutOutputs(docs iter.Seq2[*input.Doc, error]) iter.Seq2[*input.Doc, error] {
	var written []os.FileInfo
	for _, w := range []io.Writer{e.out, e.err} {
		if f, ok := w.(*os.File); ok {
			if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
				written = append(written, info)
			}
		}
	}
	return func(yield func(*input.Doc, error) bool) {
		for doc, err := range docs {
			if doc != nil && doc.Found && len(written) > 0 {
				info, err := os.Stat(doc.Path)
				if err == nil && slices.ContainsFunc(written, func(w os.FileInfo) bool { return os.SameFile(w, info) }) {
					continue
				}
			}
			if !yield(doc, err) {
				return
			}
		}
	}
}

// byFolder returns one run per folder, since each is a database, and one run for
// all files.
func byFolder(args []string) [][]string {
	var runs [][]string
	var files []string
	for _, path := range args {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			runs = append(runs, []string{path})
		} else {
			files = append(files, path)
		}
	}
	if len(files) > 0 {
		runs = append(runs, files)
	}
	return runs
}

func sortNames() []string {
	names := make([]string, len(review.Sorts))
	for i, s := range review.Sorts {
		names[i] = s.Name
	}
	return names
}
