package cli

import "github.com/pgverdict/pgverdict/internal/review"

var indexReading = reading{
	use:   "indexes [PATH...]",
	short: "Index advice only: create, drop, and their cost on every write",
	long: "Reads what review reads. The report is limited to indexes to create, indexes to drop, indexes not proposed, and\n" +
		"the existing indexes with their cost.",
	example: "  pgverdict indexes incident/ --budget 500MB\n  pgverdict indexes incident/ --emit migrations/",
	options: review.Options{Indexes: true},
	lists:   true,
}
