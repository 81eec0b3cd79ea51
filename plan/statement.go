package plan

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// statement is a text that can be SQL. last is the input line it ends on.
type statement struct {
	last int
	text string
}

// maxStatement limits the lines of a statement.
const maxStatement = 1000

// findStatements returns the statements that people paste before a plan, typed
// or echoed by a console. They are not checked to be SQL.
func findStatements(lines []line) []statement {
	var found []statement
	for i := 0; i < len(lines); i++ {
		first := lex.Unprompted(lines[i].text)
		if !beginsStatement(first) {
			continue
		}
		var b strings.Builder
		j := i
		for ; j < len(lines) && j < i+maxStatement; j++ {
			s := lex.Unprompted(lines[j].text)
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
			found = append(found, statement{lines[j-1].no, text})
		}
		i = j - 1
	}
	return found
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

// attachStatements sets Above of each plan to the last statement between it and
// the plan before.
func attachStatements(found []statement, plans []*Plan) {
	at := 0
	for _, p := range plans {
		text := ""
		for ; at < len(found) && found[at].last < p.Line; at++ {
			text = found[at].text
		}
		if text != "" && p.Query.Empty() {
			p.Above = redact.SQL(text)
		}
	}
}
