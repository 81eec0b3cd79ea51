package planner

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// Relation is one table of a level, or what gives rows in the place of one.
type Relation struct {
	Table           *workload.Table
	alias           string // empty if it has none
	ref             string // by which the level's conditions name it
	Heap            Heap
	Conds           []sql.Cond // whose value is known before the scan
	quals           []qual     // conditions that are checked on its rows alone
	qualShare       float64    // share of the rows that pass them
	qualCost        float64    // what checking them costs, in operators
	startupCost     float64    // what it costs before the first row
	JoinColumns     []string   // columns that are compared with other tables'
	referenced      []string   // columns that conditions and sub-selects name
	joinQualColumns []string   // columns that conditions on joins name
	Needed          []string   // columns that are asked for; nil: all of them
	outputs         []string   // those of them that the result needs
	extended        []*workload.ExtendedStats
	visitedShare    float64    // share of a partitioned table that a call goes to
	observed        knownShare // what the workload tells of a condition's selectivity
	parameter       knownShare // the value that a parameter is taken to have

	Scan        string      // the node that reads what is no table; empty for one
	name        string      // of the CTE or function
	subquery    *Level      // the sub-select or CTE
	columns     []output    // its columns
	lateral     relationSet // whose values it is read with
	lateralRefs []columnRef // these values
	uniqueKeys  [][]string  // columns of which no two rows have the same
}

// maxJoined is how many tables of one level are ordered; of more nothing is
// said.
const maxJoined = 8

// Call is what a call of a statement came to; 0: not known.
type Call struct{ Rows, Blocks float64 }

// ReadParts reads a statement, or, where one of its tables is not in the
// catalogue with its size, its sub-selects each on its own; whole says that
// nothing is missing.
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

// CallOf is what a call of a statement came to in the mean.
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

// prune leaves of a partitioned table the part that a call is known to have
// touched at most, by its blocks.
func (rel *Relation) prune(blocks float64) {
	if v := blocks / rel.Heap.Pages; v > 0 && v < 1 {
		rel.visitedShare = v
		rel.Heap.Pages, rel.Heap.Tuples = math.Max(rel.Heap.Pages*v, 1), math.Max(rel.Heap.Tuples*v, 1)
	}
}

// constant is the condition that gives a column one value in all the rows that
// are asked for.
func (rel *Relation) constant(column string) (sql.Cond, bool) {
	i := slices.IndexFunc(rel.Conds, func(c sql.Cond) bool {
		return c.Op == sql.Eq && c.Left.Name == column && c.Value != sql.Runtime
	})
	if i < 0 {
		return sql.Cond{}, false
	}
	return rel.Conds[i], true
}

// isConstant reports whether a column has one value in all the rows that are asked
// for.
func (rel *Relation) isConstant(column string) bool {
	_, ok := rel.constant(column)
	return ok
}

// skippedPages is how many pages of results an OFFSET by a parameter is taken
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

// width is the width of a row of some tables, as far as the result or a join
// asks for its columns.
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
