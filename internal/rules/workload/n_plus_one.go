package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	onesCalls  = rule.NewThreshold("calls", 10_000, "calls", "fewer do not add up to anything")
	onesParent = rule.NewThreshold("calls_per_parent", 20, "", "calls for each call of the statement that the loop runs over")
	onesRows   = rule.NewThreshold("rows_per_call", 20, "rows", "one row, or the short list of a parent's children")
	onesMean   = rule.NewThreshold("mean", 5, "ms", "each call is fast: that is why no log of slow statements shows it")
	onesShare  = rule.NewThreshold("share", 0.01, "share", "of total execution time")
	onesAlike  = rule.NewThreshold("calls_alike", 1.1, "times", "a statement that is no lookup and is called as often: both come with each request")
	onesMatch  = rule.NewThreshold("rows_match", 2, "times", "the parent's rows and the child's calls agree within that")
)

var nPlusOne = rule.Rule{
	ID:     "n-plus-one",
	Title:  "A statement a row: a loop in the application",
	Sees:   "A lookup by one key that was called about as often as another statement returned rows, and twenty times as often as that was called.",
	Why:    "The application reads a list, then asks for each of its rows by itself. Every call is fast, and every call crosses the network.",
	Silent: "No statement returns as many rows as there are calls; lookups that every request makes, such as those of a session.",
	Fix:    "One statement for all keys: = ANY($1), a join, or the framework's eager loading.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html",
	},
	Thresholds: []*rule.Threshold{onesCalls, onesParent, onesRows, onesMean, onesShare, onesAlike, onesMatch},
	Rank:       rule.RankWorkload,
	Needs:      []workload.View{workload.ViewStatements},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		calls := s.Calls.Or(0)
		share := c.ShareOf([]*workload.Statement{s})
		if q == nil || q.Kind != sql.Select || !s.TopLevel || calls < onesCalls.In(c) || s.MeanMs.Or(onesMean.In(c)+1) > onesMean.In(c) ||
			s.Rows.Or(0)/calls > onesRows.In(c) || share.Or(0) < onesShare.In(c) || lookupKey(q) == "" {
			return
		}
		parent := parentOf(c, s, q)
		if parent == nil || everyRequest(c, s, parent) {
			return
		}
		column := lookupKey(q)
		var e rule.Evidence
		e.Text("the statement", s.Query, "pg_stat_statements")
		e.Number("calls", s.Calls, "calls", "pg_stat_statements")
		e.Number("mean", s.MeanMs, "ms", "pg_stat_statements")
		e.Number("rows per call", opt.Of(s.Rows.Or(0)/calls), "rows", "pg_stat_statements")
		e.Number("share of total execution time", share, "share", "pg_stat_statements")
		e.Number("calls of the other statement", parent.Calls, "calls", "pg_stat_statements")
		e.Number("rows of the other statement", parent.Rows, "rows", "pg_stat_statements")
		e.Text("the other statement", parent.Query, "pg_stat_statements")
		f := rule.Found{Finding: finding.Finding{
			Tag: finding.Concern, Severity: finding.Low, Evidence: e,
			Title: redact.Sprintf("%s calls look up one %s of %s each, for %s calls of a statement that returned %s rows", figures.Count(calls), column, q.Tables[0].Name,
				figures.Count(parent.Calls.Or(0)), figures.Count(parent.Rows.Or(0))),
			Detail: redact.Plain("It looks as if the application ran it in a loop over the other statement's rows. Judgment needed: whether it does, which counters cannot show. " +
				"The application's code, or its log of statements, settles it; without that, look there for the query by its text."),
			Fix:   redact.Sprintf("One call for all: WHERE %s = ANY($1), a join with the other statement, or eager loading.", column),
			Where: finding.Where{Relation: c.Qualified(q.Tables[0])},
		}}
		if day, ok := c.CallsPerDay(s).Get(); ok {
			if perDay := day * s.MeanMs.Or(0); perDay >= rule.SeveritySteps[1].PerDayMs {
				f.Severity = finding.Medium
			}
		}
		found(f)
	},
}

// lookupKey is the column by whose value a statement finds the rows of its one
// table; empty if it does more than that. What it asks for besides may not
// depend on the caller, as "deleted_at IS NULL" does not.
func lookupKey(q *sql.Query) string {
	if len(q.Tables) != 1 || len(q.Parts) > 0 || len(q.Group) > 0 {
		return ""
	}
	key := ""
	for _, c := range q.Where {
		switch {
		case c.Op == sql.Eq && c.Left.Name != "" && c.Value == sql.Param && key == "":
			key = c.Left.Name
		case c.Left.Name != "" && (c.Op == sql.IsNull || c.Op == sql.NotNull || c.Op == sql.IsTrue || c.Op == sql.IsFalse):
		default:
			return ""
		}
	}
	return key
}

// everyRequest reports whether something that is no lookup runs as often: then
// the lookup goes with each request, as that of a session does, not with the
// rows of a list.
func everyRequest(c *rule.Case, s, parent *workload.Statement) bool {
	calls := s.Calls.Or(0)
	for _, o := range c.Snapshot.Statements {
		q := c.Statements[o]
		if o == s || o == parent || q == nil || q.Kind == sql.Other || !o.TopLevel || q.Kind == sql.Select && lookupKey(q) != "" {
			continue
		}
		if n := o.Calls.Or(0); n >= calls/onesAlike.In(c) && n <= calls*onesAlike.In(c) {
			return true
		}
	}
	return false
}

// parentOf is the statement whose rows the calls go over.
func parentOf(c *rule.Case, s *workload.Statement, q *sql.Query) *workload.Statement {
	var best *workload.Statement
	calls := s.Calls.Or(0)
	for _, p := range c.Snapshot.Statements {
		pq := c.Statements[p]
		if p == s || pq == nil || pq.Kind != sql.Select || !p.TopLevel || len(pq.Tables) == 0 || p.Calls.Or(0) <= 0 || p.Calls.Or(0)*onesParent.In(c) > calls {
			continue
		}
		rows := p.Rows.Or(0)
		if rows < calls/onesMatch.In(c) || rows > calls*onesMatch.In(c) || rows < 2*p.Calls.Or(0) {
			continue
		}
		if best == nil || p.Rows.Or(0) > best.Rows.Or(0) {
			best = p
		}
	}
	return best
}
