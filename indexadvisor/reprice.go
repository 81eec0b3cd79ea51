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
	if l == nil || t == nil || !l.anchored() {
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

// anchored reports whether the statistics tell the selectivity of every
// condition of a level.
func (l *level) anchored() bool {
	for _, u := range l.uses {
		for _, c := range u.conds {
			st := statsOf(u.table, c.Left.Name)
			switch {
			case st == nil:
				return false
			case c.Op == sql.Range && (c.Value != sql.Const || c.Const.Empty() || len(st.MCVs)+len(st.Histogram) == 0):
				return false
			case c.Op == sql.Eq && c.Value == sql.Const && len(st.MCVFreqs) > 0 && len(st.MCVs) == 0:
				return false
			case c.Op == sql.Like, c.Op == sql.LikeAny, c.Op == sql.Contains, c.Op == sql.Or, c.Op == sql.Unknown:
				return false
			}
		}
	}
	return true
}
