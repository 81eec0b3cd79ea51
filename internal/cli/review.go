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

// A reading command is review of all that it is given, or of documents of one
// kind.
type reading struct {
	use, short, long, example string
	only                      []input.Kind
	lists                     bool // the workload in lists, with the flags for these
	two                       bool // two folders, no less
	indexes                   bool // of the findings, those about indexes alone
	demo                      bool // the incident that the command carries, and no input
	pasted                    bool // of the findings, those about pasted plans and queries alone
}

var reviewing = reading{
	use:   "review [PATH...]",
	short: "Review plans, statistics exports, a schema dump and queries together",
	long: "Reads each file (of a folder: every file in it and in its sub-folders to depth 3, hidden ones left out), tells by\n" +
		"its content what it is, joins what belongs together and writes one report. Reports and scripts of pgverdict's own\n" +
		"are passed over. No PATH, or -: standard input.",
	example: "  psql -XAt -c 'EXPLAIN (ANALYZE, BUFFERS) SELECT ...' | pgverdict\n" +
		"  pgverdict review incident/ --format markdown -o ticket.md",
}

var planReading = reading{
	use:   "plan [PATH...]",
	short: "Review plans alone: the annotated tree, the findings, the indexes that a plan alone supports",
	long: "Reads plans as EXPLAIN prints them: text, JSON, YAML or XML, as psql, a log, a mail or a page wraps them,\n" +
		"several in a file. No PATH, or -: standard input. Of a query without its plan, and exports beside it, the plan\n" +
		"that the planner's arithmetic leads to is drawn, today's and the one with the proposed indexes: a conjecture.",
	example: "  pgverdict plan plan.txt\n  pgverdict plan postgresql.log --format markdown\n  pgverdict plan query.sql incident/",
	only:    []input.Kind{input.Plan, input.SQL, input.Rows, input.Schema},
	pasted:  true,
}

var workloadReading = reading{
	use:   "workload [PATH...]",
	short: "Review exported statistics alone: rankings, index hygiene, what each index costs",
	long: "Reads the CSV files that `pgverdict export` makes, or the views in any other dress, and lists statements, tables\n" +
		"and indexes with what each takes. Of two exports of different times all figures are of the time between them.",
	example: "  pgverdict workload incident/\n  pgverdict workload monday/ tuesday/ --sort io --top 20",
	only:    []input.Kind{input.Rows, input.Schema},
	lists:   true,
}

var indexReading = reading{
	use:   "indexes [PATH...]",
	short: "Advise on indexes alone: which to create, which to drop, what each costs on every write",
	long: "Reads what review reads, and leaves of the report what calls for an index, for one less, or was weighed and\n" +
		"refused; with the indexes that exist and what they cost.",
	example: "  pgverdict indexes incident/ --budget 500MB\n  pgverdict indexes incident/ --emit migrations/",
	indexes: true,
	lists:   true,
}

var comparing = reading{
	use:   "compare BEFORE AFTER",
	short: "Compare two plans of one query, or two exports of one database",
	long: "Reads two plans, and says which nodes, rows, blocks and times differ, which node carries the difference and\n" +
		"whether an index helped. Or two folders of exports: what got slower, what is new, what vanished; the times in\n" +
		"the exports decide which is the earlier one, and a reset or a failover in between is noticed.",
	example: "  pgverdict compare before.txt after.txt\n  pgverdict compare monday/ tuesday/",
	two:     true,
}

var demonstration = reading{
	use:   "demo",
	short: "Review an incident that comes with the command: see a report without an input",
	long: "Reviews the demonstration incident: a slow query of a made-up business, its plan and the statistics of a real\n" +
		"server. It is the folder testdata/demo of the source, and takes the flags that review takes.",
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
				return errors.New("want two plans or two folders of exports: pgverdict compare BEFORE AFTER")
			}
			if r.demo && len(args) > 0 {
				return errors.New("want no file: pgverdict demo has its own; pgverdict review reads yours")
			}
			if len(args) == 0 && !r.demo {
				if e.inTTY {
					return errors.New("want a file or a folder, or a plan piped in: psql -XAt -c 'EXPLAIN (ANALYZE, BUFFERS) ...' | pgverdict")
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
				return errors.New("want one folder with --emit: its files are of one database")
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
					errs = append(errs, errors.New("want two executed plans (EXPLAIN ANALYZE) of one query, or two exports of one database, of different times (exported_at), with no reset in between"))
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
		cmd.Flags().IntVar(&top, "top", 0, "keep the first N of statements, tables and indexes")
		cmd.Flags().Var(&sort, "sort", "what statements are listed by")
		_ = cmd.RegisterFlagCompletionFunc("sort", cobra.FixedCompletions(sort.of, cobra.ShellCompDirectiveNoFileComp))
	}
	return cmd
}

// withoutOutputs leaves out the files that this run writes to: the shell made
// them before the command began.
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

// byFolder puts each folder by itself, since each is a database's, and the files
// together.
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
