package workload

import (
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	bloatShare  = rule.NewThreshold("used", 0.5, "share", "of the pages would hold all rows: estimated widths are off by about 15%, so less than half is not an estimation error")
	bloatBytes  = rule.NewThreshold("waste", 100<<20, "bytes", "less is not worth rewriting a table")
	bloatMostly = rule.NewThreshold("mostly_used", 0.3, "share", "of the pages would hold all rows: a full scan reads three times what it needs")
	bloatSmall  = rule.NewThreshold("mostly_waste", 10<<20, "bytes", "enough in that case: reading this much takes some milliseconds each time")
)

// bloated reports whether so much of a relation is empty that a rewrite is worth
// considering.
func bloated(c *rule.Case, needed, size float64) bool {
	waste := size - needed
	return needed < bloatShare.In(c)*size && waste >= bloatBytes.In(c) || needed < bloatMostly.In(c)*size && waste >= bloatSmall.In(c)
}
