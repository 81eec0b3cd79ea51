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
	nPlusOneCalls  = rule.NewThreshold("calls", 10_000, "calls", "fewer do not add up to much")
	nPlusOneParent = rule.NewThreshold("calls_per_parent", 20, "calls", "per call of the statement that the loop runs over")
	nPlusOneRows   = rule.NewThreshold("rows_per_call", 20, "rows", "one row, or the short list of a parent's children")
	nPlusOneMean   = rule.NewThreshold("mean", 5, "ms", "each call is fast, so no log of slow statements shows it")
	nPlusOneShare  = rule.NewThreshold("share", 0.01, "share", "of total execution time")
	nPlusOneAlike  = rule.NewThreshold("calls_alike", 1.1, "times", "another kind of statement has as many calls: then both run with each request")
	nPlusOneMatch  = rule.NewThreshold("rows_match", 2, "times", "the parent's rows and the child's calls agree within that")
)

var nPlusOne = rule.Rule{
	ID:     "n-plus-one",
	Title:  "N+1 queries: one statement per row",
	Sees:   "A lookup by one key with about as many calls as another statement returned rows, and 20 times the calls of that statement.",
	Why:    "The application reads a list, then queries each of its rows separately. Every call is fast, but every call is a network round trip.",
	Silent: "Calls that match no other statement's rows. Lookups that every request makes, such as those of a session.",
	Fix:    "Use one statement for all keys: = ANY($1), a join, or the framework's eager loading.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html",
	},
	Thresholds: []*rule.Threshold{nPlusOneCalls, nPlusOneParent, nPlusOneRows, nPlusOneMean, nPlusOneShare, nPlusOneAlike, nPlusOneMatch},
	Rank:       rule.RankWorkload,
	Needs:      []workload.View{workload.ViewStatements},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		calls := s.Calls.Or(0)
		share := c.ShareOf(s)
		if q == nil || q.Kind != sql.Select || !s.TopLevel || calls < nPlusOneCalls.In(c) || s.MeanMs.Or(nPlusOneMean.In(c)+1) > nPlusOneMean.In(c) ||
			s.Rows.Or(0)/calls > nPlusOneRows.In(c) || share.Or(0) < nPlusOneShare.In(c) || lookupKey(q) == "" {
			return
		}
		parent := parentOf(c, s, q)
		if parent == nil || everyRequest(c, s, parent) {
			return
		}
		column := lookupKey(q)
		var e rule.Evidence
		e.Text("statement", s.Query, "pg_stat_statements")
		e.Number("calls", s.Calls, "calls", "pg_stat_statements")
		e.Number("mean", s.MeanMs, "ms", "pg_stat_statements")
		e.Number("rows per call", opt.Of(s.Rows.Or(0)/calls), "rows", "pg_stat_statements")
		e.Number("share of total execution time", share, "share", "pg_stat_statements")
		e.Number("calls of the other statement", parent.Calls, "calls", "pg_stat_statements")
		e.Number("rows of the other statement", parent.Rows, "rows", "pg_stat_statements")
		e.Text("the other statement", parent.Query, "pg_stat_statements")
		f := rule.Found{Finding: finding.Finding{
			Tag: finding.Concern, Severity: finding.Low, Evidence: e,
			Title: redact.Sprintf("N+1 queries: %s calls read %s by %s, one row per call, beside %s calls of a statement that returned %s rows", figures.Count(calls), q.Tables[0].Name, column,
				figures.Count(parent.Calls.Or(0)), figures.Count(parent.Rows.Or(0))),
			Detail:   redact.Plain("Each call is fast, but each one is a network round trip."),
			Question: redact.Plain("Does the application run this statement in a loop over the rows of the other one?"),
			Settles:  redact.Plain("the application's code or its statement log"),
			Default:  redact.Plain("search the code for this query text"),
			Fix:      redact.Sprintf("Use one call for all keys: WHERE %s = ANY($1), a join with the other statement, or eager loading.", column),
			Where:    finding.Where{Relation: c.Qualified(q.Tables[0])},
		}}
		if day, ok := c.CallsPerDay(s).Get(); ok {
			if perDay := day * s.MeanMs.Or(0); perDay >= rule.SeveritySteps[1].PerDayMs {
				f.Severity = finding.Medium
			}
		}
		found(f)
	},
}

// lookupKey returns the column by whose value a statement finds the rows of its
// one table; empty if the statement does more. Other conditions may not depend on
// the caller, as "deleted_at IS NULL" does not.
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

// everyRequest reports whether a statement that is no lookup has as many calls:
// then the lookup belongs to each request, as that of a session does, and not to
// the rows of a list.
func everyRequest(c *rule.Case, s, parent *workload.Statement) bool {
	calls := s.Calls.Or(0)
	for _, o := range c.Snapshot.Statements {
		q := c.Statements[o]
		if o == s || o == parent || q == nil || q.Kind == sql.Other || !o.TopLevel || q.Kind == sql.Select && lookupKey(q) != "" {
			continue
		}
		if n := o.Calls.Or(0); n >= calls/nPlusOneAlike.In(c) && n <= calls*nPlusOneAlike.In(c) {
			return true
		}
	}
	return false
}

// parentOf returns the statement whose rows the calls loop over.
func parentOf(c *rule.Case, s *workload.Statement, q *sql.Query) *workload.Statement {
	var best *workload.Statement
	calls := s.Calls.Or(0)
	for _, p := range c.Snapshot.Statements {
		pq := c.Statements[p]
		if p == s || pq == nil || pq.Kind != sql.Select || !p.TopLevel || len(pq.Tables) == 0 || p.Calls.Or(0) <= 0 || p.Calls.Or(0)*nPlusOneParent.In(c) > calls {
			continue
		}
		rows := p.Rows.Or(0)
		if rows < calls/nPlusOneMatch.In(c) || rows > calls*nPlusOneMatch.In(c) || rows < 2*p.Calls.Or(0) {
			continue
		}
		if best == nil || p.Rows.Or(0) > best.Rows.Or(0) {
			best = p
		}
	}
	return best
}
