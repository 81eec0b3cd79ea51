package plan

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// summaryNames maps the names of the lines after the tree to their readers,
// which are called with the text after the colon. The lower-case and Total
// runtime forms are those of 9.3 to 9.6.
var summaryNames = map[string]func(r *textReader, value string){
	"Planning Time":    func(r *textReader, value string) { r.p.PlanningMs = readMs(value) },
	"Planning time":    func(r *textReader, value string) { r.p.PlanningMs, r.p.old = readMs(value), true },
	"Execution Time":   func(r *textReader, value string) { r.p.ExecutionMs = readMs(value) },
	"Execution time":   func(r *textReader, value string) { r.p.ExecutionMs, r.p.old = readMs(value), true },
	"Total runtime":    func(r *textReader, value string) { r.p.ExecutionMs, r.p.old = readMs(value), true },
	"Settings":         func(r *textReader, value string) { r.p.Settings = readSettings(value) },
	"Query Identifier": func(r *textReader, value string) { r.p.QueryID = value },
	"Planning":         func(r *textReader, _ string) { r.block("Planning") },
	"JIT":              func(r *textReader, _ string) { r.block("JIT") },
	"Serialization":    (*textReader).serialization,
}

// summaryLine reads a line of the summary after the tree.
func (r *textReader) summaryLine(l *line, column int, s string) bool {
	if r.ofOther(s) {
		r.close()
		whole := r.done[len(r.done)-1]
		whole.Warnings = append(whole.Warnings, &SyntaxError{Line: l.no, Want: "the nodes of the plan that this line is of", Got: figureExcerpt(l.text)})
		return true
	}
	if strings.HasPrefix(s, "Trigger ") {
		if t, ok := readTrigger(r.room.keep(s)); ok {
			r.endTree()
			r.p.Triggers = append(r.p.Triggers, t)
			return true
		}
	}
	name, value, ok := strings.Cut(s, ":")
	if name == consoleTime {
		return r.timing(l, value)
	}
	read := summaryNames[name]
	if !ok || read == nil {
		return false
	}
	if name == "JIT" && r.worker >= 0 && column >= r.workerColumn {
		add(&r.node.Workers[r.worker].Properties, name, Value{})
		return true // of a worker
	}
	value = strings.TrimLeft(value, " ")
	r.endTree()
	if strings.HasSuffix(name, "ime") {
		if value = r.withoutMarks(value); !readMs(value).Known() {
			r.warnFigures(l, "a time in ms")
		}
	}
	read(r, r.room.keep(r.whole(value)))
	return true
}

// ofOther reports whether a line of a summary is that of another plan than the one being
// read: this one has its time already, and its triggers are above it. A line may be there
// twice.
func (r *textReader) ofOther(s string) bool {
	name, value, _ := strings.Cut(s, ":")
	has := Float{}
	switch name {
	case "Planning Time", "Planning time":
		has = r.p.PlanningMs
	case "Execution Time", "Execution time", "Total runtime":
		has = r.p.ExecutionMs
	default:
		return strings.HasPrefix(s, "Trigger ") && r.p.ExecutionMs.Known()
	}
	ms := readMs(r.withoutMarks(strings.TrimLeft(value, " ")))
	return has.Known() && ms.Known() && (has != ms || r.pos > r.lastPlanLine+1)
}

// withoutMarks removes the marks behind a time that end the text which the plan stands in:
// `; of a script, */ of a comment. If the first line has such a mark, too, the reader did
// not take it apart, and says so at the last one.
func (r *textReader) withoutMarks(value string) string {
	time, marks, ok := strings.Cut(value, " ms")
	if !ok || r.p.Root == nil || !isNodeWords(r.p.Root.Type) || strings.ContainsFunc(marks, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }) {
		return value
	}
	return time + " ms"
}

// writes begins the plan that trigger lines without their plan belong to. Which table it wrote
// to they do not say: the first triggers can be of rows that a foreign key deleted.
func (r *textReader) writes(l *line, column int, s string) bool {
	t, ok := readTrigger(s)
	if !ok || !strings.HasPrefix(s, "Trigger ") || !t.Ms.Known() {
		return false
	}
	n := &Node{Line: l.no, Type: "ModifyTable", Loops: opt.Of(1.0)}
	r.begin(l, column, n)
	r.node = n
	r.want(n)
	return true
}

// consoleTime is what psql's \timing prints after a result: the statement's
// total time in ms, including the network.
const consoleTime = "Time"

// timing keeps psql's \timing line directly after an EXPLAIN that did not
// execute the statement. It is then the planning time.
func (r *textReader) timing(l *line, value string) bool {
	const footer = 3 // lines: the row count and a blank one
	first, _, _ := strings.Cut(strings.TrimLeft(value, " "), " (")
	ms := readMs(first)
	if !ms.Known() || r.p.Root.Loops.Known() || r.pos-r.lastPlanLine > footer || len(r.p.Summary) > 0 {
		return false
	}
	r.endTree()
	add(&r.p.Summary, consoleTime, Value{Number: ms})
	return true
}

// rowCount matches the row count that psql prints below a result, in any
// language.
var rowCount = regexp.MustCompile(`^\(\d+ \p{L}+\)$`)

func (r *textReader) endTree() {
	r.summary, r.section, r.worker = true, "", -1
}

// block opens a block of the summary. Deeper lines belong to it.
func (r *textReader) block(name string) {
	r.section = name
	add(&r.p.Summary, name, Value{})
}

// serialization reads "time=0.016 ms  output=1kB  format=text"; TIMING OFF
// omits the time.
func (r *textReader) serialization(value string) {
	r.block("Serialization")
	to := &r.p.Summary[len(r.p.Summary)-1].Value.own().group
	for _, one := range strings.Fields(value) {
		key, v, _ := strings.Cut(one, "=")
		switch key {
		case "time":
			ms, _ := parseFigure(v)
			add(to, "Time", Value{Number: ms})
		case "output":
			f, _ := parseFigure(strings.TrimSuffix(v, "kB"))
			add(to, "Output Volume", Value{Number: f})
		case "format":
			add(to, "Format", plain(v))
		}
	}
}
