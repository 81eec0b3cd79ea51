package planner

import (
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// Estimable reports whether the statistics tell how many rows pass every
// condition of a level and of those below it, by its own values.
func (l *Level) Estimable() bool {
	for of := range l.All {
		if why, generic := of.inestimable(); why != "" || len(generic) > 0 || of.Incomplete {
			return false
		}
	}
	return true
}

// inestimable says of which condition the statistics do not tell how many rows
// pass it, and of which columns only how many do in the mean: the export held
// no values to look the statement's up among.
func (l *Level) inestimable() (why string, generic []string) {
	for _, rel := range l.Relations {
		why, columns := rel.inestimable(rel.Conds)
		if why != "" {
			return why, nil
		}
		generic = append(generic, columns...)
	}
	return "", generic
}

func (rel *Relation) inestimable(conds []sql.Cond) (why string, generic []string) {
	for _, c := range conds {
		st := selectivity.StatsOf(rel.Table, c.Left.Name)
		column := rel.Table.Name + "." + c.Left.Name
		switch {
		case c.Op == sql.Or:
			for _, branch := range c.Any {
				why, columns := rel.inestimable(branch)
				if why != "" {
					return why, nil
				}
				generic = append(generic, columns...)
			}
		case c.Left.Name == "":
			return "a condition on " + rel.Table.Name + " does not compare a column", nil
		case st == nil:
			return "the exports have no statistics for " + column + " (pg_stats)", nil
		case c.Op == sql.Range && (c.Value != sql.Const || c.Const.Empty()):
			return column + " is compared with a range whose limits are not constants", nil
		case c.Op == sql.Range && st.MCVs.Len()+st.Histogram.Len() == 0:
			return column + " is compared with a range, and the exports have no values for it (pgverdict export --with-values)", nil
		case c.Op == sql.Contains && (selectivity.IntervalShare(rel.Table, c).Known() || selectivity.IsShape(rel.typeOf(c.Left.Name))):
		case c.Op == sql.Like, c.Op == sql.LikeAny, c.Op == sql.Contains, c.Op == sql.Unknown:
			return column + " is used in a pattern or containment condition", nil
		case (c.Op == sql.Eq || c.Op == sql.In) && c.Value == sql.Const && len(st.MCVFreqs) > 0 && st.MCVs.Len() == 0:
			generic = append(generic, column)
		}
	}
	return "", generic
}
