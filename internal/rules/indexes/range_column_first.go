package indexes

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var rangeShare = rule.NewThreshold("share", 0.01, "share", "of total execution time, for these statements")

var rangeColumnFirst = rule.Rule{
	ID:     "range-column-first",
	Title:  "Index has a range column before an equality column",
	Sees:   "A B-tree index of two or more columns. The same statements filter on its first column by range only and on its second by equality. No other index begins with the second column.",
	Why:    "Within the range, the entries of all values are mixed: a lookup reads the whole range and keeps few entries. With the columns swapped, the matching entries are adjacent.",
	Silent: "A statement filters on a range of the first column alone, or sorts by it. Unique indexes. Statements that could not be parsed. Calls that touch few blocks.",
	Fix:    "Create an index with the equality column first. Then drop this one.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-multicolumn.html",
	},
	Thresholds: []*rule.Threshold{rangeShare, rule.MissingBlocks},
	Designs:    true,
	Rank:       rule.RankUnused + 1, // this explains why nothing uses the index
	Needs:      []workload.View{workload.ViewIndex, workload.ViewStatements},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		for _, ix := range t.Indexes {
			if !rule.Usable(ix) || ix.Def.Method != "btree" || len(ix.Def.Keys) < 2 || c.Protected(ix) != "" || c.SupportsForeignKey(ix) {
				continue
			}
			first, second := ix.Def.Keys[0].Column, ix.Def.Keys[1].Column
			if first == "" || second == "" || leads(c, t, second) {
				continue
			}
			statements, only := rangeThenValue(c, t, first, second)
			if !only || c.ShareOf(statements...).Or(0) < rangeShare.In(c) {
				continue
			}
			top := statements[0]
			for _, s := range statements {
				if s.TotalMs.Or(0) > top.TotalMs.Or(0) {
					top = s
				}
			}
			if rule.BlocksPerCall(top) < rule.MissingBlocks.In(c) {
				continue
			}
			e := c.OfIndex(ix)
			e.Text("statement", top.Query, "pg_stat_statements")
			e.Number("blocks per call", opt.Of(rule.BlocksPerCall(top)), "blocks", "pg_stat_statements")
			e.Number("statements that filter this way", opt.Of(float64(len(statements))), "", "pg_stat_statements")
			e.Number("their share of total execution time", c.ShareOf(statements...), "share", "pg_stat_statements")
			f := rule.OnIndex(ix)
			f.Statement, f.Query, f.Named = top, c.Statements[top], []*workload.Table{t}
			f.Tag, f.Severity, f.Evidence, f.SaysShare, f.Share = finding.Confirmed, finding.Low, e, true, c.ShareOf(statements...)
			f.Title = redact.Sprintf("%s has %s (range) before %s (equality)", ix.QName(), first, second)
			f.Detail = redact.Sprintf("%s %s this way%s. The largest touches %s per call: it reads the whole range and discards the rows of other values.",
				figures.Plural(len(statements), "statement"), rule.Verb(len(statements), "filter"), rule.TimeOf(f.Share), rule.Counted(rule.BlocksPerCall(top), "block"))
			f.Fix = redact.Sprintf("Create an index on (%s, %s) and any further columns of this one, with CONCURRENTLY. Then drop this one: no exported statement filters on %s without %s.", lex.QuoteIdent(second), lex.QuoteIdent(first), first, second)
			found(f)
		}
	},
}

// rangeThenValue returns the statements that filter on a range of one column and a
// value of another; only, whether all that filter on the first do.
func rangeThenValue(c *rule.Case, t *workload.Table, ranged, valued string) (list []*workload.Statement, only bool) {
	if c.UnreadOn(t) {
		return nil, false
	}
	for _, s := range c.On(t) {
		switch uses, both := comparesBoth(c.Statements[s], t, ranged, valued); {
		case uses && !both:
			return nil, false
		case both && s.TopLevel:
			list = append(list, s)
		}
	}
	return list, len(list) > 0
}

// comparesBoth reports whether a statement filters on or sorts by the ranged
// column at any level, and whether each such level compares it by range and the
// other one by value.
func comparesBoth(q *sql.Query, t *workload.Table, ranged, valued string) (uses, both bool) {
	both = true
	for _, part := range q.Parts {
		u, b := comparesBoth(part, t, ranged, valued)
		uses, both = uses || u, both && (b || !u)
	}
	is := func(col sql.Column, name string) bool { return col.Name == name && rule.IsColumnOf(q, t, col) }
	byRange, byValue, other := false, false, false
	for _, cond := range q.Where {
		switch {
		case is(cond.Left, ranged) && cond.Op == sql.Range:
			byRange = true
		case is(cond.Left, ranged), is(cond.Other, ranged):
			other = true
		case is(cond.Left, valued) && cond.Op == sql.Eq && cond.Value < sql.Runtime && cond.Value != sql.NoValue:
			byValue = true
		}
	}
	for _, k := range q.Sort {
		other = other || is(k.Column, ranged) && !byValue
	}
	if byRange || other {
		uses, both = true, both && byRange && byValue && !other
	}
	return uses, uses && both
}
