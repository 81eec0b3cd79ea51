package plan

import (
	"regexp"
	"slices"
	"strings"
)

// Lines that were broken at no width: a page or an author broke them where it pleased,
// and their indentation can be lost. What a line lacks shows whether it goes on in the
// next one.

// readFlowed reads the lines again, with those joined that are one line of a plan. The
// reading counts if it has more figures than that of the lines as they are, or lost less.
func (d *document) readFlowed() {
	lines := flowed(d.lines)
	if lines == nil {
		return
	}
	counted := countLines(lines)
	whole := &document{lines: lines, embedded: d.embedded, asked: d.asked, unterminated: d.unterminated}
	whole.pass()
	warnLines(whole.plans, counted)
	whole.conclude()
	read := figuresOf(whole.plans)
	if lost := countFigures(lines) > read; lost && read <= figuresOf(d.plans) {
		return
	} else if lost && whole.isWhole() {
		whole.plans[0].lacks("all nodes of the plan")
	}
	if more := read - figuresOf(d.plans); more > 0 || more == 0 && gapsOf(whole.plans) < gapsOf(d.plans) {
		*d = *whole
	}
}

// lacks records that something of the plan was not read.
func (p *Plan) lacks(want string) {
	p.Gaps++
	p.Warnings = append(p.Warnings, &SyntaxError{Line: p.Line, Want: want})
}

func gapsOf(plans []*Plan) int {
	n := 0
	for _, p := range plans {
		n += p.Gaps
	}
	return n
}

// flowed joins the lines that are one line of a plan; nil if there are none.
func flowed(lines []line) []line {
	blanks := 0
	for _, l := range lines {
		if isBlank(l.text) {
			blanks++
		}
	}
	spaced := 5*blanks > 2*len(lines) // a blank line after each line
	out, joined := make([]line, 0, len(lines)), false
	for _, l := range lines {
		s := strings.TrimSpace(l.text)
		if s == "" && spaced {
			joined = true
			continue
		}
		if n := len(out); s != "" && n > 0 && goesOn(strings.TrimSpace(out[n-1].text), s) {
			out[n-1].text += " " + s
			joined = true
			continue
		}
		out = append(out, l)
	}
	if !joined {
		return nil
	}
	return out
}

// goesOn reports whether a line of a plan lacks something that the next one begins with.
func goesOn(s, next string) bool {
	if s == "" || brokenName(s, next) || behindOther(s, next) {
		return s != ""
	}
	if beginsLine(next) && !strings.HasPrefix(next, "(") {
		return s == "->" && !strings.HasPrefix(next, "->")
	}
	words, arrow := cutArrow(s)
	name, value, colon := strings.Cut(s, ":")
	switch value = strings.TrimLeft(value, " "); {
	case arrow || !colon && isPrefixOfNode(words) || isUnreadNode(s):
		return lacksFigures(words, next)
	case !colon:
		return false
	case summaryNames[name] != nil && name != "Settings":
		return value != "" && strings.Trim(value, "0123456789.") == "" && next == "ms"
	case strings.HasPrefix(name, "Trigger "):
		return !strings.Contains(s, "calls=")
	case !isKnownProperty(name) && !strings.HasPrefix(name, "Worker ") && name != "Settings":
		return false
	case value == "", isOpen(value), strings.HasSuffix(value, ","), counted.MatchString(next):
		return true
	}
	return name == "Sort Method" && !strings.HasSuffix(s, "kB") && strings.HasSuffix(next, "kB")
}

// lacksFigures reports whether a node's line is not complete without the next one.
func lacksFigures(words, next string) bool {
	_, f, missing, found := cutIncompleteFigures(words)
	switch {
	case strings.HasPrefix(next, "("):
		return !f.actual && !f.never && (!f.costs || !strings.HasPrefix(next, "(cost="))
	case found:
		return missing && strings.LastIndexByte(words, '(') > strings.LastIndexByte(words, ')')
	}
	return true
}

// counted matches one of the figures that some properties have several of.
var counted = regexp.MustCompile(`^(?:(?:shared|local|temp|main|[a-z]+) )?[a-z]+=\d`)

// behindOthers are the names that the server prints behind others, on the same line.
var behindOthers = map[string][]string{
	"Sort Method":        {"Memory", "Disk"},
	"Full-sort Groups":   {"Sort Method", "Sort Methods", "Average Memory", "Peak Memory", "Average Disk", "Peak Disk"},
	"Pre-sorted Groups":  {"Sort Method", "Sort Methods", "Average Memory", "Peak Memory", "Average Disk", "Peak Disk"},
	"Buckets":            {"Batches", "Memory Usage"},
	"Batches":            {"Memory Usage", "Disk Usage"},
	"Planned Partitions": {"Batches", "Memory Usage", "Disk Usage"},
	"Hits":               {"Misses", "Evictions", "Overflows", "Memory Usage"},
	"Storage":            {"Maximum Storage"},
}

// behindOther reports whether the next line begins with a name that the server prints
// behind others on a line like this one, and that is not there yet.
func behindOther(s, next string) bool {
	if strings.HasPrefix(s, "Worker ") {
		_, s, _ = strings.Cut(s, ":")
		s = strings.TrimLeft(s, " ")
	}
	first, _, _ := strings.Cut(s, ":")
	name, _, colon := strings.Cut(strings.TrimLeft(next, " "), ":")
	return colon && slices.ContainsFunc(behindOthers[first], func(other string) bool {
		start, ends := strings.CutSuffix(other, name) // it can be broken within
		return ends && !strings.Contains(s, " "+other+":") && strings.HasSuffix(s, strings.TrimRight(start, " "))
	})
}
