package planner

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// Level is one SELECT, or one write's search for its rows, as the planner
// sees it: tables that are joined, what is asked of each, and what becomes of
// the rows. Sub-selects that WHERE asks for a partner are part of it.
type Level struct {
	q      *sql.Query
	sc     *scope
	params []param // columns of levels around it, whose values it is planned with

	Relations []*Relation
	refs      map[string]int // the uses by their names
	classes   []*class
	class     map[member]int
	texts     map[string]int // the classes of expressions
	outer     []tie          // conditions of outer joins
	version   float64        // of the server
	specials  []*special
	filters   []filter

	order      []orderKey // ORDER BY, or what window functions or DISTINCT ON go by
	wanted     []sortKey  // ORDER BY as classes
	ordered    int        // the table whose columns alone make up the order, or -1
	limit      float64    // rows wanted; 0: all
	few        float64    // rows that are looked at, of all; 0: all
	grouped    []sortKey  // GROUP BY or DISTINCT
	groups     int        // how many columns these are
	distinct   bool
	Aggregates float64   // aggregates
	kept       []asked   // HAVING
	windows    []window  // in the order in which they are worked out
	firsts     []sortKey // DISTINCT ON
	sorted     []sortKey // the order that these go by
	locks      bool      // FOR UPDATE
	ends       []*Level  // min and max, each as the search for the first row of an order
	inOrder    bool      // its rows have to come in order, and are not sorted

	arms    []*Level // of a set operation
	loops   bool     // it is a recursive CTE: the first arm begins, the second goes on
	child   bool     // it is an arm of a UNION ALL in FROM, and reads one table
	apart   []*Level // CTEs
	inits   []sub    // sub-selects that are asked once
	answers []sub    // those of outputs
	Partial bool     // a sub-select is not known
	serial  bool     // one process has to do all of it

	drawn  member // the parameter's column whose value matters most
	Values []draw // what it may be; empty: it matters little

	shares map[[2]member]float64 // of equalities, as they were worked out
	merged map[[2]member]read    // how far a merge by them reads either side, likewise
	widths map[tables]float64    // of rows of some tables, likewise
}

// All are a level and all that it is made of.
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

// LargestJoin is how many tables are joined in the largest of a statement's levels.
func (l *Level) LargestJoin() int {
	n := 0
	for of := range l.All {
		n = max(n, len(of.Relations))
	}
	return n
}

// children are the levels that a level is made of: CTEs before what reads them.
func (l *Level) children(yield func(*Level) bool) {
	for _, list := range [][]*Level{l.apart, l.arms, l.ends} {
		for _, of := range list {
			if !yield(of) {
				return
			}
		}
	}
	subs := slices.Concat(l.inits, l.answers)
	for _, c := range l.kept {
		subs = append(subs, c.subs...)
	}
	for _, f := range l.filters {
		subs = append(subs, f.subs...)
	}
	for _, u := range l.Relations {
		if u.Scan == "Subquery Scan" && !yield(u.sub) {
			return
		}
		for _, c := range u.asked {
			subs = append(subs, c.subs...)
		}
	}
	for _, of := range subs {
		if !yield(of.level) {
			return
		}
	}
}

// orderKey is an entry of ORDER BY with the table it is of.
type orderKey struct {
	sql.Key
	use int
}

// OrderOf is the order that is wanted, if it is of one relation's columns alone.
func (l *Level) OrderOf(i int) []sql.Key {
	if l.ordered != i {
		return nil
	}
	keys := make([]sql.Key, len(l.order))
	for n, o := range l.order {
		keys[n] = o.Key
	}
	return keys
}

// window is what window functions go over.
type window struct {
	keys           []sortKey
	columns, calls float64
}

// Relation is one table of a level, or what gives rows in the place of one.
type Relation struct {
	Table       *workload.Table
	alias       string // empty if it has none
	ref         string // by which the level's conditions name it
	Heap        Heap
	Conds       []sql.Cond // whose value is known before the scan
	asked       []asked    // conditions that are checked on its rows alone
	passing     float64    // share of the rows that pass them
	weight      float64    // what checking them costs, in operators
	begin       float64    // what it costs before the first row
	JoinColumns []string   // columns that are compared with other tables'
	asks        []string   // columns that conditions and sub-selects name
	later       []string   // columns that conditions on joins name
	Needed      []string   // columns that are asked for; nil: all of them
	outputs     []string   // those of them that the result needs
	extended    []*workload.ExtendedStats
	visited     float64 // share of a partitioned table that a call goes to
	told        told    // what the workload tells of a condition's selectivity
	drawn       told    // the value that a parameter is taken to have

	Scan    string     // the node that reads what is no table; empty for one
	name    string     // of the CTE or function
	sub     *Level     // the sub-select or CTE
	columns []result   // its columns
	lateral tables     // whose values it is read with
	given   []member   // these values
	keys    [][]string // columns of which no two rows have the same
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
			whole = whole && !of.Partial
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
func (u *Relation) prune(blocks float64) {
	if v := blocks / u.Heap.Pages; v > 0 && v < 1 {
		u.visited = v
		u.Heap.Pages, u.Heap.Tuples = math.Max(u.Heap.Pages*v, 1), math.Max(u.Heap.Tuples*v, 1)
	}
}

// value is the condition that gives a column one value in all the rows that
// are asked for.
func (u *Relation) value(column string) (sql.Cond, bool) {
	i := slices.IndexFunc(u.Conds, func(c sql.Cond) bool {
		return c.Op == sql.Eq && c.Left.Name == column && c.Value != sql.Runtime
	})
	if i < 0 {
		return sql.Cond{}, false
	}
	return u.Conds[i], true
}

// holds reports whether a column has one value in all the rows that are asked
// for.
func (u *Relation) holds(column string) bool {
	_, ok := u.value(column)
	return ok
}

// skippedPages is how many pages of results an OFFSET by a parameter is taken
// to skip.
const skippedPages = 10

// Width is the mean width of columns; of all with nil (set_rel_width).
func (u *Relation) Width(columns []string) float64 {
	width := 0.0
	for _, c := range u.Table.Columns {
		if c.Stats != nil && (columns == nil || slices.Contains(columns, c.Name)) {
			width += c.Stats.AvgWidth.Or(8)
		}
	}
	return width
}

// widthOf is the width of a row of some tables, as far as the result or a join
// asks for its columns.
func (l *Level) widthOf(set tables) float64 {
	if width, known := l.widths[set]; known {
		return width
	}
	width := l.sumOfWidths(set)
	l.widths[set] = width
	return width
}

func (l *Level) sumOfWidths(set tables) float64 {
	width := 0.0
	for i, u := range l.Relations {
		if !set.has(i) {
			continue
		}
		if u.outputs == nil {
			width += u.Width(nil)
			continue
		}
		names := slices.Clone(u.outputs)
		if set != 1<<len(l.Relations)-1 {
			for _, name := range append(slices.Clip(u.JoinColumns), u.later...) {
				names = addName(names, name)
			}
		}
		width += u.Width(append(names, ""))
	}
	return width
}
