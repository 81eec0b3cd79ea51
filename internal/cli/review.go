package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/review"
)

// A reading command is review of all that it is given, or of documents of one
// kind.
type reading struct {
	use, short, long, example string
	only                      []input.Kind
}

var reviewing = reading{
	use:   "review [PATH...]",
	short: "Review plans, statistics exports, a schema dump and queries together",
	long: "Reads each file (of a folder: every file in it), tells by its content what it is, joins what belongs\n" +
		"together and writes one report. No PATH, or -: standard input.",
	example: "  psql -XAt -c 'EXPLAIN (ANALYZE, BUFFERS) SELECT ...' | pgverdict\n" +
		"  pgverdict review incident/ --format markdown -o ticket.md",
}

var planReading = reading{
	use:   "plan [PATH...]",
	short: "Review plans alone: the annotated tree, the findings, the indexes that a plan alone supports",
	long: "Reads plans as EXPLAIN prints them: text, JSON, YAML or XML, as psql, a log, a mail or a page wraps them,\n" +
		"several in a file. No PATH, or -: standard input.",
	example: "  pgverdict plan plan.txt\n  pgverdict plan postgresql.log --format markdown",
	only:    []input.Kind{input.Plan},
}

func (e env) reading(r reading) *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use: r.use, Short: r.short, Long: r.long, Example: r.example,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				if e.inTTY {
					return errors.New("want a file or a folder, or a plan piped in: psql -XAt -c 'EXPLAIN (ANALYZE, BUFFERS) ...' | pgverdict")
				}
				args = []string{"-"}
			}
			report, errs := review.Run(input.Open(args, e.in), review.Options{
				Only: r.only, ShowLiterals: f.literals, PGVersion: f.version(), ToolVersion: version(),
			})
			return e.write(report, errs, f)
		},
	}
	f.register(cmd)
	return cmd
}
