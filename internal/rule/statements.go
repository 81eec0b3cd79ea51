package rule

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

func SumMs(list []*workload.Statement) float64 {
	sum := 0.0
	for _, s := range list {
		sum += s.TotalMs.Or(0)
	}
	return sum
}

func BlocksPerCall(s *workload.Statement) float64 {
	return (s.SharedHit.Or(0) + s.SharedRead.Or(0)) / max(s.Calls.Or(0), 1)
}

func TimeOf(share opt.Float) string {
	s, ok := share.Get()
	if !ok {
		return ""
	}
	return " (" + figures.Share(s) + " of total execution time)"
}

// ShareOf returns the share of total execution time that statements take together.
func (c *Case) ShareOf(list ...*workload.Statement) opt.Float {
	all, sum := c.TotalMs(), 0.0
	if all <= 0 || len(list) == 0 {
		return opt.Float{}
	}
	for _, s := range list {
		if s.TopLevel {
			sum += s.TotalMs.Or(0)
		}
	}
	return opt.Of(sum / all)
}

// LooksUp reports whether a statement finds rows of the table by the columns: by
// parameters or constants, or by a join from a table that has a condition of its own. A
// join in the other direction looks up the referenced table. A join without any
// condition reads both tables.
func LooksUp(q *sql.Query, t *workload.Table, columns []string) bool {
	for _, part := range q.Parts {
		if LooksUp(part, t, columns) {
			return true
		}
	}
	refs := map[string]bool{}
	for _, r := range q.Tables {
		if IsTable(r, t) {
			refs[r.Ref()] = true
		}
	}
	if len(refs) == 0 {
		return false
	}
	mine := func(col sql.Column) bool {
		return refs[col.Table] || col.Table == "" && t.Column(col.Name) != nil
	}
	given, joined, narrowed := map[string]bool{}, map[string]string{}, map[string]bool{}
	for _, c := range q.Where {
		switch {
		case c.Value < sql.Runtime && c.Value != sql.NoValue && (c.Op == sql.Eq || c.Op == sql.In || c.Op == sql.Range):
			if !mine(c.Left) {
				narrowed[c.Left.Table] = true
			} else if c.Op != sql.Range {
				given[c.Left.Name] = true
			}
		case c.Op == sql.In && mine(c.Left): // IN (SELECT ...)
			given[c.Left.Name] = true
		case c.Op == sql.Eq && c.Other.Name != "" && mine(c.Left):
			joined[c.Left.Name] = c.Other.Table
		case c.Op == sql.Eq && c.Other.Name != "" && mine(c.Other):
			joined[c.Other.Name] = c.Left.Table
		}
	}
	for _, col := range columns {
		from, join := joined[col]
		if !given[col] && !(join && narrowed[from] && len(given) == 0) {
			return false
		}
	}
	return true
}

// Qualified returns the name of a statement's table, with the schema if it is known.
func (c *Case) Qualified(t sql.Table) string {
	if known := c.Snapshot.Table(t.Schema, t.Name); known != nil {
		return known.QName()
	}
	return t.Name
}

var (
	SlowCalls = NewThreshold("calls", 50, "calls", "fewer may have been slow for a special reason")
	SlowShare = NewThreshold("share_of_total", 0.01, "share", "of total execution time")
)

// HasPlan reports whether an executed plan of the statement is in the input.
func (c *Case) HasPlan(s *workload.Statement) bool {
	return slices.ContainsFunc(c.Plans, func(p *Plan) bool { return p.Statement == s && p.Analyzed })
}

// OwnStatement reports whether a statement is the application's and reads or
// writes tables of its own.
func OwnStatement(s *workload.Statement, q *sql.Query) bool {
	return q != nil && q.Kind != sql.Other && s.TopLevel && (len(OwnTables(q)) > 0 || q.Beginning)
}

// OwnTables returns the names of a statement's tables, each once; none if it reads
// system catalogs, as monitoring does.
func OwnTables(q *sql.Query) []string {
	var names []string
	seen := map[string]bool{}
	var walk func(q *sql.Query) bool
	walk = func(q *sql.Query) bool {
		for _, t := range q.Tables {
			if t.Schema == "pg_catalog" || t.Schema == "information_schema" || t.Schema == "" && strings.HasPrefix(t.Name, "pg_") {
				return false
			}
			if !seen[t.Name] {
				seen[t.Name] = true
				names = append(names, t.Name)
			}
		}
		for _, part := range q.Parts {
			if !walk(part) {
				return false
			}
		}
		return true
	}
	if !walk(q) {
		return nil
	}
	return names
}

// NameOf names a statement as findings do; empty for statements without findings,
// such as utility statements.
func (c *Case) NameOf(s *workload.Statement) string {
	if q := c.Statements[s]; q != nil && q.Kind != sql.Other && len(OwnTables(q)) > 0 {
		return StatementOn(q)
	}
	return ""
}

// StatementOn names a statement: "a SELECT on orders and 2 more tables".
func StatementOn(q *sql.Query) string {
	kind := map[sql.Kind][2]string{sql.Select: {"a SELECT", " on "}, sql.Insert: {"an INSERT", " into "}, sql.Update: {"an UPDATE", " of "}, sql.Delete: {"a DELETE", " from "}, sql.Merge: {"a MERGE", " into "}}[q.Kind]
	switch names := OwnTables(q); len(names) {
	case 0: // the text is cut off before them
		return kind[0]
	case 1:
		return kind[0] + kind[1] + names[0]
	default:
		return kind[0] + kind[1] + names[0] + " and " + figures.Plural(len(names)-1, "more table")
	}
}

// Called names a statement in a list: by its query id, or by what it does if the
// export has no ids.
func (c *Case) Called(s *workload.Statement) string {
	if q := c.Statements[s]; s.QueryID == "" && q != nil && len(OwnTables(q)) > 0 {
		return StatementOn(q)
	}
	return "query id " + s.QueryID
}

// OfStatement returns the figures that every finding on a statement shows.
func (c *Case) OfStatement(s *workload.Statement) Evidence {
	var e Evidence
	e.Number("calls", s.Calls, "calls", "pg_stat_statements")
	e.Number("calls per day", c.CallsPerDay(s), "calls", "pg_stat_statements")
	e.Number("mean", s.MeanMs, "ms", "pg_stat_statements")
	e.Number("share of total execution time", c.ShareOf(s), "share", "pg_stat_statements")
	return e
}

var (
	TopDay   = NewThreshold("ms_per_day", 10_000, "ms", "less is no problem, even for the first statement of an idle server")
	TopTotal = NewThreshold("total", 1_000, "ms", "of all calls, if the time of the statistics reset is unknown: below that a share says nothing")
)

// TakesTime reports whether a statement takes enough time for its share to matter:
// per day, or in total if the time of the statistics reset is unknown.
func (c *Case) TakesTime(s *workload.Statement) bool {
	if ms, ok := c.WeightPerDay(s).Get(); ok {
		return ms >= TopDay.In(c)
	}
	return s.TotalMs.Or(0) >= TopTotal.In(c)
}

// MsPerDay returns the time per day that a statement takes.
func (c *Case) MsPerDay(s *workload.Statement) opt.Float {
	return opt.Both(c.CallsPerDay(s), s.MeanMs, func(calls, ms float64) float64 { return calls * ms })
}

// WeightPerDay returns the time per day that decides a statement's severity. With
// too few calls for a rate, it is what they took.
func (c *Case) WeightPerDay(s *workload.Statement) opt.Float {
	if day := c.MsPerDay(s); day.Known() {
		return day
	}
	counted := c.Snapshot.StatementPerDay(s, func(s *workload.Statement) opt.Float { return s.TotalMs })
	return opt.Both(counted, s.TotalMs, func(day, total float64) float64 { return min(day, total) })
}
