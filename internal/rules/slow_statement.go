package rules

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	slowMean    = NewThreshold("mean", 50, "ms", "what somebody who waits begins to notice")
	slowCalls   = NewThreshold("calls", 50, "calls", "fewer may have been slow for a reason of their own")
	slowShare   = NewThreshold("share", 0.01, "share", "of the exported time")
	shareMedium = NewThreshold("share_medium", 0.5, "share", "of total execution time, where the age of the counters is not known")
	slowDaily   = NewThreshold("calls_per_day", 1, "calls", "a job that runs less often has its time")
)

var slowStatement = Rule{
	ID:     "slow-statement",
	Title:  "A statement is slow, and called often",
	Sees:   "A statement of 50 ms or more a call, called 50 times or more, that takes a hundredth of the exported time.",
	Why:    "Whoever calls it waits for it each time.",
	Silent: "Statements called less than once a day; utility statements, monitoring, EXPLAIN; a statement whose plan was pasted, or of which another rule says why it takes its time; the one that takes a fifth of the time (top-statement).",
	Fix:    "EXPLAIN (ANALYZE, BUFFERS) of it, with values that are asked for in practice.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html",
	},
	Thresholds: []*Threshold{slowMean, slowCalls, slowShare, slowDaily, shareMedium},
	Rank:       rankWorkload - 1,
	Needs:      []workload.View{workload.ViewStatements},
	Statement: func(c *Case, s *workload.Statement, q *sql.Query, found func(Found)) {
		mean, share := s.MeanMs.Or(0), c.shareOf([]*workload.Statement{s}).Or(0)
		if mean < slowMean.In(c) || s.Calls.Or(0) < slowCalls.In(c) || share < slowShare.In(c) || c.CallsPerDay(s).Or(slowDaily.In(c)) < slowDaily.In(c) || !c.Explainable(s) {
			return
		}
		if _, _, top := c.top(s); top {
			return // it is said there
		}
		f := c.slowOne(s, q)
		f.Title = redact.Sprintf("%s takes %s a call, in %s calls", upper(statementOn(q)), figures.Ms(mean), figures.Count(s.Calls.Or(0)))
		f.begin("That is %s of the exported time.", figures.Share(share))
		found(f)
	},
}

// hasPlan reports whether an executed plan of the statement was pasted.
func (c *Case) hasPlan(s *workload.Statement) bool {
	return slices.ContainsFunc(c.Plans, func(p *Plan) bool { return p.Statement == s && p.Analyzed })
}

// ownStatement reports whether a statement is the application's and reads or
// writes tables of its own.
func ownStatement(s *workload.Statement, q *sql.Query) bool {
	return q != nil && q.Kind != sql.Other && s.TopLevel && len(ownTables(q)) > 0
}

// ownTables are the names of a statement's tables, each once; none where it
// looks at the server's own views, as monitoring does.
func ownTables(q *sql.Query) []string {
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

// slowOne is a finding on a statement of which no more is known than its time
// and its blocks.
func (c *Case) slowOne(s *workload.Statement, q *sql.Query) Found {
	e := c.ofStatement(s)
	f := Found{query: q, short: redact.Sprintf("the time of %s", statementOn(q))}
	calls := max(s.Calls.Or(0), 1)
	e.text("statement", s.Query, "pg_stat_statements")
	if blocks, rows, ok := both(opt.Both(s.SharedHit, s.SharedRead, func(a, b float64) float64 { return a + b }), s.Rows); ok {
		e.number("blocks a call", opt.Of(blocks/calls), "blocks", "pg_stat_statements")
		e.number("rows a call", opt.Of(rows/calls), "rows", "pg_stat_statements")
		does := "returns"
		if q.Kind != sql.Select {
			does = "changes"
		}
		f.Detail = redact.Sprintf("Each call touches %s and %s %s.", counted(blocks/calls, "block"), does, counted(rows/calls, "row"))
		f.whole = c.readsWhole(q, blocks/calls)
	}
	if waited, ok := s.ReadMs.Get(); ok && waited > 0 {
		e.number("time it waited for reading", s.ReadMs, "ms", "pg_stat_statements")
	}
	f.Tag, f.Severity, f.Evidence = finding.Confirmed, c.statementSeverity(s), e
	f.Fix = redact.Plain("EXPLAIN (ANALYZE, BUFFERS) of it, with values that are asked for in practice, shows where the time goes; paste it beside this export.")
	for _, x := range q.Tables {
		if t := c.Snapshot.Table(x.Schema, x.Name); t != nil {
			f.named = append(f.named, t)
		}
	}
	if q.Kind == sql.Delete && len(q.Tables) > 0 {
		f.checked = c.referencing(q.Tables[0])
	}
	if names := ownTables(q); len(names) == 1 && len(q.Tables) > 0 {
		f.Where.Relation = c.qualified(q.Tables[0])
	}
	return f
}

// readsWhole is the table that a statement on one table reads from end to end,
// by the blocks of a call; nil if it does not, or reads more than one.
func (c *Case) readsWhole(q *sql.Query, blocks float64) *workload.Table {
	if len(q.Tables) != 1 || len(ownTables(q)) != 1 {
		return nil
	}
	t := c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name)
	if t == nil || !t.Pages.Known() || blocks < t.Pages.Or(0)/2 {
		return nil
	}
	return t
}

// NameOf names a statement as findings do; empty for one that findings do not
// speak of, such as a utility statement.
func (c *Case) NameOf(s *workload.Statement) string {
	if q := c.Statements[s]; q != nil && q.Kind != sql.Other && len(ownTables(q)) > 0 {
		return statementOn(q)
	}
	return ""
}

// statementOn names a statement: "a SELECT on orders and 2 more tables".
func statementOn(q *sql.Query) string {
	kinds := map[sql.Kind]string{sql.Select: "a SELECT on ", sql.Insert: "an INSERT into ", sql.Update: "an UPDATE of ", sql.Delete: "a DELETE from ", sql.Merge: "a MERGE into "}
	names := ownTables(q)
	if len(names) > 1 {
		return kinds[q.Kind] + names[0] + " and " + figures.Plural(len(names)-1, "more table")
	}
	return kinds[q.Kind] + names[0]
}

// begin puts a sentence before what the detail says already.
func (f *Found) begin(format string, args ...any) {
	sentence := redact.Sprintf(format, args...)
	if f.Detail.Empty() {
		f.Detail = sentence
		return
	}
	f.Detail = redact.Sprintf("%s %s", sentence, f.Detail)
}

// called names a statement in a list: by its query id, or by what it does where
// the export has no ids.
func (c *Case) called(s *workload.Statement) string {
	if q := c.Statements[s]; s.QueryID == "" && q != nil && len(ownTables(q)) > 0 {
		return statementOn(q)
	}
	return s.QueryID
}

// referencing are the tables whose rows a delete from a table has to look up,
// for their foreign keys.
func (c *Case) referencing(deleted sql.Table) []string {
	t := c.Snapshot.Table(deleted.Schema, deleted.Name)
	if t == nil {
		return nil
	}
	var names []string
	for _, from := range c.Snapshot.Tables {
		for _, k := range from.Constraints {
			if k.Type == "f" && c.Snapshot.Table(k.RefSchema, k.RefTable) == t {
				names = append(names, from.QName())
			}
		}
	}
	return names
}

// counted is a number of things that need not be whole: "1 row", "2.5 rows".
func counted(n float64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return figures.Count(n) + " " + thing + "s"
}

// ofStatement are the figures that every finding on a statement shows.
func (c *Case) ofStatement(s *workload.Statement) evidence {
	var e evidence
	e.number("calls", s.Calls, "calls", "pg_stat_statements")
	e.number("calls a day", c.CallsPerDay(s), "calls", "pg_stat_statements")
	e.number("mean", s.MeanMs, "ms", "pg_stat_statements")
	e.number("share of the exported time", c.shareOf([]*workload.Statement{s}), "share", "pg_stat_statements")
	return e
}

// statementSeverity weighs a statement by its time per day and its share, with
// low as the least: its rule asks for a volume already. Where the age of the
// counters is not known the share alone decides, up to medium.
func (c *Case) statementSeverity(s *workload.Statement) finding.Severity {
	share := c.shareOf([]*workload.Statement{s}).Or(0)
	day, known := c.weightPerDay(s).Get()
	if !known {
		if share >= shareMedium.In(c) {
			return finding.Medium
		}
		return finding.Low
	}
	severity := finding.Low
	for i := len(severitySteps) - 1; i >= 0; i-- {
		if step := severitySteps[i]; day >= step.perDayMs && share >= step.ofAll {
			severity = step.severity
		}
	}
	return severity
}
