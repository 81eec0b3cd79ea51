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

// list is one of the workload's lists, ready for a table.
type list struct {
	title, note string
	head        []string
	right       map[int]bool
	rows        [][]string
}

// listed is how many lines a list has on a page; JSON has all.
const listed = 15

// lists are the workload's statements, tables and indexes with what each
// takes. width is for the text of a statement, which dress writes.
func (w *Workload) lists(width int, dress func(string) string) []list {
	var all []list
	if len(w.Statements) > 0 {
		all = append(all, w.statementList(width, dress))
	}
	if len(w.Tables) > 0 {
		all = append(all, w.tableList())
	}
	if len(w.Indexes) > 0 {
		all = append(all, w.indexList())
	}
	if pays := w.payList(); len(pays.rows) > 0 {
		all = append(all, pays)
	}
	for i := range all {
		if all[i].hasUnknown() {
			all[i].note += "; ? is not in the exports"
		}
	}
	return all
}

func (l list) hasUnknown() bool {
	for _, row := range l.rows {
		if slices.Contains(row, unknown) {
			return true
		}
	}
	return false
}

func (w *Workload) statementList(width int, dress func(string) string) list {
	l := list{
		title: "statements", note: w.window() + cutNote(len(w.Statements)),
		head: []string{"", "time", "", "calls", "mean", "rows/call", "read/call", "query"}, right: rightOf(1, 3, 4, 5, 6),
	}
	for i, s := range w.Statements[:min(len(w.Statements), listed)] {
		calls := math.Max(s.Calls.Or(0), 1)
		perCall := func(v float64) float64 { return v / calls }
		l.rows = append(l.rows, []string{
			fmt.Sprintf("Q%d", i+1), shortShare(s.Share.Or(0)), bar(s.Share), figures.Count(s.Calls.Or(0)), words(s.MeanMs, figures.Ms),
			words(opt.Map(s.Rows, perCall), figures.Tenths), words(opt.Map(s.SharedRead, perCall), figures.Tenths), dress(oneLine(s.Query, width)),
		})
	}
	return l
}

func (w *Workload) tableList() list {
	l := list{
		title: "tables", note: "by size" + cutNote(len(w.Tables)),
		head: []string{"table", "size", "", "rows", "seq scans", "idx scans", "writes/day", "HOT", "dead"}, right: rightOf(1, 3, 4, 5, 6, 7, 8),
	}
	total := 0.0
	for _, t := range w.Tables {
		total += t.SizeBytes.Or(0)
	}
	for _, t := range w.Tables[:min(len(w.Tables), listed)] {
		l.rows = append(l.rows, []string{
			bareName(t.Name), words(t.SizeBytes, figures.Bytes), bar(shareOf(t.SizeBytes, total)), words(t.Rows, figures.Count), words(t.SeqScan, figures.Count), words(t.IdxScan, figures.Count),
			words(t.WritesPerDay, figures.Count), shareWords(t.HotUpdated, t.Updated), shareWords(t.DeadRows, t.Rows),
		})
	}
	return l
}

// payList is what the write of a row comes to, the tables with the most first.
func (w *Workload) payList() list {
	l := list{
		title: "what a row writes", note: "into the log, for each byte of its own, with its index entries; estimate",
		head: []string{"table", "WAL/byte", "of it", "by"}, right: rightOf(1, 2),
	}
	tables := slices.DeleteFunc(slices.Clone(w.Tables), func(t Table) bool { return !t.WALPerByte.Known() })
	slices.SortStableFunc(tables, func(x, y Table) int { return cmp.Compare(y.WALPerByte.Or(0), x.WALPerByte.Or(0)) })
	for _, t := range tables[:min(len(tables), paid)] {
		l.rows = append(l.rows, []string{bareName(t.Name), words(t.WALPerByte, figures.Tenths), words(t.WALTopShare, shortShare), strings.Join(t.WALTopIndexes, ", ")})
	}
	return l
}

// paid is how many tables' rows are followed into the log.
const paid = 10

func (w *Workload) indexList() list {
	l := list{
		title: "indexes", note: "by size; WAL is what an index writes" + cutNote(len(w.Indexes)),
		head: []string{"index", "table", "size", "", "scans", "WAL/insert", "WAL/day", ""}, right: rightOf(2, 4, 5, 6),
	}
	total := 0.0
	for _, x := range w.Indexes {
		total += x.SizeBytes.Or(0)
	}
	for _, x := range w.Indexes[:min(len(w.Indexes), listed)] {
		var insert, day opt.Float
		if x.WriteCost != nil {
			insert, day = x.WriteCost.WALBytesPerInsert, x.WriteCost.WALBytesPerDay
		}
		l.rows = append(l.rows, []string{
			bareName(x.Name), bareName(x.Table), words(x.SizeBytes, figures.Bytes), bar(shareOf(x.SizeBytes, total)), words(x.Scans, figures.Count), words(insert, figures.Bytes), words(day, figures.Bytes), role(x),
		})
	}
	return l
}

// role is what an index is there for besides reading.
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
		return "no scan"
	}
	return ""
}

func cutNote(n int) string {
	if n <= listed {
		return ""
	}
	return fmt.Sprintf(", the first %d of %s", listed, figures.Count(float64(n)))
}

// unknown stands for a figure that the exports do not hold.
const unknown = "?"

// words is a figure, or that it is unknown: no bare dash.
func words(v opt.Float, write func(float64) string) string {
	f, ok := v.Get()
	if !ok {
		return unknown
	}
	return write(f)
}

// bar makes shares comparable by eye: ten signs are the whole.
func bar(share opt.Float) string {
	const whole = 10
	n := int(math.Round(share.Or(0) * whole))
	return strings.Repeat("#", max(0, min(n, whole)))
}

func shareOf(v opt.Float, total float64) opt.Float {
	return opt.Map(v, func(x float64) float64 { return x / math.Max(total, 1) })
}

// shareWords is a part of a whole; nothing where the whole is known to be
// nothing.
func shareWords(part, of opt.Float) string {
	if of.Known() && of.Or(0) <= 0 {
		return ""
	}
	return words(opt.Both(part, of, func(a, b float64) float64 { return math.Min(a/b, 1) }), shortShare)
}

// shortShare is a share in a column, where what is next to nothing is 0.
func shortShare(share float64) string {
	if share < 0.0005 {
		return "0 %"
	}
	return figures.Share(share)
}

func bareName(qualified string) string { return strings.TrimPrefix(qualified, "public.") }

func rightOf(columns ...int) map[int]bool {
	m := map[int]bool{}
	for _, c := range columns {
		m[c] = true
	}
	return m
}
