package indexes

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var rangeShare = rule.NewThreshold("share", 0.01, "share", "of total execution time, which the statements concerned take")

var rangeColumnFirst = rule.Rule{
	ID:    "range-column-first",
	Title: "An index begins with the column that is asked for by range",
	Sees: "A B-tree of two columns or more whose first is only ever compared by range and whose second by value, in the same statements; " +
		"no other index begins with the second.",
	Why:    "Within the range the entries of all values stand mixed: a lookup reads the whole range and keeps few. With the columns the other way round the wanted ones stand side by side.",
	Silent: "A statement that asks for a range or an order of the first column alone; indexes that keep rows unique; statements that could not be read; calls that touch few blocks.",
	Fix:    "An index with the column compared by value first, in place of this one.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-multicolumn.html",
	},
	Thresholds: []*rule.Threshold{rangeShare, rule.MissingBlocks},
	Rank:       rule.RankUnused + 1, // it says why nothing uses the index
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
			asking, only := rangeThenValue(c, t, first, second)
			if !only || c.ShareOf(asking).Or(0) < rangeShare.In(c) {
				continue
			}
			top := asking[0]
			for _, s := range asking {
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
			e.Number("statements of the kind", opt.Of(float64(len(asking))), "", "pg_stat_statements")
			e.Number("their share of total execution time", c.ShareOf(asking), "share", "pg_stat_statements")
			f := rule.OnIndex(ix)
			f.Statement, f.Query, f.Named = top, c.Statements[top], []*workload.Table{t}
			f.Tag, f.Severity, f.Evidence, f.Share = finding.Confirmed, finding.Low, e, c.ShareOf(asking)
			f.Title = redact.Sprintf("%s has %s, asked for by range, before %s, asked for by value", ix.QName(), first, second)
			f.Detail = redact.Sprintf("%s so, in %s of total execution time; the costliest touches %s a call. Each reads the whole range and throws away the rows of other values.",
				figures.Plural(len(asking), "statement")+" "+rule.Verb(len(asking), "ask"), figures.Share(c.ShareOf(asking).Or(0)), rule.Counted(rule.BlocksPerCall(top), "block"))
			f.Fix = redact.Sprintf("An index on (%s, %s) and what follows here, built CONCURRENTLY; then drop this one: no exported statement asks by %s without %s.", workload.QuoteIdent(second), workload.QuoteIdent(first), first, second)
			found(f)
		}
	},
}

// rangeThenValue are the statements that ask for a range of one column and a
// value of another; only, whether all that ask for the one do.
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

// comparesBoth reports whether a statement searches or orders by the ranged
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
