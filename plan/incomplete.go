package plan

import (
	"strings"
)

// What pages, mails and hurried authors do to a plan's lines. Nothing here
// runs on a plan that arrived as it was printed.

// arrows are what editors make of "->".
var arrows = [...]string{"->", "→", "–>", "—>", "−>", "➔", "⇒"}

func cutArrow(s string) (string, bool) {
	for _, a := range arrows {
		if rest, ok := strings.CutPrefix(s, a); ok {
			return strings.TrimLeft(rest, " "), true
		}
	}
	return s, false
}

// figureStarts begin a node's figures.
var figureStarts = [...]string{"(cost=", "(actual ", "(plan rows=", "(never executed)", "(...)", "(…)"}

// cutIncompleteFigures reads a node line whose figures are not whole, or are not the
// last of it: cut by a pager, left out by the author, with a remark behind
// them. It reports what is missing.
func cutIncompleteFigures(s string) (words string, f figures, missing, ok bool) {
	at := -1
	var q quotes
	q.scan(s, func(i int) bool {
		if s[i] == '(' {
			for _, m := range figureStarts {
				if strings.HasPrefix(s[i:], m) {
					at = i
					return false
				}
			}
		}
		return true
	})
	if at < 0 {
		return s, f, false, false
	}
	words, rest := strings.TrimRight(s[:at], " "), s[at:]
	for _, dots := range [...]string{"...", "…"} {
		if short, cut := strings.CutSuffix(words, dots); cut {
			words, missing = strings.TrimRight(short, " "), true
		}
	}
	for rest != "" && rest[0] == '(' {
		inner, after, closed := strings.Cut(rest[1:], ")")
		switch {
		case inner == "never executed":
			f.never = true
		case strings.HasPrefix(inner, "cost="):
			if !closed || !f.readCost(inner[len("cost="):]) {
				f.readComplete(inner, closed)
				missing = true
			}
		case strings.HasPrefix(inner, "actual "):
			if !closed || !f.readActual(inner[len("actual "):]) {
				f.readComplete(inner, closed)
				missing = true
			}
		case strings.HasPrefix(inner, "plan rows="):
			f.readComplete(inner, closed)
			missing = true
		case inner == "..." || inner == "…":
			missing = true
		default:
			// A remark, or the start of the figures where the input was cut.
			cut := !closed && strings.HasPrefix("actual ", inner)
			return words, f, missing || cut, true
		}
		rest = strings.TrimLeft(after, " ")
	}
	return words, f, missing, true
}

// readAbbreviated fills a node of whose words the author left some out: "Index Scan
// ...", or a scan's table where its figures follow.
func readAbbreviated(n *Node, words string, figures bool) bool {
	short := words
	for _, dots := range [...]string{"...", "…"} {
		short = strings.TrimRight(strings.TrimSuffix(short, dots), " ")
	}
	if short == words && !figures {
		return false
	}
	short = strings.TrimSuffix(short, " on")
	bare, parallel := strings.CutPrefix(short, "Parallel ")
	word, _, _ := strings.Cut(bare, " ")
	for _, f := range formsByWord[word] {
		if f.words == bare {
			n.Type, n.Operation, n.Strategy, n.JoinType, n.Parallel = f.typ, f.operation, f.strategy, f.join, parallel
			return true
		}
	}
	return false
}

// cutRemark takes off what an author wrote in brackets behind a node's words,
// in place of its lines: "Sort  (Sort Key: a, top-N heapsort)".
func cutRemark(s string) (words, remark string) {
	at := strings.Index(s, " (")
	if at < 0 || !strings.HasSuffix(s, ")") {
		return s, ""
	}
	return strings.TrimRight(s[:at], " "), s[at+2 : len(s)-1]
}

// ellipses are the signs of a value whose end was left out, as pgAdmin does
// with long ones.
var ellipses = [...]string{"(...)", "(…)", "...", "…"}

// isTruncated reports whether a value was cut: at the width of a screen, which
// less shows by a sign at the end where the next line is one of the plan, or at
// a length, in the middle of its brackets.
func (r *textReader) isTruncated(value string) bool {
	for _, sign := range ellipses {
		if rest, ok := strings.CutSuffix(value, sign); ok && strings.Count(rest, "(") > strings.Count(rest, ")") {
			return true
		}
	}
	if !strings.HasSuffix(value, ">") || r.pos >= len(r.lines) {
		return false
	}
	next := strings.TrimLeft(r.lines[r.pos].text, " ")
	_, arrow := cutArrow(next)
	name, _, colon := strings.Cut(next, ": ")
	return arrow || isSummary(next) || colon && isKnownProperty(name)
}

// repairCondition is what of a condition that was cut still holds: what it compares
// with may be shortened, and of several conditions that all hold the last may
// be left out. Else it is given back as it is, which no grammar takes.
func repairCondition(value string) string {
	value = strings.TrimSuffix(value, ">")
	for _, sign := range ellipses {
		value = strings.TrimSuffix(value, sign)
	}
	var (
		q          quotes
		open       []byte
		whole, ors = 0, false
	)
	q.scan(value, func(i int) bool {
		switch value[i] {
		case '(':
			open = append(open, ')')
		case ')':
			open = open[:max(0, len(open)-1)]
			if len(open) == 1 {
				whole = i + 1
			}
		}
		ors = ors || len(open) == 1 && strings.HasPrefix(value[i:], " OR ")
		return true
	})
	if len(open) == 0 || q.open == '"' {
		return value
	}
	if q.open == '\'' {
		if literal := value[strings.LastIndexByte(value, '\'')+1:]; strings.HasPrefix(literal, "{") {
			value = strings.TrimRight(value, ",") + "}"
		}
		return value + "'" + strings.Repeat(")", len(open))
	}
	if whole == 0 || ors {
		return value
	}
	return value[:whole] + ")"
}

// readComplete reads the figures that are whole out of ones that are not. The
// last is whole only if something stands behind it.
func (f *figures) readComplete(s string, closed bool) {
	pieces := strings.Fields(s)
	if !closed && len(pieces) > 0 {
		pieces = pieces[:len(pieces)-1]
	}
	actual := false
	for _, p := range pieces {
		name, value, _ := strings.Cut(strings.TrimRight(p, ",;"), "=")
		actual = actual || name == "actual" || name == "time"
		first, last, span := strings.Cut(value, "..")
		switch {
		case name == "cost" && span:
			readAll([]string{first, last}, &f.startup, &f.total)
		case name == "time" && span:
			readAll([]string{first, last}, &f.first, &f.last)
		case name == "rows" && actual:
			readAll([]string{value}, &f.got)
		case name == "rows":
			readAll([]string{value}, &f.rows)
		case name == "width":
			readAll([]string{value}, &f.width)
		case name == "loops":
			readAll([]string{value}, &f.loops)
		}
	}
}

// runsWithParent reports whether a node whose loops the author left out ran
// once, as its parent did: what a parent may run again is the inner side of a
// Nested Loop, a SubPlan, and what workers share.
func (n *Node) runsWithParent() bool {
	if n.Loops.Known() || !n.Ms.Known() && !n.Rows.Known() || n.Parent == nil || n.SubplanName != "" {
		return false
	}
	switch n.Parent.Type {
	case "Gather", "Gather Merge", "Recursive Union":
		return false
	case "Nested Loop":
		if n.Relationship == "Inner" {
			return false
		}
	}
	return n.Parent.Loops.Or(0) == 1
}
