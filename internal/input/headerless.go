package input

import (
	"bytes"
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/diag"
	"github.com/pgverdict/pgverdict/internal/rows"
	"github.com/pgverdict/pgverdict/workload"
)

// bared are rows whose header is not in the text and whose cells tell what they are.
type bared struct {
	of   string
	by   byte // between their cells; 0 for lines of ps
	rows []rows.PlacedRow
	lost []int // lines of rows that are not read
	sure bool  // the cells of all rows can be one thing only
	rest bool  // some cells can be of several columns
}

// telling matches a line that may be such a row.
var telling = regexp.MustCompile(`(?i)\b(?:active|idle|fastpath function call|blocked by|waits for|scans?)\b|\b(?:table|index|view|sequence|special)\b.*\b(?:bytes|[kmgt]b)\b`)

// headerless finds the rows without a header that their cells tell.
func (in *results) headerless() {
	if workload.SniffLog(in.text) || workload.Sniff(in.script) {
		return
	}
	lines := rows.CellLines(in.script)
	for i := 0; i < len(lines); i++ {
		if _, one := in.cellsOf(lines[i]); one.Of == "" {
			continue
		}
		from := i
		var s result
		if s, i = in.baredFrom(lines, i); in.underHeader(lines, from, s.bared.by) {
			continue
		}
		// A result that begins with them has no header either.
		begins := func(r result) bool {
			return r.From < s.To && s.From < r.To && !slices.ContainsFunc(lines[:from], func(l rows.CellLine) bool { return l.From >= r.From && len(l.Readings()) > 0 })
		}
		in.all = slices.DeleteFunc(in.all, begins)
		in.add(s)
	}
}

// withoutHeader says that a text has rows without a header; empty if it has none.
func withoutHeader(text []byte) string {
	in := results{text: text, script: code(text)}
	if in.headerless(); len(in.all) == 0 {
		return ""
	}
	return in.all[0].bared.ask()
}

func (b *bared) ask() string {
	return "rows of " + b.of + " without a header. Paste it as well, or export the statistics: pgverdict export"
}

// cellsOf returns what a line is if it is such a row, and what is between its cells.
func (in *results) cellsOf(l rows.CellLine) (by byte, h workload.Headless) {
	if p := workload.OfProcess(l.Text()); p.Of != "" {
		return 0, p
	}
	if !telling.MatchString(l.Text()) {
		return 0, h
	}
	for _, r := range l.Readings() {
		one := workload.OfCells(r.Text)
		if one.Values != nil {
			return r.By, one
		}
		if one.Of != "" && h.Of == "" {
			by, h = r.By, one
		}
	}
	for _, of := range [...]func(line string) workload.Headless{workload.OfLine, workload.OfItem} {
		if one := of(l.Text()); one.Values != nil {
			return '(', one
		}
	}
	return by, h
}

// baredFrom returns the rows from a line on, and the line on which they end.
func (in *results) baredFrom(lines []rows.CellLine, from int) (s result, to int) {
	by, h := in.cellsOf(lines[from])
	b := &bared{of: h.Of, by: by, sure: true}
	first := 1 + bytes.Count(in.text[:lines[from].From], []byte("\n"))
	to = from
	for i := from; i < len(lines); i++ {
		by, h := in.cellsOf(lines[i])
		switch {
		case h.Of == b.of && by == b.by:
			b.sure, b.rest = b.sure && h.Values != nil, b.rest || h.Rest > 0
			b.rows = append(b.rows, rows.PlacedRow{Line: first + i - from, Values: h.Values})
			to = i
			continue
		case len(b.rows) > 0 && b.asks(lines[i].Text()):
			to = i
			continue
		case b.by == 0:
			continue // other processes are between those of sessions
		case lines[i].Rest(), slices.ContainsFunc(lines[i].Readings(), func(c rows.Cells) bool { return c.By == b.by && !c.IsHeader() }):
			b.lost = append(b.lost, first+i-from)
			to = i
			continue
		}
		break
	}
	return result{Section: rows.Section{From: lines[from].From, To: lines[to].To}, in: in.script, bared: b}, to
}

// asks takes a line for the statement of the last session, if it is one.
func (b *bared) asks(line string) bool {
	last := b.rows[len(b.rows)-1].Values
	query := workload.QueryOf(line)
	if last == nil || query == "" || last["query"] != "" {
		return false
	}
	last["query"] = query
	return true
}

// underHeader reports whether the line above rows can be their header.
func (in *results) underHeader(lines []rows.CellLine, row int, by byte) bool {
	if by == 0 || by == '(' {
		return false
	}
	width := func(l rows.CellLine, header bool) int {
		for _, c := range l.Readings() {
			if c.By == by && (!header || c.IsHeader()) {
				return len(c.Text)
			}
		}
		return 0
	}
	n := width(lines[row], false)
	for above := row - 1; above >= 0; above-- {
		if text := lines[above].Text(); strings.Trim(text, " \t-+|:=─━═┼╪╫╬") == "" && strings.TrimSpace(text) != "" {
			continue // the rule between them
		}
		has := width(lines[above], true)
		return has == n || by == '|' && has > 0
	}
	return false
}

// takeBared reads rows without a header, or says why not.
func (in *results) takeBared(s result) {
	b := s.bared
	if !b.sure {
		above := bytes.TrimRight(in.text[:s.From], "\r\n") // perhaps the header of a tool's screen
		in.note(s, cmp.Or(listOf(lineAt(above, len(above))), b.ask()))
		return
	}
	if slices.ContainsFunc(b.rows, func(r rows.PlacedRow) bool { return r.Values["state"] != "" && r.Values["pid"] == "" }) {
		for _, r := range b.rows {
			delete(r.Values, "pid")                          // some lines of ps have none that is sure
			r.Values["query"], r.Values["duration"] = "", "" // what a list of sessions without them has
		}
	}
	var lost []error
	for _, line := range b.lost {
		lost = append(lost, &diag.SyntaxError{Name: in.path, Line: line, Want: "all rows", Err: errors.New("this row of " + b.of + " has other cells, or rows were left out here. Paste them all with their header, or run: pgverdict export")})
	}
	if b.rest {
		in.note(s, "cells of these rows of "+b.of+" that only their header tells. Paste it as well")
	}
	in.put(s, rows.Placed(b.rows), lost)
}

// shellQuery matches a query that psql is given on the command line.
var shellQuery = regexp.MustCompile(`(?m)\bpsql\b(?:[^\n"']|"[^"\n]*"|'[^'\n]*')*?(?:-\w*c|--command)[ =]*(?:"([^"]+)"|'([^']+)')[^\n]*\n`)

// tuples finds the rows that psql prints without their header (psql -At): the query on the
// command line has the names of their columns.
func (in *results) tuples() {
	for _, m := range shellQuery.FindAllSubmatchIndex(in.script, -1) {
		query := in.script[max(m[2], m[4]):max(m[3], m[5])]
		var names []string
		for _, item := range selected(string(query) + ";") {
			name, of := itemName(item)
			names = append(names, cmp.Or(of, name))
		}
		if len(names) < 2 {
			continue
		}
		s := result{Section: rows.Section{From: m[1], To: m[1]}, in: in.script}
		var list []rows.PlacedRow
		line := 1 + bytes.Count(in.script[:m[1]], []byte("\n"))
		for text := range bytes.Lines(in.script[m[1]:]) {
			cells := separated(strings.TrimRight(string(text), "\r\n"), len(names))
			if cells == nil || slices.Equal(cells, names) || shellQuery.Match(text) {
				break
			}
			values := map[string]string{}
			for i, name := range names {
				values[name] = cells[i]
			}
			list = append(list, rows.PlacedRow{Line: line + len(list), Values: values})
			s.To += len(text)
		}
		switch known := in.kindOf(names).known; {
		case len(list) == 0:
		case known:
			s.ready = rows.Placed(list)
			in.add(s)
		case !slices.Contains(names, ""):
			s.why = cmp.Or(workload.Recognize(names), workload.Unknown(names))
			in.add(s)
		default:
			s.why = "rows of a table without its header. Paste it as well, or export the statistics: pgverdict export"
			in.add(s)
		}
	}
}

// separated returns the n cells of a line; nil if no separator gives as many.
func separated(line string, n int) []string {
	for _, by := range [...]string{"|", "\t", ","} {
		if cells := strings.Split(line, by); len(cells) == n {
			return cells
		}
	}
	return nil
}
