package planner

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// indexMatch is the part of a scan's conditions that an index answers.
type indexMatch struct {
	answered     []sql.Cond
	implied      []sql.Cond // by its predicate
	settledQuals float64    // operators that are not evaluated on the heap again
	quals        float64    // comparisons of an index entry
	boundary     float64    // share of the index that is scanned
	selected     float64    // share of the rows that it returns
	lookups      float64    // descents into the index
	exact        bool       // every key is compared with one value
}

// match walks an index's keys as btcostestimate does: over equalities up to the first
// range, from 18 on also over keys with few values by skip scan. Conditions on later
// keys are still checked in the index.
func (rel *Relation) match(ix *Index, conds []sql.Cond, server pgversion.Major) indexMatch {
	conds, implied := SplitImplied(ix.Def.Where.Raw(), conds)
	m := indexMatch{lookups: 1, exact: true, implied: implied, settledQuals: Operators(implied)}
	var matched []sql.Cond // the conditions that the index answers, in its form
	other := false         // which is not that of the query for some
	bounds, last := 0, 0   // of them: those of the walk, and the first on the last key that has any
	next, open := 0, true  // the first key that has no equality, and whether the range of the scan still narrows
	for n := range ix.Def.Keys {
		from := len(matched)
		equal, one := false, false
		for i := range conds {
			c := &conds[i]
			if c.Op == sql.Or {
				list := asList(*c, server)
				c = &list
			}
			if !answers(ix.Def.Method, &ix.Def.Keys[n], c) {
				continue
			}
			if matched == nil {
				matched = make([]sql.Cond, 0, min(len(conds), len(ix.Def.Keys)))
			}
			if !other && c != &conds[i] {
				other, m.answered = true, slices.Clone(matched)
			}
			if other {
				m.answered = append(m.answered, conds[i])
			}
			matched = append(matched, *c)
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
		if len(matched) == from {
			continue
		}
		if open && n > next {
			lookups := rel.skipScan(ix, ix.Def.Keys[next:n], matched[last:from], m.lookups)
			if open = server.Has(pgversion.SkipScan) && lookups <= ix.Pages; open {
				m.lookups = lookups
			}
		}
		if open {
			bounds = len(matched)
		}
		for _, c := range matched[from:] {
			if c.Op == sql.In && (open || !server.Has(pgversion.ArraysInIndex)) {
				m.lookups *= selectivity.ListLength(c)
			}
		}
		next, last = n, from
		if equal {
			next, last = n+1, len(matched)
		}
	}
	if server.Has(pgversion.ArraysInIndex) {
		m.lookups = clamp(m.lookups, 1, math.Max(math.Ceil(ix.Pages/3), 1))
	}
	m.selected, m.boundary = rel.selectivity(matched), rel.selectivity(matched[:bounds])
	if !ix.Def.Where.Empty() {
		m.selected, m.boundary = m.selected*rel.withoutStatistics(matched), m.boundary*rel.withoutStatistics(matched[:bounds])
	}
	if !other {
		m.answered = matched
	}
	return m
}

// withoutStatistics is by how much more of a partial index is read than its conditions
// say: the planner takes the statistics of an expression from an index on all rows alone
// (examine_variable), and has only a default without.
func (rel *Relation) withoutStatistics(conds []sql.Cond) float64 {
	more := 1.0
	for _, c := range conds {
		if c.Left.Name == "" && c.Op == sql.Eq {
			more *= math.Max(selectivity.DefaultEq/selectivity.Of(rel.Table, c), 1)
		}
	}
	return more
}

// skipScan is the number of descents, given those so far, to pass keys without an
// equality: one for each value in the first key's ranges, and for all values of further
// keys. It is infinite if the statistics do not tell.
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
		return c.Left.Name == k.Column && c.Op == sql.Contains && !selectivity.Unclassed(*c)
	case "gin":
		if strings.Contains(k.OpClass, "trgm") {
			return c.Left.Name == k.Column && (c.Op == sql.LikeAny || c.Op == sql.Like)
		}
		return c.Left.Name == k.Column && c.Op == sql.Contains && (k.OpClass != "jsonb_path_ops" || c.Operator == "@>")
	}
	return false
}

// NeededBeside are the columns that an index-only scan needs: not those that only the
// index's predicate names (check_index_only).
func (rel *Relation) NeededBeside(where redact.Text) []string {
	if where.Empty() || rel.Needed == nil {
		return rel.Needed
	}
	open, implied := SplitImplied(where.Raw(), rel.Conds)
	names := func(conds []sql.Cond, name string) bool {
		return slices.ContainsFunc(conds, func(c sql.Cond) bool {
			return c.Left.Name == name || slices.ContainsFunc(slices.Concat(c.ExprColumns, c.Others, []sql.Column{c.Other}), func(o sql.Column) bool { return o.Name == name })
		})
	}
	return slices.DeleteFunc(slices.Clone(rel.Needed), func(name string) bool {
		return names(implied, name) && !names(open, name) && !slices.Contains(rel.outputs, name) && !slices.Contains(rel.JoinColumns, name)
	})
}

// Covers reports whether an index holds all needed columns.
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

// SplitImplied separates conditions that an index's predicate implies from the others.
func SplitImplied(where string, conds []sql.Cond) (open, implied []sql.Cond) {
	if where == "" {
		return conds, nil
	}
	parts, err := sql.ParseCond(where)
	if err != nil {
		return conds, nil
	}
	for _, c := range conds {
		if slices.ContainsFunc(parts, func(p sql.Cond) bool { return selectivity.Same(c, p) }) {
			implied = append(implied, c)
		} else {
			open = append(open, c)
		}
	}
	return open, implied
}
