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
	if !ok || a.snap == nil || q == nil || p.Index == nil || q.Limit && q.LimitTo == 0 || q.Offset || before <= 0 {
		return
	}
	l := a.levelOf(q, measured{})
	t := a.tableOf(*p.Index)
	if l == nil || t == nil || !l.anchored() {
		return
	}
	var have []*built
	for _, t := range l.tables() {
		have = append(have, a.existing(t)...)
	}
	if now := a.costOf(l, have); math.Abs(now-before) > selfCheck*before {
		return
	}
	after := a.costOf(l, append(have, a.imagined(t, p.Index.IndexDef)))
	p.CostBefore, p.CostAfter, p.Method = root, opt.Of(math.Min(after, before)), "statistics"
}

// anchored reports whether the statistics tell how many rows pass every
// condition of a level and of those below it, by its own values.
func (l *level) anchored() bool {
	for of := range l.below {
		if why, generic := of.unanchored(); why != "" || len(generic) > 0 || of.partly {
			return false
		}
	}
	return true
}

// unanchored says of which condition the statistics do not tell how many rows
// pass it, and of which columns only how many do in the mean: the export held
// no values to look the statement's up among.
func (l *level) unanchored() (why string, generic []string) {
	for _, u := range l.uses {
		for _, c := range u.conds {
			st := statsOf(u.table, c.Left.Name)
			column := u.table.Name + "." + c.Left.Name
			switch {
			case c.Left.Name == "":
				return "a condition on " + u.table.Name + " is no comparison of a column", nil
			case st == nil:
				return "the exports hold no statistics of " + column + " (pg_stats)", nil
			case c.Op == sql.Range && (c.Value != sql.Const || c.Const.Empty()):
				return column + " is compared with a range whose ends are not written out", nil
			case c.Op == sql.Range && st.MCVs.Len()+st.Histogram.Len() == 0:
				return column + " is compared with a range, and the exports hold no values of it (pgverdict export --with-values)", nil
			case c.Op == sql.Like, c.Op == sql.LikeAny, c.Op == sql.Contains, c.Op == sql.Or, c.Op == sql.Unknown:
				return column + " is in a pattern, a containment or a disjunction", nil
			case c.Op == sql.Eq && c.Value == sql.Const && len(st.MCVFreqs) > 0 && st.MCVs.Len() == 0:
				generic = append(generic, column)
			}
		}
	}
	return "", generic
}
