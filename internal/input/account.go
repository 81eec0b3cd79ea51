package input

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/rows"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// Whatever a text holds is read, or gets a note that names it by its lines. The readers of
// results note what they have found and not read. What no reader has found is looked at here,
// once, after all of them: each block of lines that looks like figures of a server gets a note
// that says so. Prose, titles, dates and versions do not look so.

// note is what a part of a text is that is not read.
type note struct {
	from     int // where it begins
	why      string
	useless  bool // it is known, and no rule reads it: alone, it is what the text is
	familiar bool // a text in which nothing else is found may be it
	empty    bool // it has no rows
}

func (in *results) note(s result, why string) *note {
	in.notes = append(in.notes, note{from: s.From, why: why})
	return &in.notes[len(in.notes)-1]
}

// leave notes a relation that is not read.
func (in *results) leave(s result, columns []string) {
	of := in.kindOf(columns)
	why := of.why
	if why != "" {
		in.read = append(in.read, s.Section)
	} else {
		if of.otherwise == "" {
			of.otherwise = cmp.Or(workload.Ambiguous(columns), workload.Unknown(columns))
		}
		why = of.otherwise
	}
	useless := of.why != "" || s.keyed.Columns != nil && of.familiar && len(in.notes) == 0 // the whole has none of the columns
	n := in.note(s, why)
	n.useless, n.familiar = useless, of.familiar
	n.empty = noRowsIn.Match(s.in[s.From:s.To]) || noRowsBelow.Match(s.in[s.To:min(s.To+askedBehind, len(s.in))])
}

// noRowsIn and noRowsBelow match what psql writes below a result that has no rows.
var (
	noRowsIn    = regexp.MustCompile(`(?m)^[ \t>]*\(0 [^ )\n]+\)[ \t]*$`)
	noRowsBelow = regexp.MustCompile(`^\s*\(0 [^ )\n]+\)`)
)

// useless takes out the first note on what no rule reads, if that is all that the text is; nil
// if there is none.
func (in *results) useless() error {
	i := slices.IndexFunc(in.notes, func(n note) bool { return n.useless && !n.empty })
	if i < 0 {
		i = slices.IndexFunc(in.notes, func(n note) bool { return n.useless })
	}
	if i < 0 {
		return nil
	}
	why := in.notes[i].why
	in.notes = slices.Delete(in.notes, i, i+1)
	return errors.New(why)
}

// familiar returns the notes on what the text may be if nothing else is found in it.
func (in *results) familiar() []note {
	return slices.DeleteFunc(slices.Clone(in.notes), func(n note) bool { return !n.familiar })
}

// mostNotes is the number of notes from which on the others are only counted: they are read
// by people.
const mostNotes = 6

// lines returns the notes as lines for the reader, in the order of the text. Parts that are the
// same share a line.
func (in *results) lines(notes []note) (list []string) {
	notes = slices.Clone(notes)
	slices.SortStableFunc(notes, func(a, b note) int { return cmp.Compare(a.from, b.from) })
	var whys []string
	places := map[string][]string{}
	for _, n := range notes {
		if places[n.why] == nil {
			whys = append(whys, n.why)
		}
		at := strconv.Itoa(1 + bytes.Count(in.text[:n.from], []byte("\n")))
		if !slices.Contains(places[n.why], at) {
			places[n.why] = append(places[n.why], at)
		}
	}
	for i, why := range whys {
		if i == mostNotes-1 && len(whys) > mostNotes {
			var rest []string
			for _, other := range whys[i:] {
				rest = append(rest, places[other]...)
			}
			return append(list, fmt.Sprintf("%s: not read, %d more parts with figures (lines %s)", in.path, len(rest), strings.Join(rest, ", ")))
		}
		also := ""
		if more := places[why][1:]; len(more) > 0 {
			also = " (and line " + strings.Join(more, ", ") + ")"
			if len(more) > 1 {
				also = strings.Replace(also, "line", "lines", 1)
			}
		}
		list = append(list, fmt.Sprintf("%s:%s%s: not read, %s", in.path, places[why][0], also, why))
	}
	return list
}

// account notes the blocks of lines that no reader has found.
func (in *results) account(found []rows.Section) {
	rest := rows.Blank(in.text, found)
	look := func(s rows.Section, looks ...look) bool {
		for _, look := range looks {
			if what, at := look(rest[s.From:s.To]); what != "" {
				in.notes = append(in.notes, note{from: s.From + at, why: what})
				return true
			}
		}
		return false
	}
	for _, f := range rows.Fenced(in.text) {
		inside := in.text[f.From:f.To]
		if isSQL(inside) || plan.Sniff(inside) || workload.SniffLog(inside) || look(f, settingsIn) { // of other readers, or one block
			rest = rows.Blank(rest, []rows.Section{f})
		}
	}
	for _, block := range paragraphs(rest) {
		if part := rest[block.From:block.To]; !workload.SniffLog(part) && !plan.Sniff(part) { // their readers account for them
			look(block, looks...)
		}
	}
}

// refusal says why nothing of a text is read: what its first part is, with the lines on the
// others; nil if it has no part that looks like figures.
func (in *results) refusal() (others []string, why error) {
	in.account(in.sections())
	notes := slices.Clone(in.notes)
	slices.SortStableFunc(notes, func(a, b note) int { return cmp.Compare(a.from, b.from) })
	if len(notes) == 0 {
		switch columns := rows.Framed(in.script); {
		case signOf(in.text) != "":
			return nil, errors.New("this is " + signOf(in.text))
		case columns != nil:
			return nil, errors.New(workload.Unknown(columns))
		case tableLines.Match(in.text):
			return nil, errors.New("it looks like a table whose header cannot be read. Export the statistics: pgverdict export")
		}
		return nil, nil
	}
	first := notes[0]
	others = in.lines(slices.DeleteFunc(slices.Clone(notes), func(n note) bool { return n.why == first.why }))
	if len(others) == 0 && (strings.HasPrefix(first.why, "this is ") || strings.HasPrefix(first.why, "it is ")) {
		return nil, errors.New(first.why)
	}
	return others, fmt.Errorf("line %d: %s", 1+bytes.Count(in.text[:first.from], []byte("\n")), first.why)
}

// paragraphs returns the runs of lines that are not blank.
func paragraphs(text []byte) (list []rows.Section) {
	at, open := 0, false
	for line := range bytes.Lines(text) {
		blank := len(bytes.Trim(line, " \t\r\n`>")) == 0
		switch {
		case blank:
		case open:
			list[len(list)-1].To = at + len(line)
		default:
			list = append(list, rows.Section{From: at, To: at + len(line)})
		}
		open = !blank
		at += len(line)
	}
	return list
}

// look says what a block of lines looks like that no reader has found, with what to give
// instead, and where in it that begins; empty if it does not look so.
type look func(block []byte) (what string, at int)

// looks are tried in order, the surest first.
var looks = []look{signsIn, settingsIn, definitionsOf, headlessIn, tableIn, separatedIn, sizesIn, sessionsIn, countersIn, pairsIn, objectsIn}

func signsIn(block []byte) (what string, at int) { return signOf(block), 0 }

var (
	// rowLines matches rows of a table one below the other, in a frame or above psql's last line.
	rowLines = regexp.MustCompile(`(?m)(?:^[ \t]*\|(?:[^|\n]*\|){2,}[ \t]*\n){2,}|(?:^[^|\n]+(?:\|[^|\n]*)+\n)+\(\d+ [^)\n]+\)[ \t]*$`)
	// sized matches a line with a size, and listedLine one of a list.
	sized      = regexp.MustCompile(`^[^|=]*[^|=\d.,]\d[\d.,]* ?(?:[kMGT]i?B|[МГТ]Б)(?:\W|$)`)
	listedLine = regexp.MustCompile(`^[ \t>]*(?:(?:[-*+•·]|\d+[.)])[ \t]|\S+(?:\t| {2,})\d)`)
	// counted matches a counter with its value beside it: seq_scan=+30, n_dead_tup: 12. alone
	// matches a line that has nothing else.
	counted = regexp.MustCompile("\\b([a-z]+_[a-z_]+)[\"'`*]*\\s*(?:[:=|]\\s*|\\s(?:(?:is|was|at|of)\\s+)?)[\"'`*~]*\\+?[1-9]")
	alone   = regexp.MustCompile(`^\W*[a-z]+_[a-z_]+\W*[\d.,]+\s*\pL*\W*$`)
	// noted matches a line of figures below one that names the states of sessions, and pidded a
	// session with its process and what it does.
	noted  = regexp.MustCompile(`(?m)\bidle in transaction\b[^\n]*\n[ \t]*\d+(?:[ \t|]+\d+)+[ \t]*$`)
	pidded = regexp.MustCompile(`(?mi)^.*\bpid\b[ \t:=#]*\d+\b.*\b(?:active|idle|waits|waiting|blocked|blocking|blocks)\b|(?:^[ \t>]*[-*+•]?[ \t]*\d{2,7}\b[^\n|]*\b(?:idle in transaction|waits|waiting|blocked|blocks)\b[^\n|]*(?:\n|\z)){2}`)
	// indexDefined matches the definition of an index, as a statement or in a list of psql.
	indexDefined = regexp.MustCompile(`(?mi)^[ \t]*(?:create\s+(?:unique\s+)?index\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?\S+\s+on\s|"[^"\n]+" (?:PRIMARY KEY, |UNIQUE(?: CONSTRAINT)?, )?(?:btree|hash|gist|gin|brin|spgist) \()`)
	set          = regexp.MustCompile(`(?m)^[ \t]*(\w+)[ \t]*[=:][ \t]*'?[\w.-]+`) // as postgresql.conf sets them
)

// definitionsOf names the definitions of indexes beside results, which may be proposals.
func definitionsOf(block []byte) (what string, at int) {
	m := indexDefined.FindIndex(block)
	if m == nil {
		return "", 0
	}
	return "definitions of indexes, which may be proposals. Give those that exist in a file of their own (pg_dump -s), or export them: pgverdict export", m[0]
}

func headlessIn(block []byte) (what string, at int) {
	rows := rowLines.FindIndex(block)
	if rows == nil {
		return "", 0
	}
	return "rows of a table without its header. Paste it as well, or export the statistics: pgverdict export", rows[0]
}

// tableIn names a table whose header has bars and whose columns are of no known view.
func tableIn(block []byte) (what string, at int) {
	for _, b := range rows.Bare(block) {
		part := block[b.From:b.To]
		if columns := rows.Columns(part); len(columns) > 2 && bytes.IndexByte(part, '|') >= 0 {
			return cmp.Or(workload.Recognize(columns), workload.Unknown(columns)), b.From
		}
	}
	return "", 0
}

// separatedIn names lines of figures with the same separators, which their header is above or
// not.
func separatedIn(block []byte) (what string, at int) {
	const fewest, cells = 3, 4
	var above, begin string // the line above the run, and its first line
	run, next := 0, 0
	by := func(line, sep string) (n int) { // of a row
		list := strings.Split(line, sep)
		figures := 0
		for _, cell := range list {
			if figure.MatchString(cell) {
				figures++
			}
		}
		if len(list) < cells || 2*figures < len(list) || list[0] == "" || figure.MatchString(list[0]) {
			return 0
		}
		return len(list)
	}
	for _, sep := range [...]string{",", ";", "\t"} {
		above, begin, run, next = "", "", 0, 0
		last := ""
		for line := range strings.Lines(string(block)) {
			line = strings.TrimRight(line, "\r\n")
			switch n := by(line, sep); {
			case n == 0:
				run = 0
			case run > 0 && n == len(strings.Split(begin, sep)):
				run++
			default:
				run, above, begin, at = 1, last, line, next
			}
			next += len(line) + 1
			last = line
			if run < fewest {
				continue
			}
			if names := strings.Split(above, sep); len(names) == len(strings.Split(begin, sep)) {
				columns := rows.Columns([]byte(above + "\n" + begin + "\n"))
				return cmp.Or(workload.Recognize(columns), workload.Unknown(columns)), at - len(above) - 1
			}
			return "rows of a table without its header. Paste it as well, or export the statistics: pgverdict export", at
		}
	}
	return "", 0
}

// figure matches a cell with a number or a time, or with nothing.
var figure = regexp.MustCompile(`^\s*(?:[-+]?\d[\d.,:eE+ TZ-]*%?(?: ?[kMGT]?i?B| ?m?s)?)?\s*$`)

// pairsIn names figures that have names of no view.
func pairsIn(block []byte) (what string, at int) {
	const fewest = 3
	if query.Match(block) {
		return "", 0
	}
	var names []string
	for _, m := range pairLine.FindAllSubmatchIndex(block, -1) {
		if name := string(block[m[2]:m[3]]); workload.Measures(name) && !slices.Contains(names, name) {
			if names = append(names, name); len(names) == 1 {
				at = m[0]
			}
		}
	}
	if len(names) < fewest {
		return "", 0
	}
	said := strings.Join(names[:fewest], ", ")
	if more := len(names) - fewest; more > 0 {
		said += fmt.Sprintf(" and %d more", more)
	}
	return "figures with names of no known view: " + said + ". Give the rows of the view, or export the statistics: pgverdict export", at
}

// objectsIn names lines of JSON that a program logs.
func objectsIn(block []byte) (what string, at int) {
	const fewest = 2
	lines, next := 0, 0
	for line := range bytes.Lines(block) {
		if bytes.HasPrefix(line, []byte(`{"`)) {
			if lines++; lines == 1 {
				at = next
			}
		}
		next += len(line)
	}
	if lines < fewest {
		return "", 0
	}
	return "lines of JSON that a program logs, with none of a view's columns. Give the rows alone, as the server returns them, or run: pgverdict export", at
}

// pairLine matches a line with a name and its figure.
var pairLine = regexp.MustCompile("(?m)^[ \\t>*+-]*[\"'`*]*([a-z]+(?:_[a-z0-9]+)+)[\"'`*]*[ \\t]*(?:[:=|]|\\t| {2,})[ \\t]*[\"'`*~]*[-+]?\\d")

// sizesIn names lists of what is large: short lines with a size in each.
func sizesIn(block []byte) (what string, at int) {
	const short, fewest, fewestListed = 120, 3, 2
	lines, listed, next := 0, 0, 0
	for line := range bytes.Lines(block) {
		next += len(line)
		if len(line) > short || !sized.Match(bytes.TrimRight(line, "\r\n")) {
			continue
		}
		if lines++; lines == 1 {
			at = next - len(line)
		}
		if listedLine.Match(line) {
			listed++
		}
	}
	if lines < fewest && listed < fewestListed {
		return "", 0
	}
	return "sizes in no table. Export the statistics: pgverdict export", at
}

func sessionsIn(block []byte) (what string, at int) {
	for _, by := range [...]*regexp.Regexp{noted, pidded} {
		if m := by.FindIndex(block); m != nil && !query.Match(block) {
			return "figures of sessions in no table. Export the statistics: pgverdict export", m[0]
		}
	}
	return "", 0
}

// countersIn names counters with their values. One among words, or a zero, is of what people
// say about a table.
func countersIn(block []byte) (what string, at int) {
	if query.Match(block) {
		return "", 0
	}
	names := 0
	for _, m := range counted.FindAllSubmatchIndex(block, -1) {
		name := string(block[m[2]:m[3]])
		if !workload.Reads(name) {
			continue
		}
		if names++; names == 1 {
			what, at = "figures of "+name+" in no table. Export the statistics: pgverdict export", m[0]
		}
		if line := lineAt(block, m[0]); names > 1 || alone.Match(line) {
			return what, at
		}
	}
	return "", 0
}

// lineAt returns the line of a text at an offset.
func lineAt(text []byte, at int) []byte {
	from := 1 + bytes.LastIndexByte(text[:at], '\n')
	if end := bytes.IndexByte(text[at:], '\n'); end >= 0 {
		return text[from : at+end]
	}
	return text[from:]
}

func settingsIn(block []byte) (what string, at int) {
	var names []string
	for _, m := range set.FindAllSubmatchIndex(block, -1) {
		if name := string(block[m[2]:m[3]]); workload.IsSetting(name) && !slices.Contains(names, name) {
			if names = append(names, name); len(names) == 1 {
				at = m[0]
			}
		}
	}
	if len(names) < 2 {
		return "", 0
	}
	said := strings.Join(names[:min(len(names), 3)], ", ")
	if more := len(names) - 3; more > 0 {
		said += fmt.Sprintf(" and %d more", more)
	}
	return "settings as postgresql.conf has them, which may be proposals: " + said + ". Export the statistics: pgverdict export", at
}
