package planner

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// Relation is one table of a level, or what stands in its place in FROM: a sub-select,
// a CTE, a function, VALUES (RangeTblEntry).
type Relation struct {
	Table           *workload.Table
	alias           string // empty if it has none
	ref             string // by which the level's conditions name it
	Heap            Heap
	Conds           []sql.Cond // conditions whose value is known before the scan
	quals           []qual     // conditions that no index answers and that are checked on its rows
	qualShare       float64    // share of the rows that pass them
	qualCost        float64    // of checking them, in operators
	startupCost     float64    // spent before its first row, for InitPlans
	JoinColumns     []string   // columns that join clauses compare
	referenced      []string   // columns that conditions and sub-selects name
	joinQualColumns []string   // columns that conditions on joins name
	Needed          []string   // columns that the query needs; nil: all of them
	outputs         []string   // those of them that the result needs
	extended        []*workload.ExtendedStats
	visitedShare    float64      // share of a partitioned table that a call visits
	observed        knownShare   // what the rows of the workload show of a condition's selectivity
	parameters      []knownShare // the values that are assumed for parameters
	widths          rangeWidths  // assumed for ranges; 0: the planner's default

	Scan        string      // the node that scans what is no table; empty for a table
	name        string      // of the CTE or function
	subquery    *Level      // the sub-select or CTE
	columns     []output    // its columns
	lateral     relationSet // relations whose values it is scanned with
	lateralRefs []columnRef // these values
	uniqueKeys  [][]string  // sets of columns that are unique
}

// maxJoined is the number of relations of one level of which every order of joins is
// tried; a level with more than maxRelations has no cost.
const (
	maxJoined    = 8
	maxRelations = 24
)

// Call is what one execution of a statement returns and touches on average; 0: not
// known.
type Call struct{ Rows, Blocks float64 }

// ReadParts reads a query, or, if one of its tables has no size in the data, each of
// its sub-selects by itself. whole reports whether nothing is missing.
func (p *Planner) ReadParts(q *sql.Query, call Call) (list []*Level, whole bool) {
	if l := p.Read(q, call); l != nil {
		whole = true
		for of := range l.All {
			whole = whole && !of.Incomplete
		}
		return []*Level{l}, whole
	}
	whole = len(q.Tables) == 0 || q.Kind == sql.Insert
	for _, part := range q.Parts {
		of, all := p.ReadParts(part, Call{})
		list, whole = append(list, of...), whole && all
	}
	return list, whole
}

// CallOf is the average execution of a statement.
func CallOf(st *workload.Statement) Call {
	calls := math.Max(st.Calls.Or(0), 1)
	return Call{st.Rows.Or(0) / calls, (st.SharedHit.Or(0) + st.SharedRead.Or(0)) / calls}
}

// heapOf is a table's size: of a partitioned one, its partitions' together.
func (p *Planner) heapOf(t *workload.Table) (Heap, bool) {
	h := Heap{t.Pages.Or(0), t.RowCount().Or(0)}
	if t.Kind == "p" {
		rows := 0.0
		h.Pages = 0
		for _, part := range p.partitions()[t] {
			of, _ := p.heapOf(part)
			h.Pages, rows = h.Pages+of.Pages, rows+of.Tuples
		}
		if h.Tuples <= 0 {
			h.Tuples = rows
		}
	}
	if h.Tuples <= 0 || !t.Pages.Known() && t.Kind != "p" {
		return Heap{}, false
	}
	h.Pages = math.Max(h.Pages, 1)
	return h, true
}

// prune leaves that part of a partitioned table which a call touches at most, by its
// blocks.
func (rel *Relation) prune(blocks float64) {
	if v := blocks / rel.Heap.Pages; v > 0 && v < 1 {
		rel.visitedShare = v
		rel.Heap.Pages, rel.Heap.Tuples = math.Max(rel.Heap.Pages*v, 1), math.Max(rel.Heap.Tuples*v, 1)
	}
}

// constant is the condition that gives a column one value in all rows of the result.
func (rel *Relation) constant(column string) (sql.Cond, bool) {
	i := slices.IndexFunc(rel.Conds, func(c sql.Cond) bool {
		return c.Op == sql.Eq && c.Left.Name == column && c.Value != sql.Runtime
	})
	if i < 0 {
		return sql.Cond{}, false
	}
	return rel.Conds[i], true
}

// isConstant reports whether a column has one value in all rows of the result.
func (rel *Relation) isConstant(column string) bool {
	_, ok := rel.constant(column)
	return ok
}

// skippedPages is the number of result pages that an OFFSET by a parameter is assumed
// to skip.
const skippedPages = 10

// Width is the mean width of columns; of all with nil (set_rel_width).
func (rel *Relation) Width(columns []string) float64 {
	width := 0.0
	for _, c := range rel.Table.Columns {
		if c.Stats != nil && (columns == nil || slices.Contains(columns, c.Name)) {
			width += c.Stats.AvgWidth.Or(8)
		}
	}
	return width
}

// width is the width of a row of some relations, of the columns that the result or a
// join needs.
func (l *Level) width(set relationSet) float64 {
	if width, known := l.widths[set]; known {
		return width
	}
	width := l.sumWidths(set)
	l.widths[set] = width
	return width
}

func (l *Level) sumWidths(set relationSet) float64 {
	width := 0.0
	for i, rel := range l.Relations {
		if !set.has(i) {
			continue
		}
		if rel.outputs == nil {
			width += rel.Width(nil)
			continue
		}
		names := slices.Clone(rel.outputs)
		if set != 1<<len(l.Relations)-1 {
			for _, name := range append(slices.Clip(rel.JoinColumns), rel.joinQualColumns...) {
				names = addColumn(names, name)
			}
		}
		width += rel.Width(append(names, ""))
	}
	return width
}

// typeOf is a column's type; empty where it is not known.
func (rel *Relation) typeOf(column string) string {
	if c := rel.Table.Column(column); c != nil {
		return c.Type
	}
	return ""
}
