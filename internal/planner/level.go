package planner

import (
	"math"
	"math/bits"
	"slices"

	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// Read reads a query with its sub-queries; nil if a table or its size is not in the
// data.
func (p *Planner) Read(q *sql.Query, call Call) *Level {
	l := (&reader{planner: p, ctes: map[*sql.CTE]*Level{}}).read(q, nil)
	if l == nil || len(l.Tables()) == 0 {
		return nil
	}
	if len(l.Relations) == 1 && l.Relations[0].Table.Kind == "p" {
		l.Relations[0].prune(call.Blocks)
	}
	l.Outermost, l.call = true, call
	writes := false
	for of := range l.All {
		writes = writes || of.locks || of.query.Kind != sql.Select
	}
	for of := range l.All {
		of.serial = writes || len(of.params) > 0
	}
	p.prepare(l)
	if call.Rows > 0 && l.returnsWhatPasses(q) {
		l.Relations[0].observe(call.Rows)
	}
	if q.Limit && q.LimitTo == 0 {
		l.limit *= math.Max(call.Rows, 1)
	}
	return l
}

// returnsWhatPasses reports whether a call returns all rows of one table that pass its
// conditions: also with a LIMIT, if it read the whole table without reaching it.
func (l *Level) returnsWhatPasses(q *sql.Query) bool {
	if len(l.Relations) != 1 || l.Relations[0].subquery != nil || q.Offset || q.Distinct || q.Aggregates > 0 || len(q.Group) > 0 {
		return false
	}
	return !q.Limit || len(l.orderBy) == 0 && l.call.Blocks >= l.Relations[0].Heap.Pages
}

// reader reads the levels of one statement.
type reader struct {
	planner *Planner
	ctes    map[*sql.CTE]*Level // of the CTEs that are planned on their own

	reading *sql.CTE // a recursive one, whose first arm is not read yet
}

// read reads a query in some scope, with the levels below it; nil if one of its
// relations is not known.
func (r *reader) read(q *sql.Query, around *scope) *Level {
	l := &Level{
		query: q, orderRelation: -1, classIDs: map[columnRef]int{}, refs: map[string]int{}, joinClauses: map[[2]relationSet][]joinClause{}, paramConditions: map[given][]sql.Cond{}, clauseShares: map[[2]columnRef]float64{}, mergeRanges: map[[2]columnRef]readRange{}, widths: map[relationSet]float64{},
		Aggregates: float64(q.Aggregates), locks: q.Locks, server: r.planner.Settings.Server,
	}
	sc := &scope{l: l, around: around}
	l.scope = sc
	for _, cte := range q.With {
		if isInlined(cte) {
			continue
		}
		if r.reading = nil; cte.Recursive {
			r.reading = cte
		}
		of := r.read(cte.Part, around)
		if of == nil {
			return nil
		}
		r.ctes[cte] = of
		l.ctes = append(l.ctes, of)
	}
	for _, arm := range q.Arms {
		of := r.read(arm, around)
		if of == nil {
			return nil
		}
		l.arms = append(l.arms, of)
		if r.reading != nil && r.reading.Part == q {
			r.ctes[r.reading] = of // what the second arm reads
			r.reading, l.recursive = nil, true
		}
	}
	switch {
	case q.Kind == sql.Other, q.Kind == sql.Insert && len(q.Arms) == 0:
		return nil
	case q.Kind == sql.Insert:
	case len(q.Arms) == 0:
		if !r.addFrom(sc, q) {
			return nil
		}
		for _, c := range r.readJoins(sc, q) {
			r.placeCond(sc, c)
		}
		l.minMax = r.minMax(sc, q)
	}
	for _, s := range q.Subs {
		l.outputSubPlans = append(l.outputSubPlans, r.subPlan(sc, s)...)
	}
	for _, c := range q.Having {
		l.addHaving(r, sc.bind(c))
	}
	if q.Limit {
		l.limit = math.Max(float64(q.LimitTo), 1)
		if q.Offset {
			l.limit *= 1 + skippedPages
		}
	}
	return l
}

// addFrom adds the relations of FROM to a scope's level. It reports false if one is not
// known, or if they are too many.
func (r *reader) addFrom(sc *scope, q *sql.Query) bool {
	l := sc.l
	sc.from = len(l.Relations)
	for _, item := range q.From {
		n := rangeEntry{ref: item.Ref(), relation: -1}
		from := len(l.Relations)
		ok := false
		switch {
		case item.Part != nil && r.canPullUp(item, l):
			ok = r.pullUp(sc, item, &n)
		case item.Part != nil || item.Func != "":
			ok = r.addDerived(sc, item)
			n.relation = from
		default:
			ok = r.addTable(l, item.Table)
			n.relation = from
		}
		if !ok || len(l.Relations) > maxRelations {
			return false
		}
		n.set = relationsFrom(from, len(l.Relations))
		sc.names = append(sc.names, n)
		sc.till = len(l.Relations)
	}
	return true
}

// relationsFrom are the relations from one position up to another.
func relationsFrom(from, till int) relationSet {
	return relationSet(1<<till-1) &^ relationSet(1<<from-1)
}

// addTable adds a table of the catalogue to a level.
func (r *reader) addTable(l *Level, x sql.Table) bool {
	t := r.planner.snap.Table(x.Schema, x.Name)
	if t == nil {
		return false
	}
	h, known := r.planner.heapOf(t)
	known = known && !r.planner.snap.StatsHidden(t)
	if known {
		l.add(&Relation{Table: t, alias: x.Alias, ref: x.Ref(), Heap: h, visitedShare: 1, qualShare: 1, extended: r.planner.sizes.Extended(t)})
	}
	return known
}

// add adds a relation, under a name that no other has.
func (l *Level) add(rel *Relation) {
	for _, taken := l.refs[rel.ref]; taken; _, taken = l.refs[rel.ref] {
		rel.ref += "'"
	}
	l.refs[rel.ref] = len(l.Relations)
	l.Relations = append(l.Relations, rel)
}

// placeCond adds a bound condition to its relation. An equality of two relations'
// columns puts them into one equivalence class.
func (r *reader) placeCond(sc *scope, c sql.Cond) {
	l := sc.l
	if a, b, ok := l.joinColumns(c); ok {
		l.noteJoinColumns(a, b)
		l.mergeClasses(a, b)
		return
	}
	set := l.relationsOf(c)
	if len(c.Subs) > 0 {
		subs, of := r.subPlans(sc, c.Subs)
		if set |= of; len(subs) > 0 {
			l.addQual(set, qual{subs, l.subShare(c, of), qualOperators(c)}, l.lookupsOf(c, of)...)
			return
		}
		c.Value = min(c.Value, sql.Stable) // an InitPlan, executed before the scan
	}
	for i, rel := range l.Relations {
		switch {
		case set == 1<<i:
			rel.Conds = append(rel.Conds, withinRow(c))
			for _, m := range l.columns(c) {
				rel.need(m.column)
			}
		case set.has(i):
			share := selectivity.DefaultRange
			switch c.Op {
			case sql.Ne:
				share = 1 - selectivity.DefaultEq
			case sql.Or:
				share = l.restrictByOr(set, c)
			}
			l.addQual(set, qual{nil, share, math.Max(qualOperators(c), 1)}, l.lookupsOf(c, 0)...)
			l.needForJoin(c)
			return
		}
	}
}

// withinRow is a condition on one relation: if it compares two of its columns, the value
// is not known before the row is, and no index is searched by it.
func withinRow(c sql.Cond) sql.Cond {
	if c.Left.Name != "" && (c.Other.Name != "" || len(c.Others) > 0) {
		c.ExprColumns, c.Left = append(slices.Clone(c.ExprColumns), c.Left), sql.Column{}
	}
	c.Any = slices.Clone(c.Any)
	for i, branch := range c.Any {
		c.Any[i] = slices.Clone(branch)
		for n := range branch {
			c.Any[i][n] = withinRow(branch[n])
		}
	}
	return c
}

// usefulOr is the selectivity up to which an OR on a join is split (orclauses.c).
const usefulOr = 0.9

// restrictByOr adds to some relations what an OR over all of them implies for each: one of
// the branches' own conditions, if every branch has some (extract_restriction_or_clauses).
// share is what the OR still removes from their join.
func (l *Level) restrictByOr(set relationSet, c sql.Cond) (share float64) {
	missed := 1.0
	implied := map[int][][]sql.Cond{}
	for _, branch := range c.Any {
		passed, own := 1.0, map[int][]sql.Cond{}
		for _, b := range branch {
			of := l.relationsOf(b)
			if i := bits.TrailingZeros64(uint64(of)); of == 1<<i && l.Relations[i].Scan == "" {
				own[i] = append(own[i], withinRow(b))
			} else {
				passed *= qualShare(b)
			}
		}
		for i, conds := range own {
			passed *= selectivity.Independent(l.Relations[i].Table, conds, nil)
			implied[i] = append(implied[i], conds)
		}
		missed *= 1 - passed
	}
	share = 1 - missed
	outer := slices.ContainsFunc(l.specialJoins, func(sp *specialJoin) bool {
		return sp.kind != sql.Semi && sp.kind != sql.Anti && sp.whole.overlaps(set)
	})
	for i, rel := range l.Relations {
		if outer || len(implied[i]) < len(c.Any) {
			continue
		}
		of := sql.Cond{Op: sql.Or, Value: c.Value, Any: implied[i]}
		if removes := selectivity.Of(rel.Table, of); removes <= usefulOr {
			rel.Conds = append(rel.Conds, of)
			share /= removes
		}
	}
	return math.Min(share, 1)
}

// needForJoin records the columns that a condition on a join needs.
func (l *Level) needForJoin(c sql.Cond) {
	for _, m := range l.columns(c) {
		rel := l.Relations[m.relation]
		rel.need(m.column)
		rel.joinQualColumns = addColumn(rel.joinQualColumns, m.column)
	}
}

// addQual adds a condition to the join of several relations, or to the one that it is on,
// whose indexes do not answer it.
func (l *Level) addQual(set relationSet, c qual, lookups ...lookup) {
	for i, rel := range l.Relations {
		if set == 1<<i {
			rel.quals = append(rel.quals, c)
			rel.qualShare *= c.share
			return
		}
	}
	l.joinQuals = append(l.joinQuals, joinQual{set, c, lookups})
}

// need records that the query needs a column.
func (rel *Relation) need(column string) {
	if !slices.Contains(rel.referenced, column) {
		rel.referenced = append(rel.referenced, column)
	}
}

// noteJoinColumns records two columns that a join clause compares.
func (l *Level) noteJoinColumns(a, b columnRef) {
	for _, m := range [2]columnRef{a, b} {
		if rel := l.Relations[m.relation]; !slices.Contains(rel.JoinColumns, m.column) {
			rel.JoinColumns = append(rel.JoinColumns, m.column)
		}
	}
}

// isInnerJoin reports whether a semi join is an inner one: its right side has at most
// one row for a value (reduce_unique_semijoins).
func (l *Level) isInnerJoin(sp *specialJoin) bool {
	if sp.kind != sql.Semi || sp.whole&(sp.whole-1) != 0 {
		return false
	}
	for i, rel := range l.Relations {
		if sp.whole == 1<<i {
			return rel.isUnique(func(column string) bool { return slices.Contains(sp.values, columnRef{i, column}) })
		}
	}
	return false
}

// Level is one query level, as the planner sees it (PlannerInfo): one SELECT, or the
// search of an UPDATE or DELETE for its rows. It has the relations that are joined, the
// conditions on them, and what is done with the rows. Semi and anti joins of WHERE are
// part of it.
type Level struct {
	query  *sql.Query
	scope  *scope
	params []param // columns of outer levels that it is planned with

	Relations    []*Relation
	refs         map[string]int // the relations by their names
	classes      []*eqClass
	classIDs     map[columnRef]int
	exprClasses  map[string]int // the classes of expressions
	outerClauses []joinClause   // conditions of outer joins
	server       pgversion.Major
	specialJoins []*specialJoin
	joinQuals    []joinQual

	order         []sql.Key // ORDER BY, or what window functions or DISTINCT ON go by
	orderBy       []sortKey // ORDER BY as classes
	orderRelation int       // the relation, if the order is of its columns alone; else -1
	limit         float64   // rows needed; 0: all
	firstRows     float64   // rows that EXISTS looks at; 0: all
	groupBy       []sortKey // GROUP BY or DISTINCT
	groupColumns  int       // their number
	distinct      bool
	Aggregates    float64 // aggregates
	aggregation   aggregation
	havingQuals   []qual    // HAVING
	windows       []window  // in the order of execution
	distinctOn    []sortKey // DISTINCT ON
	windowOrder   []sortKey // the order that windows or DISTINCT ON need
	locks         bool      // FOR UPDATE
	minMax        []*Level  // min and max, each as the search for the first row of an order
	ordered       bool      // only paths in its order are of use

	arms           []*Level  // of a set operation
	recursive      bool      // a recursive CTE: the first arm starts, the second recurses
	appendChild    bool      // an arm of a UNION ALL in FROM that reads one table
	ctes           []*Level  // CTEs
	initPlans      []subPlan // sub-selects that are executed once
	outputSubPlans []subPlan // sub-selects of the output
	Incomplete     bool      // a sub-select could not be read
	Outermost      bool      // what it returns is what the statement returns
	serial         bool      // no parallel plan is possible

	parameter   columnRef             // the column of the parameter whose value matters most
	listed      float64               // instead of one value, so many of them in an IN list
	typical     []typical             // other parameters
	ranged      []*Relation           // relations with ranges of unknown width
	told        bool                  // what calls touch and return tells the width of one kind of them
	varied      selectivity.GuessKind // the kind of range that is planned with several widths
	rangeWidths []ParamValue          // these
	likely      rangeWidths           // those of the other kinds
	ParamValues []ParamValue          // the values or widths; empty: they matter little
	call        Call                  // what is known of one execution of the statement

	joinClauses     map[[2]relationSet][]joinClause // between two sets of relations, cached
	paramConditions map[given][]sql.Cond            // of paramConds, cached
	clauseShares    map[[2]columnRef]float64        // selectivity of join clauses, cached
	mergeRanges     map[[2]columnRef]readRange      // how far a merge join reads either side, cached
	widths          map[relationSet]float64         // of rows of some relations, cached
}

// All yields a level and all levels below it.
func (l *Level) All(yield func(*Level) bool) { l.walk(yield) }

func (l *Level) walk(yield func(*Level) bool) bool {
	if !yield(l) {
		return false
	}
	for of := range l.children {
		if !of.walk(yield) {
			return false
		}
	}
	return true
}

// LargestJoin is the number of relations in the largest level of a query.
func (l *Level) LargestJoin() int {
	n := 0
	for of := range l.All {
		n = max(n, len(of.Relations))
	}
	return n
}

// children are the levels just below: CTEs before the levels that read them.
func (l *Level) children(yield func(*Level) bool) {
	for _, list := range [][]*Level{l.ctes, l.arms, l.minMax} {
		for _, of := range list {
			if !yield(of) {
				return
			}
		}
	}
	subs := slices.Concat(l.initPlans, l.outputSubPlans)
	for _, c := range l.havingQuals {
		subs = append(subs, c.subs...)
	}
	for _, f := range l.joinQuals {
		subs = append(subs, f.subs...)
	}
	for _, rel := range l.Relations {
		if rel.Scan == "Subquery Scan" && !yield(rel.subquery) {
			return
		}
		for _, c := range rel.quals {
			subs = append(subs, c.subs...)
		}
	}
	for _, of := range subs {
		if !yield(of.level) {
			return
		}
	}
}

// Tables are the tables of a level and of the levels below it, each once.
func (l *Level) Tables() []*workload.Table {
	var list []*workload.Table
	for of := range l.All {
		for _, rel := range of.Relations {
			if rel.Scan == "" && !slices.Contains(list, rel.Table) {
				list = append(list, rel.Table)
			}
		}
	}
	return list
}

// OrderOf is the order that the query needs, if it is of one relation's columns alone.
func (l *Level) OrderOf(i int) []sql.Key {
	if l.orderRelation != i {
		return nil
	}
	return l.order
}

// GroupColumnsOf are the columns of GROUP BY or DISTINCT, if all are of one relation, in
// the order that also gives ORDER BY.
func (l *Level) GroupColumnsOf(i int) []string {
	var columns []string
	for _, k := range l.groupBy {
		m, ok := l.classes[k.class].in(1 << i)
		if !ok {
			return nil
		}
		columns = append(columns, m.column)
	}
	return columns
}

// window is one window definition with the functions over it.
type window struct {
	keys           []sortKey
	columns, calls float64
}
