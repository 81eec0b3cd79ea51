package cli

import (
	"errors"
	"io"
	"iter"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
	"github.com/pgverdict/pgverdict/internal/rules"
	examples "github.com/pgverdict/pgverdict/testdata"
	"github.com/pgverdict/pgverdict/workload"
)

// reading describes a command that reads inputs: review, or a part of it.
type reading struct {
	use, short, long, example string
	only                      []input.Kind
	lists                     bool // print the workload as lists, with flags for them
	two                       bool // takes exactly two paths
	indexes                   bool // only findings about indexes
	demo                      bool // the built-in example, without input
	pasted                    bool // only findings about pasted plans and queries
}

var reviewing = reading{
	use:   "review [PATH...]",
	short: "Review plans, statistics exports, a schema dump and queries together",
	long: "Reads files and folders, recognizes each file by its content, and writes one report. Folders are read to depth 3,\n" +
		"without hidden files. Reports and scripts written by pgverdict are skipped. No PATH, or -: standard input.",
	example: "  psql -XAt -c 'EXPLAIN (ANALYZE, BUFFERS) SELECT ...' | pgverdict\n" +
		"  pgverdict review incident/ --format markdown -o ticket.md",
}

var planReading = reading{
	use:   "plan [PATH...]",
	short: "Review plans only: annotated tree, findings, indexes that the plan supports",
	long: "Reads EXPLAIN output (text, JSON, YAML or XML), as pasted from psql, a log, a mail or a web page. A file may hold\n" +
		"several plans. No PATH, or -: standard input. For a query without a plan but with exports, the report shows the\n" +
		"plan estimated by the planner cost model, with the current and with the proposed indexes.",
	example: "  pgverdict plan plan.txt\n  pgverdict plan postgresql.log --format markdown\n  pgverdict plan query.sql incident/",
	only:    []input.Kind{input.Plan, input.SQL, input.Rows, input.Schema},
	pasted:  true,
}

var workloadReading = reading{
	use:   "workload [PATH...]",
	short: "Review exported statistics only: top statements, unused and duplicate indexes, write cost of each index",
	long: "Reads the CSV files of `pgverdict export`, or the views as psql prints them, and lists statements, tables and\n" +
		"indexes with their cost. With two exports all figures are for the time between them.",
	example: "  pgverdict workload incident/\n  pgverdict workload monday/ tuesday/ --sort io --top 20",
	only:    []input.Kind{input.Rows, input.Schema},
	lists:   true,
}

var indexReading = reading{
	use:   "indexes [PATH...]",
	short: "Index advice only: which to create, which to drop, what each costs on every write",
	long: "Reads what review reads. The report is limited to indexes to create, indexes to drop, indexes not proposed, and\n" +
		"the existing indexes with their cost.",
	example: "  pgverdict indexes incident/ --budget 500MB\n  pgverdict indexes incident/ --emit migrations/",
	indexes: true,
	lists:   true,
}

var comparing = reading{
	use:   "compare BEFORE AFTER",
	short: "Compare two plans of one query, or two exports of one database",
	long: "Reads two plans of one query. The report shows which nodes, rows, blocks and times differ, which node causes the\n" +
		"difference, and whether an index helped. Or reads two folders of exports: what got slower, what is new, what is\n" +
		"gone. The export times decide which one is earlier. A statistics reset or failover in between is detected.",
	example: "  pgverdict compare before.txt after.txt\n  pgverdict compare monday/ tuesday/",
	two:     true,
}

var demonstration = reading{
	use:   "demo",
	short: "Review a built-in example incident",
	long: "Reviews a built-in example: a slow query of an invented parcel service, with its plan and statistics from a\n" +
		"real server. The files are in testdata/demo of the source. Takes the same flags as review.",
	example: "  pgverdict demo\n  pgverdict demo --format markdown --detail full",
	demo:    true,
}

func (e env) reading(r reading) *cobra.Command {
	var f flags
	var top int
	sort := choice{"time", sortNames()}
	cmd := &cobra.Command{
		Use: r.use, Short: r.short, Long: r.long, Example: r.example,
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.two && len(args) != 2 {
				return errors.New("expected two plans or two folders of exports: pgverdict compare BEFORE AFTER")
			}
			if r.demo && len(args) > 0 {
				return errors.New("pgverdict demo takes no files: use pgverdict review FILE...")
			}
			if len(args) == 0 && !r.demo {
				if e.inTTY {
					return errors.New("expected a file, a folder, or piped input: psql -XAt -c 'EXPLAIN (ANALYZE, BUFFERS) ...' | pgverdict")
				}
				args = []string{"-"}
			}
			choices, err := readConfig(f.config)
			if err != nil {
				return err
			}
			if err := rules.Check(choices); err != nil {
				return err
			}
			f.lists = r.lists
			runs := [][]string{args}
			if f.format.value == "jsonl" && !r.two && !r.demo {
				runs = byFolder(args)
			}
			if f.emit != "" && len(runs) > 1 {
				return errors.New("--emit takes one folder: its files are for one database")
			}
			var out output
			for _, paths := range runs {
				docs, of := input.Open(paths, e.in), cmd.Name()
				if r.demo {
					docs = input.OpenFS(examples.Demo, "demo")
				} else {
					of = paths[0]
				}
				docs, done := e.watched(e.withoutOutputs(docs), patience)
				rep, errs := review.Run(docs, review.Options{
					Only: r.only, Top: top, Sort: sort.value, Choices: choices, Budget: f.budget.bytes, Indexes: r.indexes, Pasted: r.pasted, Context: f.context, ShowLiterals: f.literals, PGVersion: f.pgVersion.major, ToolVersion: version(),
				})
				done()
				if r.two && len(errs) == 0 && !compared(rep) {
					errs = append(errs, errors.New("expected two EXPLAIN ANALYZE plans of one query, or two exports of one database taken at different times (exported_at) without a statistics reset in between"))
				}
				out.errs = append(out.errs, errs...)
				if err := out.add(e, rep, of, f); err != nil {
					return err
				}
			}
			return out.deliver(e, f)
		},
	}
	f.register(cmd)
	if r.lists {
		cmd.Flags().IntVar(&top, "top", 0, "list only the first N statements, tables and indexes")
		cmd.Flags().Var(&sort, "sort", "order of statements")
		_ = cmd.RegisterFlagCompletionFunc("sort", cobra.FixedCompletions(sort.of, cobra.ShellCompDirectiveNoFileComp))
	}
	return cmd
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

// compared reports whether there was anything to compare.
func compared(rep *report.Report) bool {
	w := rep.Workload
	return len(rep.Changes) > 0 || w != nil && w.WindowBasis != nil && *w.WindowBasis == workload.BasisTwo
}

func sortNames() []string {
	names := make([]string, len(review.Sorts))
	for i, s := range review.Sorts {
		names[i] = s.Name
	}
	return names
}
