package workload

import (
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var slotAge = rule.NewThreshold("age", 1_000_000, "transaction IDs", "since the slot's xmin: hours on a busy server")

// keptFromVacuum returns the run of autovacuum in the log that left most dead rows because of a
// slot without a client; nil if there is none.
func keptFromVacuum(c *rule.Case, s workload.Slot) (most *workload.LogVacuum) {
	if c.Snapshot.Log == nil || s.Active.Or(true) {
		return nil
	}
	for _, v := range c.Snapshot.Log.Vacuums {
		kept := v.OldestXmin != "" && (v.OldestXmin == s.Xmin || v.OldestXmin == s.CatalogXmin)
		if kept && v.NotYetRemovable >= deadRows.In(c) && (most == nil || v.NotYetRemovable > most.NotYetRemovable) {
			most = v
		}
	}
	return most
}

// slotKeepsRows reports whether a slot without a client keeps dead rows of all
// tables.
func slotKeepsRows(c *rule.Case, s workload.Slot) bool {
	age, _ := c.Snapshot.XminAge(s)
	return !s.Active.Or(true) && age.Or(0) >= slotAge.In(c)
}

// usedSlotKeepsRows reports whether a slot with a client keeps dead rows of all tables.
func usedSlotKeepsRows(c *rule.Case, s workload.Slot) bool {
	age, _ := c.Snapshot.XminAge(s)
	return s.Active.Or(false) && age.Or(0) >= slotAge.In(c)
}
