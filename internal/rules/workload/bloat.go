package workload

import (
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	bloatShare  = rule.NewThreshold("used", 0.5, "share", "of the pages would hold all the rows: estimated widths are off by some 15%, so that less than half is no error of theirs")
	bloatBytes  = rule.NewThreshold("waste", 100<<20, "bytes", "less is not worth rewriting a table for")
	bloatMostly = rule.NewThreshold("mostly_used", 0.3, "share", "of the pages would hold all the rows: what reads them reads three times as much")
	bloatSmall  = rule.NewThreshold("mostly_waste", 10<<20, "bytes", "is enough then: read from end to end it is some milliseconds each time")
)

// bloated reports whether so much of a relation's bytes are empty that a
// rewrite is worth a thought.
func bloated(c *rule.Case, needed, size float64) bool {
	waste := size - needed
	return needed < bloatShare.In(c)*size && waste >= bloatBytes.In(c) || needed < bloatMostly.In(c)*size && waste >= bloatSmall.In(c)
}
