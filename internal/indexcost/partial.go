package indexcost

import (
	"fmt"
	"math"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// coverage is the rows of a partial index.
type coverage struct {
	share   opt.Float       // of the table's rows; 1 without a predicate
	assumed float64         // the same, with the planner's default for a comparison of two columns
	fixed   map[string]bool // columns that have one value in it
	notNull map[string]bool // columns that are never NULL in it
	note    string          // an assumption about the share, or why it is absent
}

// CoveredShare is the share of a table's rows that pass a predicate; absent if the
// statistics do not tell.
func CoveredShare(t *workload.Table, where redact.Text) opt.Float { return coverageOf(t, where).share }

// AssumedShare is what the planner takes for it: of a comparison of two columns, of which
// no statistics tell, it has a default. It is 1 if nothing is known.
func AssumedShare(t *workload.Table, where redact.Text) float64 { return coverageOf(t, where).assumed }

// coverageOf estimates a predicate's share of the rows from pg_stats.
func coverageOf(t *workload.Table, where redact.Text) coverage {
	c := coverage{share: opt.Of(1.0), assumed: 1, fixed: map[string]bool{}, notNull: map[string]bool{}}
	if where.Empty() {
		return c
	}
	conds, err := sql.ParseCond(where.Raw())
	if err != nil || len(conds) == 0 {
		c.share = opt.Float{}
		c.note = "the predicate could not be read, so its share of the rows is unknown"
		return c
	}
	open := false // a share is not known, and has no default
	for _, cond := range conds {
		if _, _, _, ok := selectivity.RowComparison(cond); ok {
			c.notNull[cond.Left.Name], c.notNull[cond.Other.Name] = true, true
			c.share, c.assumed = opt.Float{}, c.assumed*selectivity.DefaultRange
			c.note = fmt.Sprintf("no statistics tell the share of rows with %s", where)
			continue
		}
		f, known := conjunctShare(t, cond).Get()
		if !known {
			c.share, open = opt.Float{}, true
			c.note = fmt.Sprintf("the share of rows with %s is unknown (export pg_stats with values)", where)
			continue
		}
		c.share = opt.Map(c.share, func(s float64) float64 { return s * selectivity.Share(f) })
		c.assumed *= selectivity.Share(f)
		if name := cond.Left.Name; name != "" && cond.Op != sql.IsNull {
			c.notNull[name] = true
			c.fixed[name] = c.fixed[name] || cond.Op == sql.Eq || cond.Op == sql.IsTrue || cond.Op == sql.IsFalse
		}
	}
	if open {
		c.assumed = 1
	}
	if c.share.Known() && len(conds) > 1 {
		c.note = "the conditions of the predicate are treated as independent"
	}
	return c
}

// within adapts an entry to the rows of a predicate: a column that it compares has no
// NULLs, and one that it fixes has one value. Rare values of other columns may have no
// row at all.
func (c coverage) within(e entry, tableRows float64) entry {
	p := c.share.Or(c.assumed)
	adapt := func(list []attribute) []attribute {
		adapted := make([]attribute, len(list))
		for i, a := range list {
			switch {
			case c.fixed[a.column]:
				a.distinct, a.spread, a.stats = 1, even, nil
			case a.distinct > 0 && p < 1:
				each, kept := math.Max(tableRows*(1-a.nulls)/a.distinct, 1), p
				if c.notNull[a.column] && a.nulls < 1 {
					kept = selectivity.Share(p / (1 - a.nulls)) // the rows left out are those without a value
				}
				a.distinct *= 1 - math.Pow(1-kept, each)
			}
			if c.notNull[a.column] {
				a.nulls = 0
			}
			adapted[i] = a
		}
		return adapted
	}
	e.keys, e.include = adapt(e.keys), adapt(e.include)
	return e
}

// conjunctShare is the share of rows that pass one conjunct; absent if the statistics
// do not tell.
func conjunctShare(t *workload.Table, c sql.Cond) opt.Float {
	st := selectivity.StatsOf(t, c.Left.Name)
	if st == nil {
		return opt.Float{}
	}
	switch c.Op {
	case sql.IsNull, sql.NotNull, sql.IsTrue, sql.IsFalse:
		return selectivity.Known(t, c)
	case sql.Eq:
		return valueShare(t, c, c.Const.Raw())
	case sql.Ne:
		equal := valueShare(t, c, c.Const.Raw())
		return opt.Map(equal, func(f float64) float64 { return selectivity.Share(1 - st.NullFrac.Or(0) - f) })
	case sql.In:
		if len(c.List) == 0 {
			return opt.Float{}
		}
		sum := opt.Of(0.0)
		for _, v := range c.List {
			sum = opt.Sum(sum, valueShare(t, c, v.Raw()))
		}
		return opt.Map(sum, selectivity.Share)
	}
	return opt.Float{}
}

// valueShare is the share of rows with one value; known only if the export has the
// common values.
func valueShare(t *workload.Table, c sql.Cond, value string) opt.Float {
	st := selectivity.StatsOf(t, c.Left.Name)
	if c.Value != sql.Const || value == "" || len(st.MCVFreqs) > 0 && st.MCVs.Len() == 0 {
		return opt.Float{}
	}
	switch value {
	case "true":
		value = "t" // as pg_stats prints it
	case "false":
		value = "f"
	}
	c.Op, c.Const = sql.Eq, redact.SQL(value)
	return selectivity.Known(t, c)
}
