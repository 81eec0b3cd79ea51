package workload

import (
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var slotAge = rule.NewThreshold("age", 1_000_000, "transaction IDs", "since the slot's xmin: hours on a busy server")

// slotKeepsRows reports whether a slot without a client keeps dead rows of all
// tables.
func slotKeepsRows(c *rule.Case, s workload.Slot) bool {
	return !s.Active.Or(true) && s.XminAge.Or(0) >= slotAge.In(c)
}
