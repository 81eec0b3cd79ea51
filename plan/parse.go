package plan

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// Parse returns all plans in a text, in order, whatever their format and
// whatever surrounds them. Parts of a plan that could not be read are in its
// Warnings. If there is no plan, the error is a *SyntaxError.
func Parse(b []byte) ([]*Plan, error) {
	if plans := parseJSON(b); plans != nil {
		return plans, nil
	}
	var plans []*Plan
	for p, err := range Read("-", bytes.NewReader(b)) {
		if err != nil {
			return nil, err
		}
		plans = append(plans, p)
	}
	return plans, nil
}

// parseJSON reads input that is JSON from its first byte to its last, as
// programs produce it. It does not look for decorations.
func parseJSON(b []byte) []*Plan {
	if rest := bytes.TrimLeft(b, " \t\r\n"); len(rest) == 0 || rest[0] != '[' && rest[0] != '{' {
		return nil
	}
	return jsonValues(string(b), func(k int) int { return 1 + k })
}

// jsonValues reads a text of nothing but JSON values with plans. It returns nil if
// there is anything else.
func jsonValues(s string, at func(line int) int) []*Plan {
	var plans []*Plan
	b := &builder{}
	for line := 0; ; {
		start := len(s) - len(strings.TrimLeft(s, " \t\r\n"))
		line += strings.Count(s[:start], "\n")
		if s = s[start:]; s == "" {
			return plans
		}
		from := line
		var end int
		var err *SyntaxError
		b, end, err = readJSONAfter(b, s, func(k int) int { return at(from + k) })
		if err != nil || len(b.plans) == 0 || slices.ContainsFunc(b.plans, func(p *Plan) bool { return p.system() != "" }) {
			return nil
		}
		plans = append(plans, b.plans...)
		line += strings.Count(s[:end], "\n")
		s = s[end:]
	}
}

// maxEmbedded is how many levels of JSON strings can wrap a plan.
const maxEmbedded = 2

// planless are outputs of EXPLAIN without a plan, and what to do instead.
var planless = map[string]error{
	"Query rewrites to nothing":                 errors.New("a rule of the table replaces the statement. Run EXPLAIN (ANALYZE, BUFFERS) on the statement that the rule executes"),
	"Utility statements have no plan structure": errors.New("run EXPLAIN (ANALYZE, BUFFERS) on the query inside the statement"),
}

// planlessOutput recognizes valid EXPLAIN output that contains no plan.
func planlessOutput(lines []line) *SyntaxError {
	for _, l := range lines {
		s := strings.TrimSpace(l.text)
		if instead := planless[s]; instead != nil {
			return &SyntaxError{Line: l.no, Want: "a plan", Got: s, Err: instead}
		}
	}
	return nil
}

// unreadable names the first line that looks like one of a plan.
func unreadable(lines []line) *SyntaxError {
	for _, l := range lines {
		if Sniff([]byte(l.text)) {
			return &SyntaxError{Line: l.no, Want: `a plan from its first line on, such as "Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)"`, Got: excerpt(l.text)}
		}
	}
	return nil
}

// document is a text with any number of plans, in any format, and prose between
// them.
type document struct {
	lines    []line
	embedded int
	asked    []statement // what people paste before a plan; clean lines have none
	plans    []*Plan
	err      *SyntaxError // why the first text that looked like a plan could not be read

	strings      []row // of a driver, of JSON values that follow each other
	inner        int   // the line after the last value within another one
	unreadKeys   []int // lines with the key of a plan in JSON that could not be read
	fragment     *line // a line of a plan in JSON or YAML that is not in one
	unterminated bool  // the last line has no line end
	lenient      bool  // the first pass found nothing
	clean        bool  // see isClean

	joined string // all lines, for formats that are not line-based
	starts []int  // where each line starts in joined
}

// read removes decorations and reads all plans.
func (d *document) read() {
	lines := d.lines
	if d.readClean() {
		d.conclude()
	} else {
		if d.embedded == 0 {
			d.asked = findStatements(lines)
		}
		lines = slices.Clone(lines) // removing decorations changes them
		d.lines = decodeMail(d.lines)
		if !d.readRejoined() {
			d.readLines()
		}
	}
	if !d.isWhole() && d.embedded == 0 && (d.err == nil || d.err.Want != lessNested) {
		d.readFlowed()
		if !d.isWhole() {
			d.readCells(lines)
		}
	}
}

func (d *document) readLines() {
	switch {
	case d.undecorated():
	case isClean(d.lines):
		if d.bare(); !d.readClean() {
			d.pass()
		}
	default:
		counted := countLines(d.lines)
		d.lines = stripDecorations(d.lines)
		d.pass()
		warnLines(d.plans, counted)
	}
	d.conclude()
}

// conclude checks what was read.
func (d *document) conclude() {
	if len(d.plans) == 0 {
		d.lenient = true
		d.text(0, len(d.lines))
	}
	d.plans = slices.DeleteFunc(d.plans, func(p *Plan) bool {
		system := p.system()
		if system != "" && d.err == nil {
			d.err = otherSystemError(system, p.Line)
		}
		return system != ""
	})
	if d.err == nil && figuresOf(d.plans) == 0 { // words of nodes that others have, too
		if system, no := otherSystem(d.lines); system != "" {
			d.plans, d.err = nil, otherSystemError(system, no)
		}
	}
	d.plans = withoutQuotations(d.plans)
	for i, p := range d.plans {
		if i > 0 && p.inner && len(p.Warnings) == 0 {
			p.Gaps++
			p.Warnings = append(p.Warnings, &SyntaxError{Line: p.Line, Want: "the plan from its first line on", Got: "a part of it"})
		}
	}
	if last := len(d.plans) - 1; last >= 0 && len(d.unreadKeys) > 0 {
		d.plans[last].Gaps++
		d.plans[last].Warnings = append(d.plans[last].Warnings, &SyntaxError{Line: d.unreadKeys[0], Want: "a plan in JSON"})
	}
	if last := len(d.plans) - 1; last >= 0 && d.fragment != nil {
		d.plans[last].Warnings = append(d.plans[last].Warnings, &SyntaxError{Line: d.fragment.no, Want: "the plan that this line is of, from its first line on", Got: excerpt(d.fragment.text)})
	}
	if len(d.plans) == 0 && d.err == nil {
		d.err = planlessOutput(d.lines)
	}
	if len(d.plans) == 0 && d.err == nil {
		d.err = unreadable(d.lines)
	}
}

// bare takes lines that are clean as they are, without psql's margin.
func (d *document) bare() {
	d.clean = true
	for i := range d.lines {
		d.lines[i].text = strings.TrimRight(d.lines[i].text, " ")
	}
	d.lines = stripMarginMarks(d.lines)
}

// undecorated reads a text that is JSON from its first line to its last, which has no
// decorations, and reports whether it is.
func (d *document) undecorated() bool {
	first := slices.IndexFunc(d.lines, func(l line) bool { return strings.TrimSpace(l.text) != "" })
	if first < 0 || strings.IndexByte("[{", strings.TrimSpace(d.lines[first].text)[0]) < 0 {
		return false
	}
	d.join()
	last := len(d.lines) - 1
	d.plans = jsonValues(d.joined, func(k int) int { return d.lines[min(k, last)].no })
	d.joined, d.starts = "", nil // decorations change the lines
	return d.plans != nil
}

// pass finds where JSON, XML and YAML plans start and reads all lines between
// them as the text format.
func (d *document) pass() {
	text := 0 // the first line not yet read
	for i := 0; i < len(d.lines); {
		var plans []*Plan
		end := i + 1
		switch s := strings.TrimLeft(d.lines[i].text, " "); {
		case s == "":
		case holdsPlanKey(s) && !isPropertyLine(s):
			if plans, end = d.keyed(i, text); plans != nil && d.within(i) {
				d.inside(i, end, plans)
			}
		case s[0] == '[' || s[0] == '{':
			if plans, end = d.value(i, readJSON); plans == nil && d.strings == nil && holdsQuoted(s) {
				plans, end = d.quoted(i)
			}
		case holdsQuoted(s):
			plans, end = d.quoted(i)
		case startsXML(s):
			plans, end = d.value(i, readXML)
		case strings.HasPrefix(s, "- Plan:"), strings.HasPrefix(s, "Plan:"), strings.HasPrefix(s, `Query Text: "`):
			plans, end = d.yaml(i)
		}
		if len(d.strings) > 0 {
			for end < len(d.lines) && strings.HasPrefix(strings.TrimLeft(d.lines[end].text, " "), "{") {
				had := len(d.strings)
				more, next := d.value(end, readJSON)
				if len(more) > 0 || len(d.strings) == had {
					break
				}
				end = next
			}
			plans, d.strings = d.rows(d.strings), nil
		}
		if len(plans) > 0 {
			d.text(text, i)
			d.plans = append(d.plans, plans...)
			text = end
		}
		i = end
	}
	d.text(text, len(d.lines))
}

// isPropertyLine reports whether a line is a property of a node in the text format, whose
// literals can hold anything.
func isPropertyLine(s string) bool {
	name, _, colon := strings.Cut(s, ": ")
	return colon && isKnownProperty(name)
}

// startsXML reports whether a plan in XML starts on a line, possibly behind what opens a
// string or a block.
func startsXML(s string) bool {
	at := strings.IndexByte(s, '<')
	if at < 0 {
		return false
	}
	for _, tag := range [...]string{"<explain", "<Query>", "<Plan>"} {
		if rest, ok := strings.CutPrefix(s[at:], tag); ok {
			_, rest, _ = strings.Cut(tag+rest, ">")
			return at == 0 || strings.TrimSpace(rest) == ""
		}
	}
	return false
}

// keyedProperty matches a line of a plan in JSON or YAML that no other format has.
var keyedProperty = regexp.MustCompile(`^\s*(?:- )?"?(?:Node Type|Trigger Name)"?: `)

func (d *document) text(from, to int) {
	for i := from; i < to && d.fragment == nil; i++ {
		if s := d.lines[i].text; (strings.Contains(s, "Node Type") || strings.Contains(s, "Trigger Name")) && keyedProperty.MatchString(s) {
			d.fragment = &d.lines[i]
		}
	}
	if from < to {
		d.plans = append(d.plans, readText(d.lines[from:to], d.lenient, d.clean, d.unterminated && to == len(d.lines))...)
	}
}

// value reads the JSON or XML that starts on line first and returns the line
// after it.
func (d *document) value(first int, read func(string, func(int) int) (*builder, int, *SyntaxError)) ([]*Plan, int) {
	d.join()
	last := len(d.lines) - 1
	s := d.joined[d.starts[first]:]
	b, n, err := read(s, func(k int) int { return d.lines[min(first+k, last)].no })
	end := max(first+1, sort.SearchInts(d.starts, d.starts[first]+n))
	if err != nil && len(b.plans) == 0 {
		if d.fail(err, s[:n]); holdsPlanKey(s[:n]) {
			d.unreadKeys = append(d.unreadKeys, d.lines[first].no)
		}
	}
	if len(b.plans) == 0 && err == nil {
		d.strings = append(d.strings, b.rows...)
		return nil, end
	}
	if d.within(first) {
		d.inside(first, end, b.plans)
	}
	return b.plans, end
}

// inside records that plans from one line to another are a part of a damaged one.
func (d *document) inside(first, end int, plans []*Plan) {
	d.inner = end
	for _, p := range plans {
		p.Gaps++
		p.Warnings = append(p.Warnings, &SyntaxError{Line: d.lines[first].no, Want: "the whole plan: the lines before this node are missing or damaged"})
	}
}

// within reports whether the value that starts on a line is an element of a JSON value
// whose beginning could not be read: the line before leaves off within one.
func (d *document) within(first int) bool {
	for i := first - 1; i >= 0; i-- {
		if s := strings.TrimSpace(d.lines[i].text); s != "" {
			return strings.HasPrefix(s, `"`) && (strings.HasSuffix(s, "[") || strings.HasSuffix(s, ":")) || strings.Trim(s, "},") == "" && d.inner == i+1
		}
	}
	return false
}

func (d *document) yaml(first int) ([]*Plan, int) {
	b, n, err := readYAML(d.lines[first:])
	if err != nil && len(b.plans) == 0 {
		d.fail(err, d.lines[first].text)
	}
	return b.plans, first + max(n, 1)
}

// fail keeps the first error of something that looked like a plan. It is
// reported if no plan is found.
func (d *document) fail(err *SyntaxError, read string) {
	if d.err == nil && strings.Contains(read, "Plan") {
		d.err = err
	}
}

// rows reads the strings of a driver's result: one line of text each, or a
// whole plan.
func (d *document) rows(rows []row) []*Plan {
	inner := &document{embedded: d.embedded + 1}
	if len(rows) == 0 || inner.embedded > maxEmbedded {
		return nil
	}
	for _, r := range rows {
		for s := range strings.Lines(r.text) {
			inner.lines = append(inner.lines, line{strings.TrimRight(s, "\r\n"), r.line})
		}
	}
	inner.read()
	return inner.plans
}

// join concatenates the lines once.
func (d *document) join() {
	if d.starts != nil {
		return
	}
	var b strings.Builder
	d.starts = make([]int, len(d.lines))
	for i, l := range d.lines {
		d.starts[i] = b.Len()
		b.WriteString(l.text)
		b.WriteByte('\n')
	}
	d.joined = b.String()
}
