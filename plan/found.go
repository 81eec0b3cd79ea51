package plan

import (
	"strconv"
	"strings"
)

// Found is a plan in a stream. What tells the executions of one query apart is known of it
// before the plan is read, which takes most of the time of a log: of many plans, only
// some matter.
type Found struct {
	Line    int    // 1-based line of the input on which the plan starts
	Query   string // Query Text, with its literals; empty if there is none
	QueryID string
	Ms      Float // how long the execution took; see Plan.ExecMs

	name  string
	plans []*Plan
	entry *entry // whose plans are not read yet
}

// Keep keeps a plan that is not read. Without it, the plan can be read only until the
// next one of the stream is requested.
func (f *Found) Keep() {
	if f.entry != nil && !f.entry.kept {
		f.Query, f.QueryID = strings.Clone(f.Query), strings.Clone(f.QueryID)
		f.entry.keep()
	}
}

// IsRead reports whether the plan was read.
func (f *Found) IsRead() bool { return f.entry == nil }

// Plans reads the plan if it was not read. It returns none if it cannot be read, and
// several if it was taken apart. Several Founds can be read at a time.
func (f *Found) Plans() []*Plan {
	if f.entry != nil {
		f.plans = named(f.name, f.entry.plans())
		f.entry = nil
	}
	return f.plans
}

// named names the input in the warnings of plans.
func named(name string, plans []*Plan) []*Plan {
	for _, p := range plans {
		for _, w := range p.Warnings {
			w.Name = name
		}
	}
	return plans
}

// keep copies the lines, which are part of the text around them.
func (e *entry) keep() {
	if e.kept {
		return
	}
	var b strings.Builder
	size := 0
	for _, l := range e.lines {
		size += len(l.text)
	}
	b.Grow(size)
	own := make([]line, len(e.lines))
	for i, l := range e.lines {
		from := b.Len()
		b.WriteString(l.text)
		own[i] = line{b.String()[from:], l.no}
	}
	for i := range e.body {
		e.body[i].text = strings.Clone(e.body[i].text)
	}
	e.lines, e.kept, e.first, e.last = own, true, "", "" // which tell where the entry ends
}

// unread returns the plan of an entry without reading it; nil unless the entry is as the
// server writes it and holds one plan, whose query and time are plain to see.
func (e *entry) unread() *Found {
	f := &Found{Ms: e.duration, entry: e}
	if len(e.lines)+len(e.body) > 1 && (e.isText(f) || e.isJSON(f)) {
		return f
	}
	return nil
}

// isText reports whether the lines are Query Text and one plan in the text format.
func (e *entry) isText(f *Found) bool {
	if !strings.HasPrefix(e.lines[0].text, "Query Text: ") {
		return false
	}
	end := 1 + queryEnd(e.lines[1:], 0)
	root := end
	if root < len(e.lines) && strings.HasPrefix(e.lines[root].text, "Query Parameters: ") {
		root += 1 + queryEnd(e.lines[root+1:], 0)
	}
	if root >= len(e.lines) {
		if len(e.body) == 0 {
			return false
		}
		e.unfold() // the first node is one in the text of the query
		return e.isText(f)
	}
	if words, _, ok := cutFigures(e.lines[root].text); !ok || !isNodeWords(words) {
		return false
	}
	for _, l := range e.lines[root+1:] {
		if !f.summary(l.text) {
			return false
		}
	}
	for _, b := range e.body {
		for text := range strings.Lines(b.text) {
			if text[1] != ' ' && !f.summary(strings.TrimRight(text[1:], "\r\n")) {
				return false
			}
		}
	}
	f.Line, f.Query = e.lines[root].no, queryOf(e.lines[:end])
	return true
}

// summary reads a line behind the root. It reports false for one that does not belong to the
// only plan of an entry, or that tells another time than the entry does.
func (f *Found) summary(s string) bool {
	if s == "" || s[0] == ' ' {
		return true
	}
	name, value, colon := strings.Cut(s, ":")
	if name == "Query Identifier" {
		f.QueryID = strings.TrimSpace(value)
		return true
	}
	return colon && name != "Query Text" && !isUnreadNode(s) && !strings.HasPrefix(name, "Execution ") && name != "Total runtime"
}

// isJSON reports whether the lines are one object, as auto_explain writes a plan in JSON.
func (e *entry) isJSON(f *Found) bool {
	e.unfold()
	last := len(e.lines) - 1
	for last > 0 && isBlank(e.lines[last].text) {
		last--
	}
	if e.lines[0].text != "{" || e.lines[last].text != "}" {
		return false
	}
	plans := 0
	for _, l := range e.lines[1:last] {
		member, ok := strings.CutPrefix(l.text, `  "`)
		if !ok {
			if !strings.HasPrefix(l.text, "  ") {
				return false
			}
			continue
		}
		name, value, _ := strings.Cut(member, `": `)
		switch value = strings.TrimSuffix(value, ","); name {
		case "Plan":
			f.Line = e.lines[0].no
			plans++
		case "Query Text":
			r := jsonReader{s: value}
			text, whole := r.text()
			if !whole || r.pos != len(value) {
				return false
			}
			f.Query = text
		case "Query Identifier":
			if _, err := strconv.ParseInt(value, 10, 64); err != nil {
				return false
			}
			f.QueryID = value
		case "Execution Time", "Total Runtime":
			return false
		}
	}
	return plans == 1
}
