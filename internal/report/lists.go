package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// list is a list of the workload.
type list struct {
	title, note string
	head        []string
	right       map[int]bool // columns of figures
	bar         int          // the column for which text reports draw a bar: its share of the whole
	whole       float64
	bars        map[int]bool // the columns for which HTML reports draw bars
	rows        [][]item
}

// item is a cell of a list: its text, and the figure for sorting.
type item struct {
	words string
	value opt.Float
	code  bool // a name or SQL, which Markdown prints as code
}

// listed is the number of lines of a list in text; JSON has all.
const listed = 15

// lists returns the lists for text and Markdown. width is for statement texts.
func (w *Workload) lists(width int) []list {
	var all []list
	for _, l := range []list{w.statementList(listed, width), w.tableList(listed), w.indexList(listed), w.walList(), w.logList(width)} {
		if len(l.rows) > 0 {
			all = append(all, l)
		}
	}
	return all
}

// noted explains the sign for unknown figures, if the list has any.
func (l list) noted() list {
	for _, row := range l.rows {
		if slices.ContainsFunc(row, func(c item) bool { return c.words == unknown }) {
			l.note += "; " + unknown + ": not in the exports"
			break
		}
	}
	return l
}

// plain returns the list for text and Markdown, with names and SQL formatted by
// asCode and a bar after one column.
func (l list) plain(asCode func(string) string) (head []string, right map[int]bool, rows [][]string) {
	right = map[int]bool{}
	for i, name := range l.head {
		right[len(head)] = l.right[i]
		if head = append(head, name); l.whole > 0 && i == l.bar {
			head = append(head, "")
		}
	}
	for _, row := range l.rows {
		var out []string
		for i, c := range row {
			if c.code {
				c.words = asCode(c.words)
			}
			if out = append(out, c.words); l.whole > 0 && i == l.bar {
				out = append(out, bar(c.value.Or(0)/l.whole))
			}
		}
		rows = append(rows, out)
	}
	return head, right, rows
}

func word(s string) item { return item{words: s} }

func name(s string) item { return item{words: s, code: true} }

func figure(v opt.Float, write func(float64) string) item {
	return item{words: words(v, write), value: v}
}

func (w *Workload) statementList(most, width int) list {
	l := list{
		title: "statements", note: w.window() + cutNote(len(w.Statements)+w.MoreStatements, most),
		head: []string{"", "time", "calls", "mean", "rows/call", "read/call", "query"}, right: columns(1, 2, 3, 4, 5),
		bar: 1, whole: 1, bars: columns(1),
	}
	for i, s := range w.Statements[:min(len(w.Statements), most)] {
		calls := math.Max(s.Calls.Or(0), 1)
		perCall := func(v float64) float64 { return v / calls }
		l.rows = append(l.rows, []item{
			word(fmt.Sprintf("Q%d", i+1)), figure(s.Share, shortShare), figure(s.Calls, figures.Count), figure(s.MeanMs, figures.Ms),
			figure(opt.Map(s.Rows, perCall), figures.Tenths), figure(opt.Map(s.SharedRead, perCall), figures.Tenths), name(oneLine(s.label(), width)),
		})
	}
	return l.noted()
}

// logList lists what server logs tell.
func (w *Workload) logList(width int) list {
	l := list{title: "server log", head: []string{"event", "count", "total", "largest", ""}, right: columns(1, 2, 3)}
	if w.Log == nil {
		return l
	}
	l.note = w.Log.span()
	for _, e := range w.Log.Events {
		write := figures.Ms
		if e.Unit == "bytes" {
			write = figures.Bytes
		}
		of := func(v opt.Float) item {
			if !v.Known() {
				return word("")
			}
			return figure(v, write)
		}
		l.rows = append(l.rows, []item{name(e.Event), figure(opt.Of(float64(e.Count)), figures.Count), of(e.Total), of(e.Largest), name(oneLine(e.What, width))})
	}
	return l
}

func (w *Workload) tableList(most int) list {
	l := list{
		title: "tables", note: "by size" + cutNote(len(w.Tables), most),
		head: []string{"table", "size", "rows", "seq scans", "idx scans", "writes/day", "HOT", "dead"}, right: columns(1, 2, 3, 4, 5, 6, 7),
		bar: 1, whole: 1, bars: columns(1),
	}
	total := 0.0
	for _, t := range w.Tables {
		total += t.SizeBytes.Or(0)
	}
	l.whole = math.Max(total, 1)
	for _, t := range w.Tables[:min(len(w.Tables), most)] {
		l.rows = append(l.rows, []item{
			name(bareName(t.Name)), figure(t.SizeBytes, figures.Bytes), figure(t.Rows, figures.Count), figure(t.SeqScan, figures.Count), figure(t.IdxScan, figures.Count),
			figure(t.WritesPerDay, figures.Count), shareItem(t.HotUpdated, t.Updated), shareItem(t.DeadRows, t.Rows),
		})
	}
	return l.noted()
}

// walList is the WAL per row, the tables with the most first.
func (w *Workload) walList() list {
	l := list{
		title: "WAL per row", note: "estimated WAL bytes per byte of row data, index entries included",
		head: []string{"table", "WAL/byte", "share", "largest indexes"}, right: columns(1, 2), bars: columns(1),
	}
	tables := slices.DeleteFunc(slices.Clone(w.Tables), func(t Table) bool { return !t.WALPerByte.Known() })
	slices.SortStableFunc(tables, func(x, y Table) int { return cmp.Compare(y.WALPerByte.Or(0), x.WALPerByte.Or(0)) })
	for _, t := range tables[:min(len(tables), listedWAL)] {
		l.rows = append(l.rows, []item{
			name(bareName(t.Name)), figure(t.WALPerByte, figures.Tenths), figure(t.WALTopShare, shortShare), name(strings.Join(t.WALTopIndexes, ", ")),
		})
	}
	return l.noted()
}

// listedWAL is the number of tables in walList.
const listedWAL = 10

func (w *Workload) indexList(most int) list {
	l := list{
		title: "indexes", note: "by size; WAL: written to maintain the index" + cutNote(len(w.Indexes), most),
		head: []string{"index", "table", "size", "scans", "WAL/insert", "WAL/day", lostHOT, amplified, ""}, right: columns(2, 3, 4, 5, 6, 7),
		bar: 2, whole: 1, bars: columns(2, 3, 5),
	}
	total := 0.0
	for _, x := range w.Indexes {
		total += x.SizeBytes.Or(0)
	}
	l.whole = math.Max(total, 1)
	if !slices.ContainsFunc(w.Indexes, func(x Index) bool { return x.WriteCost != nil && x.WriteCost.WALBytesPerDay.Known() }) {
		l.bars = columns(2, 3, 4) // how often is not known: what an insert comes to
	}
	for _, x := range w.Indexes[:min(len(w.Indexes), most)] {
		var w WriteCost
		if x.WriteCost != nil {
			w = *x.WriteCost
		}
		l.rows = append(l.rows, []item{
			name(bareName(x.Name)), name(bareName(x.Table)), figure(x.SizeBytes, figures.Bytes), figure(x.Scans, figures.Count), figure(w.WALBytesPerInsert, figures.Bytes), figure(w.WALBytesPerDay, figures.Bytes),
			figure(w.HOTUpdatesLostShare, shortShare), figure(w.Amplification, figures.Times), word(role(x)),
		})
	}
	return l.noted()
}

// Columns that are omitted first if there is no room: the share of updates that
// are no longer HOT, and the WAL of the table with the index over that without.
const lostHOT, amplified = "not HOT", "write amp"

// noScan is the role of an index without scans.
const noScan = "no scan"

// role is the purpose of an index other than scans.
func role(x Index) string {
	switch {
	case x.Constraint != nil && *x.Constraint == "p":
		return "primary key"
	case x.Constraint != nil && *x.Constraint == "u":
		return "unique constraint"
	case x.Constraint != nil:
		return "constraint"
	case !x.Valid.Or(true):
		return "INVALID"
	case x.Unique.Or(false):
		return "unique"
	case x.Scans.Known() && x.Scans.Or(0) == 0:
		return noScan
	}
	return ""
}

func cutNote(n, most int) string {
	if n <= most {
		return ""
	}
	return fmt.Sprintf(", the first %d of %s", most, figures.Count(float64(n)))
}

// unknown is printed for figures that are not in the exports.
const unknown = "?"

// words formats a figure that may be unknown.
func words(v opt.Float, write func(float64) string) string {
	f, ok := v.Get()
	if !ok {
		return unknown
	}
	return write(f)
}

// bar draws a share. Ten signs are the whole.
func bar(share float64) string {
	const whole = 10
	n := int(math.Round(share * whole))
	return strings.Repeat("#", max(0, min(n, whole)))
}

// shareItem is the share of a part; empty if the whole is 0.
func shareItem(part, of opt.Float) item {
	if of.Known() && of.Or(0) <= 0 {
		return item{}
	}
	return figure(opt.Both(part, of, func(a, b float64) float64 { return math.Min(a/b, 1) }), shortShare)
}

// shortShare formats a share for a column. A very small one is 0%.
func shortShare(share float64) string {
	if share < 0.0005 {
		return "0%"
	}
	return figures.Share(share)
}

func bareName(qualified string) string { return strings.TrimPrefix(qualified, "public.") }

func columns(list ...int) map[int]bool {
	m := map[int]bool{}
	for _, c := range list {
		m[c] = true
	}
	return m
}
