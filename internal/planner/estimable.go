package planner

import (
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// Estimable reports whether the statistics tell the selectivity of every condition of a
// query, for the values in it.
func (l *Level) Estimable() bool {
	for of := range l.All {
		if why, generic := of.inestimable(); why != "" || len(generic) > 0 || of.Incomplete {
			return false
		}
	}
	return true
}

// inestimable gives the condition whose selectivity the statistics do not tell, and the
// columns for which only an average is known, because the export has no values.
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
		case c.Op == sql.Like, c.Op == sql.LikeAny, c.Op == sql.NotLike, c.Op == sql.Contains, c.Op == sql.Unknown:
			return column + " is used in a pattern or containment condition", nil
		case (c.Op == sql.Eq || c.Op == sql.In) && c.Value == sql.Const && len(st.MCVFreqs) > 0 && st.MCVs.Len() == 0:
			generic = append(generic, column)
		}
	}
	return "", generic
}
