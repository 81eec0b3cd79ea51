package indexadvisor

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// selfCheck is how far the model's cost of a statement as it is may be from
// the plan's own, for the model to be believed on what it would be.
const selfCheck = 0.05

// Reprice costs a proposal for the whole statement, over its joins, order and
// LIMIT, where the model reproduces the cost of the pasted plan; else it
// leaves the proposal as it is.
func (a *Advisor) Reprice(q *sql.Query, root Float, p *Proposal) {
	before, ok := root.Get()
	if !ok || a.snap == nil || q == nil || p.Index == nil || len(q.Parts) > 0 || q.Limit && q.LimitTo == 0 || q.Offset || before <= 0 {
		return
	}
	l := a.levelOf(q, measured{})
	t := a.tableOf(*p.Index)
	if l == nil || t == nil || l.unanchored() != "" {
		return
	}
	var have []*built
	for _, u := range l.uses {
		have = append(have, a.existing(u.table)...)
	}
	if now := a.costOf(l, have); math.Abs(now-before) > selfCheck*before {
		return
	}
	after := a.costOf(l, append(have, a.imagined(t, p.Index.IndexDef)))
	p.CostBefore, p.CostAfter, p.Method = root, opt.Of(math.Min(after, before)), "statistics"
}

// unanchored names a column of whose condition the statistics do not tell how
// many rows pass it, and why; empty if they tell of all.
func (l *level) unanchored() string {
	for _, u := range l.uses {
		for _, c := range u.conds {
			st := statsOf(u.table, c.Left.Name)
			of := "the condition on " + u.table.Name
			if c.Left.Name != "" {
				of += "." + c.Left.Name
			}
			switch {
			case c.Left.Name == "":
				return of + " is no comparison of a column"
			case st == nil:
				return of + ": the exports hold no statistics of the column (pg_stats)"
			case c.Op == sql.Range && (c.Value != sql.Const || c.Const.Empty()):
				return of + " is a range whose ends are not written out"
			case c.Op == sql.Range && len(st.MCVs)+len(st.Histogram) == 0, c.Op == sql.Eq && c.Value == sql.Const && len(st.MCVFreqs) > 0 && len(st.MCVs) == 0:
				return of + ": the exported statistics hold no values to compare with"
			case c.Op == sql.Like, c.Op == sql.LikeAny, c.Op == sql.Contains, c.Op == sql.Or, c.Op == sql.Unknown:
				return of + " is a pattern, a containment or a disjunction"
			}
		}
	}
	return ""
}
