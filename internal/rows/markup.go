package rows

import (
	"bytes"
	"encoding/xml"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/diag"
)

// Formats of psql and of pages that write a table as markup: HTML, AsciiDoc, LaTeX,
// troff. Each gives the cells of one line of the table after the other.

// cells returns the cells of the next line of a table, and where it is in the text.
type cells func() (line []string, at int, ok bool)

// openCells reads a table whose first line has the names of the columns. Lines of two
// cells are columns with their values if the first line, of one cell, begins a record.
func openCells(name string, b *source, next cells) (*Reader, error) {
	first, at, ok := next()
	switch {
	case !ok:
		return nil, &diag.SyntaxError{Name: name, Line: 1, Want: "a header line with column names"}
	case len(first) == 1 && strings.HasPrefix(first[0], "Record "):
		return openRecords(name, b, next)
	case len(first) == 1: // a relation of one column, or a title over all of them
		second, n, more := next()
		if len(second) > 1 {
			first, at = second, n
			break
		}
		rest := next
		next = func() ([]string, int, bool) {
			line, at, ok := second, n, more
			second, n, more = rest()
			return line, at, ok
		}
	}
	r, columns := newReader(name, b, first)
	row := Row{at: columns, fields: make([]field, len(first))}
	r.next = func() (Row, error) {
		line, n, ok := next()
		for ok && len(line) == 1 && len(first) > 1 && footer.MatchString(line[0]) {
			line, n, ok = next()
		}
		if at = n; !ok {
			return Row{}, io.EOF
		}
		if row.Line = at; len(line) != len(first) {
			return Row{}, r.wrongCount(at, len(line), true)
		}
		return r.fill(row, line)
	}
	return r, nil
}

// openRecords reads records: a column and its value in each line, and a line of one
// cell between two records.
func openRecords(name string, b *source, next cells) (*Reader, error) {
	read := func() (names, values []string, at int) {
		for {
			line, n, ok := next()
			if !ok || len(line) == 1 {
				return names, values, at
			}
			if len(line) != 2 {
				continue
			}
			if at == 0 {
				at = n
			}
			names, values = append(names, line[0]), append(values, line[1])
		}
	}
	names, values, at := read()
	if len(names) == 0 {
		return nil, &diag.SyntaxError{Name: name, Line: 1, Want: "a column and its value"}
	}
	r, columns := newReader(name, b, names)
	r.next = func() (Row, error) {
		if len(names) == 0 {
			return Row{}, io.EOF
		}
		row := Row{Line: at, at: columns, fields: make([]field, len(r.columns))}
		for i := range row.fields {
			row.fields[i] = field{null: true}
		}
		for i, n := range names {
			if k, known := columns[columnName(n)]; known {
				row.set(k, values[i])
			}
		}
		names, values, at = read()
		return row, nil
	}
	return r, nil
}

var htmlTable = regexp.MustCompile(`(?is)<table[^>]*>.*?<t[rdh]`)

func isHTML(head []byte) bool { return htmlTable.Match(head) }

// openHTML reads the first table of a page.
func openHTML(name string, b *source) (*Reader, error) {
	d := xml.NewDecoder(b)
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var line []string
	var cell strings.Builder
	inCell, done := false, false
	return openCells(name, b, func() ([]string, int, bool) {
		for !done {
			token, err := d.Token()
			if err != nil {
				return nil, 0, false
			}
			switch t := token.(type) {
			case xml.StartElement:
				switch strings.ToLower(t.Name.Local) {
				case "tr":
					line = nil
				case "td", "th":
					inCell = true
					cell.Reset()
				case "br":
					cell.WriteString("\n")
				}
			case xml.CharData:
				if inCell && strings.HasSuffix(cell.String(), "\n") {
					t = bytes.TrimPrefix(t, []byte("\n"))
				}
				if inCell {
					cell.Write(t)
				}
			case xml.EndElement:
				switch strings.ToLower(t.Name.Local) {
				case "td", "th":
					inCell = false
					line = append(line, strings.TrimSpace(cell.String()))
				case "tr":
					if len(line) > 0 {
						at, _ := d.InputPos()
						return line, at, true
					}
				case "table":
					done = true
				}
			}
		}
		return nil, 0, false
	})
}

var xmlRows = regexp.MustCompile(`^\s*(?:<\?xml[^>]*>\s*)?(?:<!DOCTYPE[^\[>]*(?:\[[^\]]*\])?>\s*)?<\w+>\s*<\w+>\s*<\w+ ?/?>`)

func isXML(head []byte) bool { return xmlRows.Match(head) && !htmlTable.Match(head) }

// openXML reads rows that are elements, with an element for each column.
func openXML(name string, b *source) (*Reader, error) {
	d := xml.NewDecoder(b)
	d.Strict = false
	depth := 0
	var value strings.Builder
	return openRecords(name, b, func() ([]string, int, bool) {
		for {
			token, err := d.Token()
			if err != nil {
				return nil, 0, false
			}
			at, _ := d.InputPos()
			switch t := token.(type) {
			case xml.StartElement:
				depth++
				value.Reset()
			case xml.CharData:
				value.Write(t)
			case xml.EndElement:
				switch depth--; depth {
				case 2:
					return []string{t.Name.Local, value.String()}, at, true
				case 1:
					return []string{""}, at, true
				}
			}
		}
	})
}

var (
	asciidocTable = regexp.MustCompile(`(?m)^\|====\s*$`)
	asciidocCell  = regexp.MustCompile(`(?:^| )(?:2\+)?[<>^]?[hl]?\|`)
	latexTable    = regexp.MustCompile(`(?m)^\\begin\{(?:tabular|longtable)\}`)
	latexMark     = regexp.MustCompile(`\\(?:textit|textbf|small|raggedright)\{([^{}]*)\}|\\(?:centering|raggedright|small)\b ?`)
	troffTable    = regexp.MustCompile(`(?m)^\.TS\s*$`)
)

// linesBetween returns the lines of a table between two marks. goesOn reports whether a
// line goes on in the next one, because a value has a newline.
func linesBetween(b *source, begin, end *regexp.Regexp, split func(line string) []string, goesOn func(line, next string) bool) cells {
	in := &lines{b: b.Reader}
	inside := false
	return func() ([]string, int, bool) {
		for {
			line, ok := in.next()
			switch {
			case !ok:
				return nil, 0, false
			case !inside:
				inside = begin.MatchString(line)
				continue
			case end.MatchString(line):
				return nil, 0, false
			}
			at := in.line
			for {
				next, more := in.next()
				if !more {
					break
				}
				if end.MatchString(next) || !goesOn(line, next) {
					in.unread(next)
					break
				}
				line += "\n" + next
			}
			if cells := split(line); len(cells) > 0 {
				return cells, at, true
			}
		}
	}
}

func openAsciidoc(name string, b *source) (*Reader, error) {
	return openCells(name, b, linesBetween(b, asciidocTable, asciidocTable, func(line string) []string {
		parts := asciidocCell.Split(line, -1)
		if len(parts) < 2 {
			return nil
		}
		for i := range parts {
			parts[i] = strings.TrimSpace(strings.ReplaceAll(parts[i], `\|`, "|"))
		}
		return parts[1:]
	}, func(_, next string) bool {
		at := asciidocCell.FindStringIndex(next)
		return at == nil || at[0] > 0
	}))
}

var latexEscapes = strings.NewReplacer("\x00", "_", "\x01", "&", `\%`, "%", `\$`, "$", `\#`, "#", "\x02", `\`, "\x03", "{", "\x04", "}")

// latexSigns are characters in braces, which are no marks. latexEscapes has the others.
var latexSigns = strings.NewReplacer(`\_`, "\x00", `\textasciitilde{}`, "~", `\^{}`, "^", `\textbackslash{}`, "\x02", `\textbar{}`, "|", `\textless{}`, "<", `\textgreater{}`, ">", `\{`, "\x03", `\}`, "\x04")

func openLatex(name string, b *source) (*Reader, error) {
	header := ""
	return openCells(name, b, linesBetween(b, latexTable, regexp.MustCompile(`^\\end\{`), func(line string) []string {
		text, whole := strings.CutSuffix(strings.TrimSpace(line), `\\`)
		if !whole {
			text, whole = strings.CutSuffix(text, `\tabularnewline`)
		}
		if !whole {
			return nil
		}
		text = latexSigns.Replace(text)
		for range 3 { // one within another
			text = latexMark.ReplaceAllString(text, "$1")
		}
		if header == "" {
			header = text
		} else if text == header {
			return nil // of the next page
		}
		parts := strings.Split(strings.ReplaceAll(text, `\&`, "\x01"), "&")
		for i := range parts {
			parts[i] = strings.ReplaceAll(parts[i], `\\`, "\n")
			parts[i] = latexEscapes.Replace(strings.TrimSpace(parts[i]))
		}
		return parts
	}, func(line, _ string) bool { // a longtable has each cell on lines of its own
		return strings.HasPrefix(line, `\raggedright{`) && !strings.HasSuffix(line, `\tabularnewline`)
	}))
}

func openTroff(name string, b *source) (*Reader, error) {
	tabs := 0 // of the header, and of every line
	return openCells(name, b, linesBetween(b, troffTable, regexp.MustCompile(`^\.TE`), func(line string) []string {
		if line == "_" || strings.HasSuffix(line, ";") || strings.HasSuffix(line, ".") && strings.Trim(line, "lrcn |.") == "" {
			return nil
		}
		tabs = max(tabs, strings.Count(line, "\t"))
		return strings.Split(strings.NewReplacer(`\fI`, "", `\fP`, "", `\(rs`, `\`).Replace(line), "\t")
	}, func(line, _ string) bool {
		return tabs > 0 && strings.Contains(line, "\t") && strings.Count(line, "\t") < tabs
	}))
}

var jiraHeader = regexp.MustCompile(`(?m)^[ \t]*\|\|.+\|\|[ \t]*$`)

// openJira reads a table in the marks of Jira: ||name||name|| above |value|value|.
func openJira(name string, b *source) (*Reader, error) {
	in := &lines{b: b.Reader}
	begun := false
	return openCells(name, b, func() ([]string, int, bool) {
		for {
			line, ok := in.next()
			text := strings.TrimSpace(line)
			mark := "||"
			if begun {
				mark = "|"
			}
			switch {
			case !ok || begun && !strings.HasPrefix(text, "|"):
				return nil, 0, false
			case !begun && !jiraHeader.MatchString(line):
				continue
			}
			begun = true
			text = strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(text, mark), mark), `\|`, "\x00")
			cells := strings.Split(text, mark)
			for i := range cells {
				cells[i] = strings.TrimSpace(strings.ReplaceAll(cells[i], "\x00", "|"))
			}
			return cells, in.line, true
		}
	})
}

var wikiTable = regexp.MustCompile(`(?m)^\{\|`)

// openWiki reads a table of MediaWiki: ! name !! name above | value || value.
func openWiki(name string, b *source) (*Reader, error) {
	return openCells(name, b, linesBetween(b, wikiTable, regexp.MustCompile(`^\|\}`), func(line string) []string {
		mark := ""
		switch {
		case strings.HasPrefix(line, "!"):
			mark = "!!"
		case strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "|-") && !strings.HasPrefix(line, "|+"):
			mark = "||"
		default:
			return nil
		}
		cells := strings.Split(line[1:], mark)
		for i := range cells {
			if cells[i] = strings.TrimSpace(cells[i]); strings.HasPrefix(cells[i], "style=") || strings.HasPrefix(cells[i], "align=") {
				_, text, _ := strings.Cut(cells[i], "|")
				cells[i] = strings.TrimSpace(text)
			}
		}
		return cells
	}, func(string, string) bool { return false }))
}

// pair matches a column and its value in psql's unaligned and expanded output, and in
// aligned output without the line above a record.
var pair = regexp.MustCompile(`^ ?(?:[a-z_][a-z0-9_]*|\?column\?) *\|`)

// viewColumns are columns of which one is in each view, and which are no setting.
var viewColumns = wordSet("relname schemaname tablename indexrelname query queryid pid datname calls slot_name usename state_change buffers_clean buffers_alloc checkpoints_timed checkpoints_req maxwritten_clean num_timed num_requested wal_records wal_bytes archived_count backend_type stats_reset sent_lsn replay_lsn sync_state")

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// isPairs reports whether a text is columns with their values, one pair a line. If the
// bars are aligned, it could be a table of two columns, so that two columns must be known.
func isPairs(head []byte) bool {
	known, n, need := 0, 0, 1
	for text := range strings.Lines(string(head)) {
		text = strings.TrimRight(text, "\r\n")
		if strings.TrimSpace(text) == "" {
			if n > 0 {
				break
			}
			continue
		}
		if !pair.MatchString(text) {
			if need = max(need, 2); n == 0 || known < need {
				return false
			}
			continue // of a value with newlines
		}
		n++
		if cells := strings.Split(text, "|"); n == 1 && len(cells) > 2 && !slices.ContainsFunc(cells, func(c string) bool { return !snake.MatchString(strings.TrimSpace(c)) }) {
			return false // all are names: a header
		}
		column, _, _ := strings.Cut(text, "|")
		if strings.Contains(column, " ") {
			need = 2
		}
		if viewColumns[strings.TrimSpace(column)] {
			known++
		}
	}
	return known >= need && n > 1
}

func openPairs(name string, b *source) (*Reader, error) {
	in := &lines{b: b.Reader}
	begun := false
	return openRecords(name, b, func() ([]string, int, bool) {
		line, ok := in.next()
		for ok && !begun && strings.TrimSpace(line) == "" {
			line, ok = in.next()
		}
		if begun = true; !ok {
			return nil, 0, false
		}
		column, value, is := strings.Cut(line, "|")
		if !is {
			return []string{""}, in.line, true // between two records
		}
		if aligned := strings.HasSuffix(column, " ") || strings.HasPrefix(value, " "); aligned {
			column, value = strings.TrimSpace(column), strings.TrimSpace(value)
		}
		at := in.line
		for { // a value can have newlines
			next, more := in.next()
			if !more || next == "" || pair.MatchString(next) || footer.MatchString(next) {
				in.unread(next)
				in.held = more
				return []string{column, value}, at, true
			}
			value += "\n" + next
		}
	})
}
