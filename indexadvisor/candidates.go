package indexadvisor

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/planner"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// Bounds of the candidates.
const (
	smallestTable    = 10  // pages: a sequential scan of a smaller table is as fast
	maxIncluded      = 4   // included columns
	maxIncludedBytes = 100 // of them together
	wideColumn       = 32  // bytes: from there on an included column copies much of the table
	minVisible       = 0.5 // of the table's pages: below it an index-only scan visits the heap all the same
)

// candidateDefs are the indexes that could be of use for a relation of a query level.
// Their costs decide.
func candidateDefs(l *planner.Level, i int) []workload.IndexDef {
	u := l.Relations[i]
	if u.Heap.Pages < smallestTable {
		return nil
	}
	s := keyShapeOf(l, i)
	var list []workload.IndexDef
	add := func(keys ...workload.IndexKey) {
		keys = distinctKeys(keys)
		if len(keys) > 0 && len(keys) <= maxKeys {
			list = append(list, workload.IndexDef{Method: "btree", Keys: keys})
		}
	}
	add(s.equal...)
	add(slices.Concat(s.equal, s.order)...)
	for _, r := range s.ranges {
		add(slices.Concat(s.equal, []workload.IndexKey{r})...)
		add(slices.Concat(s.equal, s.order, []workload.IndexKey{r})...)
		add(r)
	}
	for _, j := range s.joins {
		add(j)
		add(slices.Concat([]workload.IndexKey{j}, s.equal)...)
		add(slices.Concat(s.equal, []workload.IndexKey{j})...)
		for _, r := range s.ranges {
			add(j, r)
		}
		for _, k := range s.joins {
			add(j, k)
		}
	}
	for _, name := range l.LookupColumns(i) {
		k := workload.IndexKey{Column: name}
		add(slices.Concat(s.equal, []workload.IndexKey{k})...)
		for _, j := range s.joins {
			add(j, k)
		}
	}
	add(slices.Concat(s.equal, s.groups)...)
	if s.narrowed > predicateShare {
		// Otherwise the first rows of the order may be rows of other values, however many.
		add(s.order...)
	}
	for _, k := range s.equal {
		add(k)
		add(slices.Concat([]workload.IndexKey{k}, s.order)...)
	}
	list = append(list, s.partial(u, list)...)
	list = append(list, covering(u, list)...)
	return append(list, s.others...)
}

// indexUnions are, for each OR of a relation's conditions, the indexes that answer a
// branch each, alone or behind the equality columns: a BitmapOr needs all of them.
func indexUnions(l *planner.Level, i int) [][]workload.IndexDef {
	u := l.Relations[i]
	if u.Heap.Pages < smallestTable {
		return nil
	}
	var sets [][]workload.IndexDef
	for _, c := range u.Conds {
		if c.Op != sql.Or || len(c.Any) > maxBranches {
			continue
		}
		for _, before := range [][]workload.IndexKey{nil, keyShapeOf(l, i).equal} {
			if set := indexUnion(u, c, before); len(set) > 0 && (before == nil || len(sets) > 0) {
				sets = append(sets, set)
			}
		}
	}
	return sets
}

// maxBranches is the number of branches of an OR that get an index each.
const maxBranches = 4

func indexUnion(u *planner.Relation, c sql.Cond, before []workload.IndexKey) []workload.IndexDef {
	var set []workload.IndexDef
	for _, branch := range c.Any {
		p, ok := indexFor(requirements{table: u.Table, conds: conditions.Converted(u.Table, branch)})
		if !ok {
			return nil
		}
		if p.def.Keys = distinctKeys(slices.Concat(before, p.def.Keys)); len(p.def.Keys) > maxKeys {
			return nil
		}
		if !slices.ContainsFunc(set, func(o workload.IndexDef) bool {
			return sameKeys(o, p.def) && selectivity.SameText(o.Where, p.def.Where)
		}) {
			set = append(set, p.def)
		}
	}
	return set
}

// keyShape is what a query needs of a relation, as keys of an index.
type keyShape struct {
	equal, ranges, joins, order []workload.IndexKey
	groups                      []workload.IndexKey // GROUP BY: rows in its order need no hash table
	others                      []workload.IndexDef // of other methods than B-tree
	tests                       []sql.Cond          // what may be a predicate
	narrowed                    float64             // share of the rows that pass the equalities
}

func keyShapeOf(l *planner.Level, i int) keyShape {
	u := l.Relations[i]
	s := keyShape{narrowed: 1}
	need := requirements{table: u.Table, conds: u.Conds}
	equal, _ := splitConds(need)
	for _, c := range equal {
		if !isTest(c) {
			s.equal = append(s.equal, workload.IndexKey{Column: c.Left.Name})
			s.narrowed *= selectivity.Of(u.Table, c)
		}
	}
	for _, c := range u.Conds {
		_, _, _, compared := selectivity.RowComparison(c)
		if isTest(c) || c.Op == sql.Ne && c.Left.Name != "" && c.Value == sql.Const || compared && c.Left.Name == "" {
			s.tests = append(s.tests, c)
		}
	}
	for _, c := range u.Conds {
		switch {
		case c.Op == sql.Range && c.Left.Name != "" && !conditions.IsUnordered(u.Table, c.Left.Name):
			s.ranges = append(s.ranges, workload.IndexKey{Column: c.Left.Name})
		case c.Op == sql.Like && c.Value != sql.Const && (l.Aggregates > 0 || !l.Outermost || len(l.Relations) > 1):
			// The pattern may begin with anything, and no rows of this table came back to tell.
		case c.Op == sql.Like && isText(u.Table, c.Left.Name):
			s.ranges = append(s.ranges, workload.IndexKey{Column: c.Left.Name, OpClass: conditions.PatternOps(u.Table, c.Left.Name)})
		case c.Op == sql.Eq && c.Left.Name == "" && selectivity.KeepsDistinct[c.Func] && len(c.ExprColumns) == 1:
			s.equal = append(s.equal, workload.IndexKey{Expr: c.Expr})
		case c.Op == sql.LikeAny && isText(u.Table, c.Left.Name) && conditions.WithoutTrigrams(u.Table, c.Left.Name) == "":
			s.others = append(s.others, workload.IndexDef{Method: "gin", Keys: []workload.IndexKey{{Column: c.Left.Name, OpClass: "gin_trgm_ops"}}})
		}
	}
	if g, ok := operatorIndex(need); ok {
		s.others = append(s.others, g.def)
	}
	s.others = slices.Concat(s.others, distanceIndex(l, i), brinIndexes(u))
	for _, j := range u.JoinColumns {
		s.joins = append(s.joins, workload.IndexKey{Column: j})
	}
	for _, name := range l.GroupColumnsOf(i) {
		s.groups = append(s.groups, workload.IndexKey{Column: name})
	}
	if keys := l.OrderOf(i); keys != nil {
		fixed := map[string]bool{}
		for _, k := range s.equal {
			fixed[k.Column] = true
		}
		s.order = orderKeys(conditions.IndexKeys(keys), fixed)
	}
	return s
}

// isText reports whether a column's type is a text type whose patterns an index can serve,
// or not known.
func isText(t *workload.Table, column string) bool {
	if column == "" {
		return false
	}
	col := t.Column(column)
	return col == nil || col.Type == "" || col.Type == "text" || strings.HasPrefix(col.Type, "character")
}

// partial are the candidates again, with all tests as their predicate and with each of
// them: other statements may have one and not the other.
func (s keyShape) partial(u *planner.Relation, list []workload.IndexDef) []workload.IndexDef {
	if len(s.tests) == 0 {
		return nil
	}
	sets := [][]sql.Cond{s.tests}
	if len(s.tests) > 1 {
		for i := range s.tests {
			sets = append(sets, s.tests[i:i+1])
		}
	}
	var out []workload.IndexDef
	for _, tests := range sets {
		most := !slices.ContainsFunc(tests, func(c sql.Cond) bool { return selectivity.Of(u.Table, c) <= predicateShare })
		where := predicate(tests)
		all := list
		if column := keyOf(u.Table, tests); column != "" {
			all = append(slices.Clip(list), workload.IndexDef{Method: "btree", Keys: []workload.IndexKey{{Column: column}}})
		}
		for _, def := range all {
			if most && isForeignKey(u.Table, def.Keys) {
				continue
			}
			def.Where = where
			out = append(out, def)
		}
	}
	return out
}

// isForeignKey reports whether columns are those of a foreign key: without a predicate,
// an index on them serves deletes from the referenced table as well.
func isForeignKey(t *workload.Table, keys []workload.IndexKey) bool {
	return slices.ContainsFunc(t.Constraints, func(c *workload.Constraint) bool {
		return c.Type == "f" && slices.EqualFunc(c.Columns, keys, func(name string, k workload.IndexKey) bool { return name == k.Column })
	})
}

// covering are the candidates again, with the included columns of an index-only scan.
func covering(u *planner.Relation, list []workload.IndexDef) []workload.IndexDef {
	if u.Needed == nil || u.Table.AllVisible.Or(0) < minVisible*u.Heap.Pages {
		return nil
	}
	var out []workload.IndexDef
	for _, def := range list {
		var more []string
		for _, name := range u.NeededBeside(def.Where) {
			if !slices.ContainsFunc(def.Keys, func(k workload.IndexKey) bool { return k.Column == name }) {
				more = append(more, name)
			}
		}
		if len(more) == 0 || len(more) > maxIncluded || u.Width(more) > maxIncludedBytes || slices.ContainsFunc(more, func(name string) bool { return u.Width([]string{name}) > wideColumn }) || slices.ContainsFunc(def.Keys, func(k workload.IndexKey) bool { return k.Column == "" }) {
			continue
		}
		slices.Sort(more)
		def.Include = more
		out = append(out, def)
	}
	return out
}

// distinctKeys drops repeated columns.
func distinctKeys(keys []workload.IndexKey) []workload.IndexKey {
	var out []workload.IndexKey
	for _, k := range keys {
		if !slices.ContainsFunc(out, func(o workload.IndexKey) bool { return o.Column == k.Column && selectivity.SameText(o.Expr, k.Expr) }) {
			out = append(out, k)
		}
	}
	return out
}

// When an index on one column finds too much of the table whatever the value: its rows are
// on nearly every page, unless they lie together.
const (
	muchFound = 0.03 // share of the rows that have the rarest value
	together  = 0.5  // correlation
)

// findsMuch reports whether an index has one key, of which every value is in much of the
// table.
func findsMuch(t *workload.Table, def workload.IndexDef) bool {
	if def.Method != "btree" || len(def.Keys) > 1 || len(def.Include) > 0 || !def.Where.Empty() {
		return false
	}
	st, values := selectivity.StatsOf(t, def.Keys[0].Column), selectivity.Distinct(t, def.Keys[0].Column)
	if st == nil || values <= 0 || values > 1/muchFound || float64(len(st.MCVFreqs)) < values || math.Abs(st.Correlation.Or(1)) > together {
		return false
	}
	return slices.Min(st.MCVFreqs) >= muchFound && st.NullFrac.Or(0) < muchFound
}

// existsAlready reports whether an existing index begins with all keys of a candidate
// and has all its rows.
func existsAlready(t *workload.Table, def workload.IndexDef) bool {
	for _, ix := range t.Indexes {
		if !ix.Valid.Or(true) || ix.Def.Method != def.Method || len(ix.Def.Keys) < len(def.Keys) || ix.Def.Where.Raw() != def.Where.Raw() {
			continue
		}
		same := true
		for n, k := range def.Keys {
			have := ix.Def.Keys[n]
			same = same && have.Column == k.Column && have.OpClass == k.OpClass && have.Desc == k.Desc && selectivity.SameExpression(have.Expr.Raw(), k.Expr.Raw())
		}
		if same && !slices.ContainsFunc(def.Include, func(name string) bool { return !planner.Covers(ix.Def, []string{name}) }) {
			return true
		}
	}
	return false
}

// signature identifies a candidate.
func signature(t *workload.Table, def workload.IndexDef) string {
	ix := Index{Schema: t.Schema, Table: t.Name, IndexDef: def}
	return strings.Join([]string{t.QName(), ix.target()}, " ")
}
