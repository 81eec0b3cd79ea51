package cli

import (
	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/review"
)

var workloadReading = reading{
	use:   "workload [PATH...]",
	short: "Review exported statistics only: statements, tables, indexes",
	long: "Reads the CSV files of `pgverdict export`, or the views as psql prints them, and lists statements, tables and\n" +
		"indexes with their cost. With two exports all figures are for the time between them.",
	example: "  pgverdict workload incident/\n  pgverdict workload monday/ tuesday/ --sort io --top 20",
	options: review.Options{Only: []input.Kind{input.Rows, input.Log, input.Schema}},
	lists:   true,
}
