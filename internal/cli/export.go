package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pgverdict/pgverdict/internal/export"
	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/review"
)

func (e env) export() *cobra.Command {
	var o export.Options
	var since string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print the psql script that exports the statistics views",
		Long: "Prints a psql script. psql runs it and writes one CSV file per view into the current folder, for\n" +
			"`pgverdict review`. The script changes nothing. Its role needs pg_monitor.",
		Example: "  pgverdict export > export.sql\n  psql -X -d mydb -f export.sql && pgverdict review .",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if since != "" {
				note, errs := review.WhenAgain(input.Open([]string{since}, e.in))
				if len(errs) > 0 {
					return inputErrors(errs)
				}
				o.Note = note
				fmt.Fprintln(e.err, note)
			}
			_, err := fmt.Fprint(e.out, export.Script(o))
			return err
		},
	}
	cmd.Flags().BoolVar(&o.WithValues, "with-values", false, "also export most_common_vals, histogram_bounds and the text of running statements: these hold your data")
	cmd.Flags().StringVar(&since, "since", "", "print when to take a second export after the one in `FOLDER`")
	return cmd
}
