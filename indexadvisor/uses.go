package indexadvisor

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// level is one SELECT, or one write's search for its rows, as the planner
// sees it: tables that are joined, what is asked of each, and what becomes of
// the rows.
type level struct {
	uses    []*use
	order   []orderKey // ORDER BY
	ordered int        // the table whose columns alone make up the order, or -1
	limit   float64    // rows wanted; 0: all
	groups  int        // columns of GROUP BY or DISTINCT
	sums    bool       // an aggregate
}

// orderKey is an entry of ORDER BY with the table it is of.
type orderKey struct {
	sql.Key
	use int
}

// use is one table of a level.
type use struct {
	table   *workload.Table
	heap    heap
	conds   []sql.Cond // whose value is known before the scan
	joins   []joinCond // equalities with other tables of the level
	needed  []string   // columns that are asked for; nil: all of them
	width   float64    // bytes of them
	visited float64    // share of a partitioned table that a call goes to
	told    told       // what the workload tells of a condition's selectivity
}

// joinCond is an equality of a column with one of another table.
type joinCond struct {
	column string
	other  int
	with   string
	cond   sql.Cond
}

// maxJoined is how many tables of one level are ordered; of more nothing is
// said.
const maxJoined = 8

// measured is what a call of a statement came to; 0: not known.
type measured struct{ rows, blocks float64 }

// levelsOf reads a statement's levels, as far as all their tables are in the
// catalogue with their sizes; whole says that none is missing.
func (a *Advisor) levelsOf(q *sql.Query, call measured) (list []*level, whole bool) {
	whole = true
	if l := a.levelOf(q, call); l != nil {
		list = append(list, l)
	} else if len(q.Tables) > 0 && q.Kind != sql.Insert {
		whole = false
	}
	for _, part := range q.Parts {
		of, all := a.levelsOf(part, measured{})
		list, whole = append(list, of...), whole && all
	}
	return list, whole
}

// callOf is what a call of a statement came to in the mean.
func callOf(st *workload.Statement) measured {
	calls := math.Max(st.Calls.Or(0), 1)
	return measured{st.Rows.Or(0) / calls, (st.SharedHit.Or(0) + st.SharedRead.Or(0)) / calls}
}

// heapOf is a table's size: of a partitioned one, its partitions' together.
func (a *Advisor) heapOf(t *workload.Table) (heap, bool) {
	h := heap{t.Pages.Or(0), t.RowCount().Or(0)}
	if t.Kind == "p" {
		rows := 0.0
		h.pages = 0
		for _, part := range a.partitions()[t] {
			of, _ := a.heapOf(part)
			h.pages, rows = h.pages+of.pages, rows+of.tuples
		}
		if h.tuples <= 0 {
			h.tuples = rows
		}
	}
	if h.tuples <= 0 || !t.Pages.Known() && t.Kind != "p" {
		return heap{}, false
	}
	h.pages = math.Max(h.pages, 1)
	return h, true
}

// prune leaves of a partitioned table the part that a call is known to have
// touched at most, by its blocks.
func (u *use) prune(blocks float64) {
	if v := blocks / u.heap.pages; v > 0 && v < 1 {
		u.visited = v
		u.heap.pages, u.heap.tuples = math.Max(u.heap.pages*v, 1), math.Max(u.heap.tuples*v, 1)
	}
}

func (a *Advisor) levelOf(q *sql.Query, call measured) *level {
	if len(q.Tables) == 0 || len(q.Tables) > maxJoined || q.Kind == sql.Insert || q.Kind == sql.Other {
		return nil
	}
	l := &level{ordered: -1, groups: len(q.Group), sums: q.Sums}
	if q.Distinct {
		l.groups++
	}
	refs := map[string]int{}
	for i, x := range q.Tables {
		t := a.snap.Table(x.Schema, x.Name)
		if t == nil {
			return nil
		}
		h, known := a.heapOf(t)
		if !known {
			return nil
		}
		refs[x.Ref()] = i
		u := &use{table: t, heap: h, visited: 1}
		if t.Kind == "p" && len(q.Tables) == 1 {
			u.prune(call.blocks)
		}
		l.uses = append(l.uses, u)
	}
	of := func(c sql.Column) int { return l.find(refs, c) }
	for _, c := range q.Where {
		l.place(c, of)
	}
	for _, k := range q.Sort {
		i := of(k.Column)
		if k.Column.Name == "" {
			i = -1
		}
		if i >= 0 && l.uses[i].holds(k.Column.Name) {
			continue // one value: it orders nothing
		}
		l.order = append(l.order, orderKey{k, i})
		switch {
		case len(l.order) == 1:
			l.ordered = i
		case i != l.ordered:
			l.ordered = -1
		}
	}
	l.need(q, of)
	if call.rows > 0 && len(l.uses) == 1 && !q.Limit && !q.Distinct && !q.Sums && len(q.Group) == 0 {
		l.uses[0].listen(call.rows)
	}
	if q.Limit {
		l.limit = math.Max(call.rows, 1)
		if q.LimitTo > 0 {
			l.limit = float64(q.LimitTo)
		}
		if q.Offset {
			l.limit *= 1 + skippedPages
		}
	}
	return l
}

// holds reports whether a column has one value in all the rows that are asked
// for.
func (u *use) holds(column string) bool {
	return slices.ContainsFunc(u.conds, func(c sql.Cond) bool {
		return c.Op == sql.Eq && c.Left.Name == column && c.Value != sql.Runtime
	})
}

// skippedPages is how many pages of results an OFFSET by a parameter is taken
// to skip.
const skippedPages = 10

// find is the table that a column is of: as its qualifier says, else the only
// one that has it; -1 where that is not clear.
func (l *level) find(refs map[string]int, c sql.Column) int {
	if c.Name == "" {
		return -1
	}
	if c.Table != "" {
		if i, ok := refs[c.Table]; ok {
			return i
		}
		return -1
	}
	if len(l.uses) == 1 {
		return 0
	}
	found := -1
	for i, u := range l.uses {
		if u.table.Column(c.Name) != nil {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// place gives a condition to the table that it is on; an equality of two
// tables to both.
func (l *level) place(c sql.Cond, of func(sql.Column) int) {
	i, j := of(c.Left), of(c.Other)
	if c.Op == sql.Eq && i >= 0 && j >= 0 && i != j && c.Other.Name != "" {
		turned := c
		turned.Left, turned.Other = c.Other, c.Left
		l.uses[i].joins = append(l.uses[i].joins, joinCond{c.Left.Name, j, c.Other.Name, c})
		l.uses[j].joins = append(l.uses[j].joins, joinCond{c.Other.Name, i, c.Left.Name, turned})
		return
	}
	if i < 0 {
		for _, col := range c.ExprColumns {
			if k := of(col); k >= 0 {
				i = k
				break
			}
		}
	}
	if i < 0 {
		for _, branch := range c.Any {
			if k := of(branch.Left); k >= 0 {
				i = k
			}
		}
	}
	if i >= 0 {
		l.uses[i].conds = append(l.uses[i].conds, c)
	}
}

// need finds which columns are asked of each table.
func (l *level) need(q *sql.Query, of func(sql.Column) int) {
	for i, u := range l.uses {
		if !q.Star && q.Kind == sql.Select {
			u.needed = []string{}
			for _, c := range q.Columns {
				if of(c) == i && !slices.Contains(u.needed, c.Name) {
					u.needed = append(u.needed, c.Name)
				}
			}
		}
		u.width = u.widthOf(u.needed)
	}
}

// widthOf is the mean width of columns; of all with nil.
func (u *use) widthOf(columns []string) float64 {
	width := 0.0
	for _, c := range u.table.Columns {
		if c.Stats != nil && (columns == nil || slices.Contains(columns, c.Name)) {
			width += c.Stats.AvgWidth.Or(8)
		}
	}
	return math.Max(width, 8)
}
