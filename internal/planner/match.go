package planner

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// indexMatch is what of a scan's conditions an index answers.
type indexMatch struct {
	answered     []sql.Cond
	implied      []sql.Cond // what its predicate says
	settledQuals float64    // operators that need not be evaluated on the rows again
	quals        float64    // comparisons of an entry
	boundary     float64    // share of the index that is walked
	selected     float64    // share that is left to fetch
	lookups      float64    // descents into the index
	exact        bool       // every key is compared with one value
}

// match walks an index's keys, as btcostestimate does: on over equalities, to
// the first range; from 18 on also over keys with few values, each looked up in
// turn. Conditions on later keys are still checked in the index.
func (rel *Relation) match(ix *Index, conds []sql.Cond, version float64) indexMatch {
	conds, implied := splitImplied(ix.Def.Where.Raw(), conds)
	m := indexMatch{lookups: 1, exact: true, implied: implied, settledQuals: Operators(implied)}
	var asked []sql.Cond  // what is answered, as the index takes it
	bounds, last := 0, 0  // of them: those of the walk, and the first on the last key that has any
	next, open := 0, true // the first key that no equality settles, and whether the walk goes on
	for n := range ix.Def.Keys {
		from := len(asked)
		equal, one := false, false
		for i := range conds {
			c := &conds[i]
			if c.Op == sql.Or {
				list := asList(*c, version)
				c = &list
			}
			if !answers(ix.Def.Method, &ix.Def.Keys[n], c) {
				continue
			}
			if asked == nil {
				asked, m.answered = make([]sql.Cond, 0, len(conds)), make([]sql.Cond, 0, len(conds))
			}
			m.answered, asked = append(m.answered, conds[i]), append(asked, *c)
			m.quals++
			if c.Op == sql.Like {
				m.quals++ // from the prefix on, to the next one; the pattern itself is checked on the row
			} else {
				m.settledQuals += Operators(conds[i : i+1])
			}
			switch c.Op {
			case sql.Eq, sql.IsTrue, sql.IsFalse:
				equal, one = true, true
			case sql.In, sql.IsNull:
				equal = true
			}
		}
		m.exact = m.exact && one
		if len(asked) == from {
			continue
		}
		if open && n > next {
			lookups := rel.skipScan(ix, ix.Def.Keys[next:n], asked[last:from], m.lookups)
			if open = version >= 18 && lookups <= ix.Pages; open {
				m.lookups = lookups
			}
		}
		if open {
			bounds = len(asked)
		}
		for _, c := range asked[from:] {
			if c.Op == sql.In && (open || version < 17) {
				m.lookups *= selectivity.ListLength(c)
			}
		}
		next, last = n, from
		if equal {
			next, last = n+1, len(asked)
		}
	}
	if version >= 17 {
		m.lookups = clamp(m.lookups, 1, math.Max(math.Ceil(ix.Pages/3), 1))
	}
	m.selected, m.boundary = rel.selectivity(asked), rel.selectivity(asked[:bounds])
	return m
}

// skipScan is how many descents it takes, of so many that there are already, to go
// on over keys that are not compared for equality: one for each value that the
// first may have within its ranges, and all others whatsoever. Where it does
// not pay, or the statistics do not tell, they are without number.
func (rel *Relation) skipScan(ix *Index, keys []workload.IndexKey, ranges []sql.Cond, lookups float64) float64 {
	for _, k := range keys {
		values := selectivity.Distinct(rel.Table, k.Column)
		switch {
		case values <= 0:
			return math.Inf(1)
		case len(ranges) > 0:
			within := rel.selectivity(ranges) * ix.share
			if within < selectivity.DefaultPair {
				return math.Inf(1)
			}
			values = math.Max(math.RoundToEven(clampRows(values)*within), 1)
		default:
			values = clampRows(values) + 1 // the search for the first of them
		}
		lookups *= values
		ranges = nil
	}
	return lookups
}

// answers reports whether a key of an index answers a condition.
func answers(method string, k *workload.IndexKey, c *sql.Cond) bool {
	switch method {
	case "btree":
		if k.Column == "" {
			return !k.Expr.Empty() && !c.Expr.Empty() && selectivity.SameExpression(k.Expr.Raw(), c.Expr.Raw()) && (c.Op == sql.Eq || c.Op == sql.Range || c.Op == sql.In)
		}
		pattern := strings.HasSuffix(k.OpClass, "_pattern_ops")
		if c.Op == sql.Like {
			return c.Left.Name == k.Column && (pattern || k.Collation == "C")
		}
		return c.Left.Name == k.Column && c.Sargable() && (!pattern || c.Op != sql.Range)
	case "hash":
		return c.Left.Name == k.Column && c.Op == sql.Eq
	case "brin":
		return c.Left.Name == k.Column && c.Op == sql.Range
	case "gist", "spgist":
		return c.Left.Name == k.Column && c.Op == sql.Contains
	case "gin":
		if strings.Contains(k.OpClass, "trgm") {
			return c.Left.Name == k.Column && (c.Op == sql.LikeAny || c.Op == sql.Like)
		}
		return c.Left.Name == k.Column && c.Op == sql.Contains && (k.OpClass != "jsonb_path_ops" || c.Operator == "@>")
	}
	return false
}

// neededBeside are the columns that a scan needs of an index alone: all but those that
// nothing names besides what the index's predicate says (check_index_only).
func (rel *Relation) neededBeside(ix *Index) []string {
	if ix.Def.Where.Empty() || rel.Needed == nil {
		return rel.Needed
	}
	open, implied := splitImplied(ix.Def.Where.Raw(), rel.Conds)
	names := func(conds []sql.Cond, name string) bool {
		return slices.ContainsFunc(conds, func(c sql.Cond) bool {
			return c.Left.Name == name || slices.Contains(c.ExprColumns, sql.Column{Name: name})
		})
	}
	return slices.DeleteFunc(slices.Clone(rel.Needed), func(name string) bool {
		return names(implied, name) && !names(open, name) && !slices.Contains(rel.outputs, name) && !slices.Contains(rel.JoinColumns, name)
	})
}

// Covers reports whether an index holds all the columns that are needed.
func Covers(def workload.IndexDef, needed []string) bool {
	if needed == nil {
		return false
	}
	for _, name := range needed {
		if !slices.Contains(def.Include, name) && !slices.ContainsFunc(def.Keys, func(k workload.IndexKey) bool { return k.Column == name }) {
			return false
		}
	}
	return true
}

// splitImplied parts conditions into those that an index's predicate does not answer
// already, and those that it does.
func splitImplied(where string, conds []sql.Cond) (open, implied []sql.Cond) {
	if where == "" {
		return conds, nil
	}
	parts, err := sql.ParseCond(where)
	if err != nil {
		return conds, nil
	}
	for _, c := range conds {
		if slices.ContainsFunc(parts, func(p sql.Cond) bool {
			return p.Op == c.Op && p.Left.Name == c.Left.Name && selectivity.SameText(p.Const, c.Const)
		}) {
			implied = append(implied, c)
		} else {
			open = append(open, c)
		}
	}
	return open, implied
}
