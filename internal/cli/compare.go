package cli

import (
	"errors"

	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/workload"
)

var comparing = reading{
	use:   "compare BEFORE AFTER",
	short: "Compare two plans of one query, or two exports",
	long: "Reads the plans of a query at two times, or several plans on each side, which are paired by their query. The report\n" +
		"is about AFTER: what changed and why, a table of the figures, and the findings, of which those that BEFORE does not have\n" +
		"are new. Or reads two folders of exports: what got slower, what is new, what is gone. The export times decide which\n" +
		"one is earlier. A statistics reset or failover in between is detected.\n\n" +
		"--fail-on fails the run for a new finding, or if a query got slower by more than 20% and 1 ms.",
	example: "  pgverdict compare before.txt after.txt\n  pgverdict compare monday/ tuesday/\n  pgverdict compare main.log branch.log --fail-on medium -q",
	args: func(args []string) error {
		if len(args) != 2 {
			return errors.New("expected two plans or two folders of exports: pgverdict compare BEFORE AFTER")
		}
		return nil
	},
	before: true,
	check: func(rep *report.Report) error {
		if !compared(rep) {
			return errNotCompared
		}
		return nil
	},
}

var errNotCompared = errors.New("expected plans of one query on both sides, or two exports of one database taken at different times (exported_at) without a statistics reset in between")

// compared reports whether there was anything to compare.
func compared(rep *report.Report) bool {
	w := rep.Workload
	return rep.Comparison != nil && len(rep.Comparison.Pairs) > 0 || w != nil && w.WindowBasis != nil && *w.WindowBasis == workload.BasisTwo
}
