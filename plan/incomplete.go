package plan

import (
	"strings"
)

// Lines that are incomplete because an author shortened them or a pager cut
// them off. Nothing here runs on complete plans.

// arrows are "->" and what editors replace it with.
var arrows = [...]string{"->", "→", "–>", "—>", "−>", "➔", "⇒"}

func cutArrow(s string) (string, bool) {
	for _, a := range arrows {
		if rest, ok := strings.CutPrefix(s, a); ok {
			return strings.TrimLeft(rest, " "), true
		}
	}
	return s, false
}

// figureStarts are the texts that a node's figures start with.
var figureStarts = [...]string{"(cost=", "(actual ", "(plan rows=", "(never executed)", "(...)", "(…)"}

// cutIncompleteFigures reads a node line whose figures are incomplete or not at
// its end: cut off by a pager, shortened by the author, or followed by a
// remark. missing reports whether figures are missing.
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
			// A remark, or figures that the end of the input cut off.
			cut := !closed && strings.HasPrefix("actual ", inner) || strings.HasPrefix(inner, "actual") || strings.HasPrefix(inner, "cost") || strings.Contains(inner, "rows=") || strings.Contains(inner, "loops=")
			return words, f, missing || cut, true
		}
		rest = strings.TrimLeft(after, " ")
	}
	return words, f, missing, true
}

// readAbbreviated fills a node whose words the author shortened: "Index Scan
// ...", or a scan without its table if figures follow.
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
	bare, index, _ := strings.Cut(bare, " using ") // of an index scan without its table
	for _, f := range formsByWord[word] {
		if f.words == bare {
			n.Index = strings.Trim(index, `"`)
			n.Type, n.Operation, n.Strategy, n.JoinType, n.Parallel = f.typ, f.operation, f.strategy, f.join, parallel
			return true
		}
	}
	return false
}

// cutRemark removes what an author wrote in brackets after a node's words
// instead of its property lines: "Sort  (Sort Key: a, top-N heapsort)".
func cutRemark(s string) (words, remark string) {
	at := strings.Index(s, " (")
	if at < 0 || !strings.HasSuffix(s, ")") {
		return s, ""
	}
	return strings.TrimRight(s[:at], " "), s[at+2 : len(s)-1]
}

// ellipses mark a value whose end was left out, as pgAdmin does with long ones.
var ellipses = [...]string{"(...)", "(…)", "...", "…"}

// isTruncated reports whether a value was cut off: at the width of the screen,
// where less prints > at the end, or at a maximum length, within its brackets.
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

// repairCondition closes a truncated condition so that it can be parsed: a
// literal can be shortened, and the last of several conditions joined by AND
// can be dropped. Otherwise the value is returned unparsable, as it is.
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

// readComplete reads the complete figures of an incomplete list. Without the
// closing bracket the last figure counts as incomplete.
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

// runsWithParent reports whether a node without printed loops ran as often as
// its parent. The inner side of a Nested Loop, a SubPlan and nodes below a
// Gather can run more often. A parent that ran several times may keep the rows
// of its input, unless each process reads a part of them.
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
	return n.Parent.Loops.Or(0) == 1 || n.Parallel && n.Parent.Loops.Or(0) > 1
}
