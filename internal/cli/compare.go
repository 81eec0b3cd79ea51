package cli

import (
	"errors"

	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/workload"
)

var comparing = reading{
	use:   "compare BEFORE AFTER",
	short: "Compare two plans of one query, or two exports",
	long: "Reads two plans of one query. The report shows which nodes, rows, blocks and times differ, which node causes the\n" +
		"difference, and whether an index helped. Or reads two folders of exports: what got slower, what is new, what is\n" +
		"gone. The export times decide which one is earlier. A statistics reset or failover in between is detected.",
	example: "  pgverdict compare before.txt after.txt\n  pgverdict compare monday/ tuesday/",
	args: func(args []string) error {
		if len(args) != 2 {
			return errors.New("expected two plans or two folders of exports: pgverdict compare BEFORE AFTER")
		}
		return nil
	},
	check: func(rep *report.Report) error {
		if !compared(rep) {
			return errors.New("expected two EXPLAIN ANALYZE plans of one query, or two exports of one database taken at different times (exported_at) without a statistics reset in between")
		}
		return nil
	},
}

// compared reports whether there was anything to compare.
func compared(rep *report.Report) bool {
	w := rep.Workload
	return len(rep.Changes) > 0 || w != nil && w.WindowBasis != nil && *w.WindowBasis == workload.BasisTwo
}
