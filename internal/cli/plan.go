package cli

import (
	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/review"
)

var planReading = reading{
	use:   "plan [PATH...]",
	short: "Review plans only: tree, findings, indexes",
	long: "Reads EXPLAIN output (text, JSON, YAML or XML), as pasted from psql, a log, a mail or a web page. A file may hold\n" +
		"several plans. No PATH, or -: standard input. For a query without a plan but with exports, the report shows the\n" +
		"plan estimated by the planner cost model, with the current and with the proposed indexes.",
	example: "  pgverdict plan plan.txt\n  pgverdict plan postgresql.log --format markdown\n  pgverdict plan query.sql incident/",
	options: review.Options{Only: []input.Kind{input.Plan, input.SQL, input.Rows, input.Log, input.Schema}, Pasted: true},
}
