package workload

import "slices"

// StatsHidden reports whether a table was analyzed but the input holds no
// statistics of its columns: the exporting role may not read the table, or
// pg_stats is missing. What the planner knows is unknown then. For a table that
// was never analyzed, the planner is known to use defaults.
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
