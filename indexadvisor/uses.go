package indexadvisor

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// level is one SELECT, or one write's search for its rows, as the planner
// sees it: tables that are joined, what is asked of each, and what becomes of
// the rows. Sub-selects that WHERE asks for a partner are part of it.
type level struct {
	uses     []*use
	classes  []*class
	class    map[member]int
	outer    []tie // conditions of outer joins
	newer    bool  // the server is 16 or later
	specials []*special
	filters  []filter

	order    []orderKey // ORDER BY
	wanted   []sortKey  // the same as classes
	ordered  int        // the table whose columns alone make up the order, or -1
	limit    float64    // rows wanted; 0: all
	grouped  []sortKey  // GROUP BY or DISTINCT
	groups   int        // how many columns these are
	distinct bool
	sums     int // aggregates

	drawn member // the parameter's column whose value matters most
	draws []draw // what it may be; empty: it matters little

	parts  []*sql.Query          // sub-selects that are joined
	shares map[[2]member]float64 // of equalities, as they were worked out
	merged map[[2]member]read    // how far a merge by them reads either side, likewise
	widths map[tables]float64    // of rows of some tables, likewise
}

// orderKey is an entry of ORDER BY with the table it is of.
type orderKey struct {
	sql.Key
	use int
}

// use is one table of a level.
type use struct {
	table    *workload.Table
	alias    string // empty if it has none
	heap     heap
	conds    []sql.Cond // whose value is known before the scan
	joins    []string   // columns that are compared with other tables'
	needed   []string   // columns that are asked for; nil: all of them
	outputs  []string   // those of them that the result needs
	extended []*workload.ExtendedStats
	visited  float64 // share of a partitioned table that a call goes to
	told     told    // what the workload tells of a condition's selectivity
	drawn    told    // the value that a parameter is taken to have
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
	var joined []*sql.Query
	if l := a.levelOf(q, call); l != nil {
		list = append(list, l)
		joined = l.parts
	} else if len(q.Tables) > 0 && q.Kind != sql.Insert {
		whole = false
	}
	for _, part := range q.Parts {
		if slices.Contains(joined, part) {
			continue
		}
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

// value is the condition that gives a column one value in all the rows that
// are asked for.
func (u *use) value(column string) (sql.Cond, bool) {
	i := slices.IndexFunc(u.conds, func(c sql.Cond) bool {
		return c.Op == sql.Eq && c.Left.Name == column && c.Value != sql.Runtime
	})
	if i < 0 {
		return sql.Cond{}, false
	}
	return u.conds[i], true
}

// holds reports whether a column has one value in all the rows that are asked
// for.
func (u *use) holds(column string) bool {
	_, ok := u.value(column)
	return ok
}

// skippedPages is how many pages of results an OFFSET by a parameter is taken
// to skip.
const skippedPages = 10

// widthOf is the mean width of columns; of all with nil (set_rel_width).
func (u *use) widthOf(columns []string) float64 {
	width := 0.0
	for _, c := range u.table.Columns {
		if c.Stats != nil && (columns == nil || slices.Contains(columns, c.Name)) {
			width += c.Stats.AvgWidth.Or(8)
		}
	}
	return width
}

// widthOf is the width of a row of some tables, as far as the result or a join
// asks for its columns.
func (l *level) widthOf(set tables) float64 {
	if width, known := l.widths[set]; known {
		return width
	}
	width := l.sumOfWidths(set)
	l.widths[set] = width
	return width
}

func (l *level) sumOfWidths(set tables) float64 {
	width := 0.0
	for i, u := range l.uses {
		if !set.has(i) {
			continue
		}
		if u.outputs == nil {
			width += u.widthOf(nil)
			continue
		}
		names := slices.Clone(u.outputs)
		for _, name := range u.joins {
			if !slices.Contains(names, name) && set != 1<<len(l.uses)-1 {
				names = append(names, name)
			}
		}
		width += u.widthOf(append(names, ""))
	}
	return width
}
