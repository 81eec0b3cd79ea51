package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/review"
)

func (e env) review() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "review [PATH...]",
		Short: "Review plans, statistics exports, a schema dump and queries together",
		Long: "Reads each file (of a folder: every file in it), tells by its content what it is, joins what belongs\n" +
			"together and writes one report. No PATH, or -: standard input.",
		Example: "  psql -XAt -c 'EXPLAIN (ANALYZE, BUFFERS) SELECT ...' | pgverdict\n" +
			"  pgverdict review incident/ --format markdown -o ticket.md",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				if e.inTTY {
					return errors.New("want a file or a folder, or a plan piped in: psql -XAt -c 'EXPLAIN (ANALYZE, BUFFERS) ...' | pgverdict")
				}
				args = []string{"-"}
			}
			r, errs := review.Run(input.Open(args, e.in), review.Options{
				ShowLiterals: f.literals, PGVersion: f.version(), ToolVersion: version(),
			})
			return e.write(r, errs, f)
		},
	}
	f.register(cmd)
	return cmd
}
