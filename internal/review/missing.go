package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/workload"
)

// missingData is what was not pasted and would change the answer, the most
// telling first. Each entry says what could not be decided for lack of it, and
// the line that gets it.
func (b *builder) missingData() []report.Missing {
	out := []report.Missing{}
	need := func(input, why, export string) {
		out = append(out, report.Missing{Input: input, Why: why, Export: export})
	}
	if unknown := b.withoutIndexes(); len(unknown) > 0 {
		need("index definitions", fmt.Sprintf("whether an index on %s exists already is not in the input; until then a proposal is conditional", strings.Join(unknown, ", ")),
			"psql -c '\\d "+unknown[0]+"', or pg_dump -s")
	}
	var estimated, untimed, unbuffered []int
	for i, p := range b.c.Plans {
		switch {
		case !p.Analyzed:
			estimated = append(estimated, i+1)
		case !p.Root.TotalMs.Known():
			untimed = append(untimed, i+1)
		case !p.Buffered:
			unbuffered = append(unbuffered, i+1)
		}
	}
	if len(estimated) > 0 {
		need("EXPLAIN ANALYZE", plansWith(estimated, "holds", "hold")+" estimates only: no times, no real rows, so nothing of it is confirmed",
			"EXPLAIN (ANALYZE, BUFFERS) of the query; for a write inside BEGIN ... ROLLBACK")
	}
	if len(untimed) > 0 {
		need("timing", plansWith(untimed, "was", "were")+" taken with TIMING OFF: blocks stand in for time", "EXPLAIN (ANALYZE, BUFFERS) of the query")
	}
	if len(unbuffered) > 0 {
		need("buffers", plansWith(unbuffered, "has", "have")+" no buffers: what was read from disk or cache cannot be told", "EXPLAIN (ANALYZE, BUFFERS) of the query")
	}
	snap := b.c.Snapshot
	has := func(v workload.View) bool { return snap != nil && snap.Has(v) }
	if len(b.c.Plans) > 0 && !has(workload.ViewStatements) {
		need("pg_stat_statements", "how often the query runs, and what else reads the table", export)
	}
	if b.creates() && !has(workload.ViewStats) {
		need("pg_stats", "the size and the write cost of an index, and whether a condition is selective for other values", export)
	}
	if b.creates() && snap != nil && !b.typesKnown() {
		need("schema", "column types, which an index's size and write cost rest on", "pg_dump -s > schema.sql")
	}
	if b.creates() && !has(workload.ViewTables) {
		need("pg_stat_user_tables", "the write rate of the table: what an index costs a day", export)
	}
	if snap != nil && b.hasExports() && !b.Pasted {
		if _, _, ok := snap.Window(); !ok {
			need("pg_stat_database", "since when the counters run (stats_reset) and when they were exported: without them nothing is said per day, and no index is called unused", export)
		}
		if len(snap.Statements) > 0 && len(b.c.Plans) == 0 {
			need("plans", "why "+b.topStatements(3)+" time", "EXPLAIN (ANALYZE, BUFFERS) of the statement")
		}
		if has(workload.ViewIndexes) && !b.schema && !has(workload.ViewConstraint) {
			need("pg_constraint", "which foreign keys have no index", "pg_dump -s > schema.sql, or "+export)
		}
	}
	if snap == nil && len(b.c.Plans) == 0 && len(b.queries) > 0 {
		need("plan", "a query alone says nothing of its cost", "EXPLAIN (ANALYZE, BUFFERS) of the query")
	}
	return out
}

// plansWith names plans by their numbers, a few of many, with the verb that
// goes with them.
func plansWith(numbers []int, one, several string) string {
	const most = 5
	if len(numbers) == 1 {
		return fmt.Sprintf("plan %d %s", numbers[0], one)
	}
	var names []string
	for _, n := range numbers[:min(len(numbers), most)] {
		names = append(names, fmt.Sprint(n))
	}
	list := strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
	if more := len(numbers) - len(names); more > 0 {
		list = strings.Join(names, ", ") + fmt.Sprintf(" and %d more", more)
	}
	return "plans " + list + " " + several
}

const export = "pgverdict export > export.sql; psql -X -f export.sql"

// withoutIndexes are the tables that an index is proposed on and whose
// indexes the input does not list.
func (b *builder) withoutIndexes() []string {
	var names []string
	for _, c := range b.changes() {
		if c.create == nil || slices.Contains(names, c.create.Table) {
			continue
		}
		if b.c.Snapshot != nil {
			if t := b.c.Snapshot.Table(c.create.Schema, c.create.Table); t != nil && len(t.Indexes) > 0 {
				continue
			}
		}
		names = append(names, c.create.Table)
	}
	return names
}

func (b *builder) creates() bool {
	return slices.ContainsFunc(b.changes(), func(c *change) bool { return c.create != nil })
}

// typesKnown reports whether the column types of the tables that an index is
// proposed on were in the input.
func (b *builder) typesKnown() bool {
	for _, c := range b.changes() {
		if c.create == nil {
			continue
		}
		t := b.c.Snapshot.Table(c.create.Schema, c.create.Table)
		if t == nil {
			return false
		}
		for _, k := range c.create.Keys {
			if col := t.Column(k.Column); k.Column != "" && (col == nil || col.Type == "") {
				return false
			}
		}
	}
	return true
}

// topStatements names the statements that take most of the time, as the
// report's ranking does.
func (b *builder) topStatements(n int) string {
	var out []string
	for i := range min(n, len(b.c.Snapshot.Statements)) {
		out = append(out, fmt.Sprintf("Q%d", i+1))
	}
	if len(out) == 1 {
		return "Q1 takes its"
	}
	return strings.Join(out[:len(out)-1], ", ") + " and " + out[len(out)-1] + " take their"
}
