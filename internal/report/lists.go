package report

import (
	"fmt"
	"math"
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
	return all
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
			fmt.Sprintf("Q%d", i+1), figures.Share(s.Share.Or(0)), bar(s.Share), figures.Count(s.Calls.Or(0)), words(s.MeanMs, figures.Ms),
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
			t.Name, words(t.SizeBytes, figures.Bytes), bar(shareOf(t.SizeBytes, total)), words(t.Rows, figures.Count), words(t.SeqScan, figures.Count), words(t.IdxScan, figures.Count),
			words(t.WritesPerDay, figures.Count), words(ratio(t.HotUpdated, t.Updated), figures.Share), words(ratio(t.DeadRows, t.Rows), figures.Share),
		})
	}
	return l
}

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

// words is a figure, or that it is unknown: no bare dash.
func words(v opt.Float, write func(float64) string) string {
	f, ok := v.Get()
	if !ok {
		return "?"
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

func ratio(part, of opt.Float) opt.Float {
	if of.Or(0) <= 0 {
		return opt.Float{}
	}
	return opt.Both(part, of, func(a, b float64) float64 { return math.Min(a/b, 1) })
}

func bareName(qualified string) string { return strings.TrimPrefix(qualified, "public.") }

func rightOf(columns ...int) map[int]bool {
	m := map[int]bool{}
	for _, c := range columns {
		m[c] = true
	}
	return m
}
