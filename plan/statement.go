package plan

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// statement is a text that can be SQL. last is the input line it ends on.
type statement struct {
	last    int
	text    string
	changes bool // it has no plan, and changes those of later statements
}

// maxStatement limits the lines of a statement; maxChange those of one that has no plan,
// which its semicolon ends.
const maxStatement, maxChange = 1000, 30

// findStatements returns the statements that people paste before a plan, typed
// or echoed by a console. They are not checked to be SQL.
func findStatements(lines []line) []statement {
	var found []statement
	for i := 0; i < len(lines); i++ {
		first := lex.Unprompted(lines[i].text)
		for {
			change, last, rest := changeAt(lines, i, first)
			if change == "" {
				break
			}
			found = append(found, statement{lines[last].no, change, true})
			i, first = last, rest
		}
		if !beginsStatement(first) {
			continue
		}
		var b strings.Builder
		j := i
		for ; j < len(lines) && j < i+maxStatement; j++ {
			s := first
			if j > i {
				s = lex.Unprompted(lines[j].text)
			}
			if j > i && (endsStatement(s) || isPlanLine(s)) {
				break
			}
			b.WriteString(s + "\n")
			if strings.HasSuffix(strings.TrimRight(s, " "), ";") {
				j++
				break
			}
		}
		if text := withoutExplain(b.String()); text != "" {
			found = append(found, statement{last: lines[j-1].no, text: text})
		}
		i = j - 1
	}
	return found
}

// changing are the words that begin statements which change how others are planned, and what
// follows them in one that does.
var changing = map[string]string{
	"SET": "", "RESET": "", "ANALYZE": "", "ANALYSE": "", "VACUUM": "", "CLUSTER": "", "REINDEX": "", "ALTER": "TABLE INDEX DATABASE ROLE USER SYSTEM",
	"CREATE": "INDEX UNIQUE STATISTICS EXTENSION", "DROP": "INDEX STATISTICS",
}

// changeAt returns the statement of such a kind that begins with a line, without its
// semicolon; empty if there is none. last is the line with the semicolon, rest what follows it.
func changeAt(lines []line, at int, first string) (text string, last int, rest string) {
	if !beginsChange(first) {
		return "", at, ""
	}
	var b strings.Builder
	for last = at; last < len(lines) && last < at+maxChange; last++ {
		s := first
		if last > at {
			s = lex.Unprompted(lines[last].text)
			if endsStatement(s) || isPlanLine(s) || beginsStatement(s) || beginsChange(s) {
				return "", at, "" // a command tag, or prose
			}
			b.WriteByte('\n')
		}
		for t := range lex.Tokens(s) {
			if t.Text == ";" {
				b.WriteString(s[:t.Start])
				return strings.TrimSpace(b.String()), last, strings.TrimSpace(s[t.End:])
			}
		}
		b.WriteString(s)
	}
	return "", at, ""
}

func beginsChange(s string) bool {
	word, what, _ := strings.Cut(strings.TrimRight(s, "; "), " ")
	if len(word) < len("SET") || len(word) > len("ANALYZE") {
		return false
	}
	kinds, known := changing[strings.ToUpper(word)]
	kind, _, _ := strings.Cut(strings.TrimLeft(what, " "), " ")
	return known && (kinds == "" || slices.Contains(strings.Fields(kinds), strings.ToUpper(kind)))
}

// beginsStatement reports whether a line starts with the keyword of a statement
// that can be explained.
func beginsStatement(s string) bool {
	word, rest, _ := strings.Cut(s, " ")
	if len(word) <= len("EXPLAIN") {
		switch strings.ToUpper(word) {
		case "EXPLAIN", "SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE":
			return true
		}
		return false
	}
	return rest == "" && strings.HasPrefix(strings.ToUpper(word), "EXPLAIN(")
}

// endsStatement reports whether a line cannot belong to a statement: psql's
// header or ruler, or the fence of a code block.
func endsStatement(s string) bool {
	s = strings.TrimSpace(s)
	return strings.Contains(s, queryPlanHeader) || strings.HasPrefix(s, "```") || isRuler(s) && len(s) > 2
}

// withoutExplain returns the statement after EXPLAIN and its options.
func withoutExplain(s string) string {
	s = strings.TrimRight(strings.TrimSpace(s), "; \n")
	if len(s) < 7 || !strings.EqualFold(s[:7], "explain") {
		return s
	}
	depth, at := 0, 7
	for t := range lex.Tokens(s[7:]) {
		switch word := strings.ToUpper(t.Text); {
		case t.Text == "(":
			if depth == 0 && strings.HasPrefix(strings.ToUpper(strings.TrimSpace(s[7+t.End:])), "SELECT") {
				return strings.TrimSpace(s[7+t.Start:])
			}
			depth++
		case t.Text == ")":
			depth--
		case depth == 0 && word != "ANALYZE" && word != "ANALYSE" && word != "VERBOSE" && t.Kind != lex.Comment:
			return strings.TrimSpace(s[at+t.Start:])
		}
	}
	return ""
}

// attachStatements gives each plan the statements between it and the plan before: Above is
// the last one that has a plan, Since are those that change plans.
func attachStatements(found []statement, plans []*Plan) {
	at := 0
	for _, p := range plans {
		text := ""
		for ; at < len(found) && found[at].last < p.Line; at++ {
			if found[at].changes {
				p.Since = append(p.Since, redact.SQL(found[at].text))
				continue
			}
			text = found[at].text
		}
		if text != "" && p.Query.Empty() {
			p.Above = redact.SQL(text)
		}
	}
}
