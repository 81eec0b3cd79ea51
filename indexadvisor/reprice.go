package indexadvisor

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// selfCheck is how far the model's cost of a statement as it is may be from
// the plan's own, for the model to be believed on what it would be.
const selfCheck = 0.05

// Reprice costs proposals for the whole statement, over its joins, order and
// LIMIT, where the model reproduces the cost of the pasted plan; else it leaves
// them as they are. Several are priced together: each branch of an OR has its
// own, and one alone serves nothing.
func (a *Advisor) Reprice(q *sql.Query, root Float, proposals ...*Proposal) {
	before, ok := root.Get()
	if !ok || a.snap == nil || q == nil || q.Limit && q.LimitTo == 0 || q.Offset || before <= 0 {
		return
	}
	l := a.levelOf(q, measured{})
	if l == nil || !l.anchored() {
		return
	}
	var indexes []*built
	for _, t := range l.tables() {
		indexes = append(indexes, a.existing(t)...)
	}
	if now := a.costOf(l, indexes); math.Abs(now-before) > selfCheck*before {
		return
	}
	var priced []*Proposal
	for _, p := range proposals {
		if p.Index == nil {
			continue
		}
		if t := a.tableOf(*p.Index); t != nil {
			indexes = append(indexes, a.imagined(t, p.Index.IndexDef))
			priced = append(priced, p)
		}
	}
	after := a.costOf(l, indexes)
	for _, p := range priced {
		p.CostBefore, p.CostAfter, p.Method = root, opt.Of(math.Min(after, before)), "statistics"
	}
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
		why, columns := u.unanchored(u.conds)
		if why != "" {
			return why, nil
		}
		generic = append(generic, columns...)
	}
	return "", generic
}

func (u *use) unanchored(conds []sql.Cond) (why string, generic []string) {
	for _, c := range conds {
		st := statsOf(u.table, c.Left.Name)
		column := u.table.Name + "." + c.Left.Name
		switch {
		case c.Op == sql.Or:
			for _, branch := range c.Any {
				why, columns := u.unanchored(branch)
				if why != "" {
					return why, nil
				}
				generic = append(generic, columns...)
			}
		case c.Left.Name == "":
			return "a condition on " + u.table.Name + " is no comparison of a column", nil
		case st == nil:
			return "the exports hold no statistics of " + column + " (pg_stats)", nil
		case c.Op == sql.Range && (c.Value != sql.Const || c.Const.Empty()):
			return column + " is compared with a range whose ends are not written out", nil
		case c.Op == sql.Range && st.MCVs.Len()+st.Histogram.Len() == 0:
			return column + " is compared with a range, and the exports hold no values of it (pgverdict export --with-values)", nil
		case c.Op == sql.Contains && (intervalShare(u.table, c).Known() || isShape(u.typeOf(c.Left.Name))):
		case c.Op == sql.Like, c.Op == sql.LikeAny, c.Op == sql.Contains, c.Op == sql.Unknown:
			return column + " is in a pattern or a containment", nil
		case (c.Op == sql.Eq || c.Op == sql.In) && c.Value == sql.Const && len(st.MCVFreqs) > 0 && st.MCVs.Len() == 0:
			generic = append(generic, column)
		}
	}
	return "", generic
}
