package workload

import "slices"

// StatsHidden reports whether a table was analysed and the input holds the
// statistics of none of its columns: the role of the export may not read the
// table, or pg_stats is missing. What the planner knows is unknown then; of a
// table that was never analysed it is known that the planner takes defaults.
func (s *Snapshot) StatsHidden(t *Table) bool {
	if t.Tuples.Or(0) <= 0 || t.hasStats() {
		return false
	}
	return t.analysed() || !s.Has(ViewTables) ||
		slices.ContainsFunc(s.Tables, (*Table).analysed) && !slices.ContainsFunc(s.Tables, (*Table).hasStats)
}

func (t *Table) analysed() bool { return t.LastAnalyze.Known() || t.LastAutoanalyze.Known() }

func (t *Table) hasStats() bool {
	return slices.ContainsFunc(t.Columns, func(c *Column) bool { return c.Stats != nil })
}
