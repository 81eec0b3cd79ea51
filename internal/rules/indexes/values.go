package indexes

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	fewValues = rule.NewThreshold("values", 10, "values", "distinct values: each has a tenth of the rows on average")
	fewRarest = rule.NewThreshold("rarest", 0.05, "share", "of the rows, for the rarest value: a rarer value is worth an index")
)

// rarestValue returns the share of the rows that the rarest of a column's values
// has, NULL included; ok is false if there are many, or if not all are known.
func rarestValue(c *rule.Case, s *workload.ColumnStats) (share float64, ok bool) {
	n := s.NDistinct.Or(0)
	if n < 1 || n > fewValues.In(c) || float64(len(s.MCVFreqs)) != n {
		return 0, false
	}
	share = slices.Min(s.MCVFreqs)
	if nulls := s.NullFrac.Or(0); nulls > 0 {
		share = min(share, nulls)
	}
	return share, true
}
