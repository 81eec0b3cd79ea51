package input

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/rows"
	"github.com/pgverdict/pgverdict/workload"
)

// Pages that list statements are copied as text: the statement is then on the line below its
// figures.

// A cell of such a page has more than one figure in it: 12 min 31%, 3,129 app.
var (
	withPart  = regexp.MustCompile(`^(\d[\d.,]* ?\pL*)\s+(\d[\d.,]*%)$`)
	withOwner = regexp.MustCompile(`^(\d[\d,]*)\s*[a-z_][\w-]*$`)
)

// stated finds the rows of figures with their statement below each.
func (in *results) stated() {
	lines := rows.CellLines(in.script)
	for i := 0; i+2 < len(lines); i++ {
		if !strings.Contains(strings.ToLower(lines[i].Text()), "calls") {
			continue
		}
		for _, header := range lines[i].Readings() {
			if !header.IsHeader() || header.By == ',' {
				continue
			}
			columns := rows.Columns([]byte(strings.Join(header.Text, "\t") + "\n" + strings.Repeat("1\t", len(header.Text)-1) + "1\n"))
			if slices.Contains(columns, "query") || in.kindOf(columns).known || !slices.Contains(columns, "calls") || !in.kindOf(append(slices.Clip(columns), "query")).known {
				continue
			}
			if s, last := in.statedFrom(lines, i, header.By, columns); s.ready != nil {
				overlaps := func(r result) bool { return r.From < s.To && s.From < r.To }
				in.all = append(slices.DeleteFunc(in.all, overlaps), s)
				i = last
			}
			break
		}
	}
}

// statedFrom reads the rows below a header, and returns the last line of them.
func (in *results) statedFrom(lines []rows.CellLine, header int, by byte, columns []string) (s result, last int) {
	var list []rows.PlacedRow
	first := 1 + bytes.Count(in.text[:lines[header].From], []byte("\n"))
	whole := false // the statement of the last row has ended
	for i := header + 1; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i].Text())
		values := figuresIn(lines[i], by, columns)
		n := len(list)
		switch {
		case values != nil && (n == 0 || list[n-1].Values["query"] != ""):
			list, whole = append(list, rows.PlacedRow{Line: first + i - header, Values: values}), false
		case n == 0 && strings.Trim(line, "-|: \t") == "": // the rule
		case n > 0 && line != "" && values == nil && !whole && (list[n-1].Values["query"] != "" || workload.IsStatement(line)):
			list[n-1].Values["query"] += line + "\n"
			last = i
			continue
		case line == "" && n > 0 && list[n-1].Values["query"] != "":
			whole = true
		default:
			i = len(lines) // the end
		}
	}
	if n := len(list); n == 0 || list[n-1].Values["query"] == "" {
		return result{}, header
	}
	s = result{Section: rows.Section{From: lines[header].From, To: lines[last].To}, in: in.script, ready: rows.Placed(list)}
	if len(list) == 1 {
		s.why = "this is one statement, without the others that its share of the total time is of. Export the statistics: pgverdict export"
	}
	return s, last
}

// figuresIn returns the figures of a row by their columns; nil if the line is none.
func figuresIn(l rows.CellLine, by byte, columns []string) map[string]string {
	for _, r := range l.Readings() {
		if r.By != by || len(r.Text) != len(columns) {
			continue
		}
		values := map[string]string{}
		for i, cell := range r.Text {
			if cell == "" || cell[0] < '0' || cell[0] > '9' {
				return nil
			}
			if m := withPart.FindStringSubmatch(cell); m != nil {
				values["share"] = m[2]
				if !strings.HasSuffix(m[1], "s") {
					continue // in whole minutes, which the calls and the average tell better
				}
				cell = m[1]
			}
			if m := withOwner.FindStringSubmatch(cell); m != nil && columns[i] == "calls" {
				cell = m[1]
			}
			values[columns[i]] = cell
		}
		return values
	}
	return nil
}
