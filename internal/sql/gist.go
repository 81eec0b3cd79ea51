package sql

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// Gist returns what the beginning of a statement tells that cannot be parsed as a whole, such
// as one that a display cut off: what it does, and to which table first, unless the table's
// name is cut, too. It is nil if the beginning does not tell that, or is of no statement.
func Gist(text string) *Query {
	var tokens []lex.Token
	for t := range lex.Tokens(text) {
		if t.Kind != lex.Comment {
			tokens = append(tokens, t)
		}
	}
	word := func(i int) string {
		if i >= len(tokens) || tokens[i].Kind != lex.Word {
			return ""
		}
		return strings.ToLower(tokens[i].Text)
	}
	q, at := &Query{Beginning: true}, 0
	switch first, second := word(0), word(1); {
	case first == "select":
		depth := 0
		for at = 1; at < len(tokens) && (depth > 0 || word(at) != "from"); at++ {
			switch tokens[at].Text {
			case "(":
				depth++
			case ")":
				depth--
			}
		}
		if at == len(tokens) && !endsCut(text) {
			return nil // words about a query
		}
		q.Kind, at = Select, at+1
	case first == "update":
		q.Kind, at = Update, 1
	case first == "delete" && second == "from":
		q.Kind, at = Delete, 2
	case (first == "insert" || first == "merge") && second == "into":
		q.Kind, at = map[string]Kind{"insert": Insert, "merge": Merge}[first], 2
	default:
		return nil
	}
	if word(at) == "only" {
		at++
	}
	var name []string
	end := len(text)
	for ; at < len(tokens); at += 2 {
		part, ok := tokens[at].Name()
		if !ok {
			return nil
		}
		name, end = append(name, part), tokens[at].End
		if at+1 >= len(tokens) || tokens[at+1].Text != "." {
			break
		}
	}
	rest := text[end:]
	switch {
	case len(name) > 2, strings.HasPrefix(rest, "(") && q.Kind == Select, len(name) > 0 && strings.HasPrefix(name[0], "pg_"):
		return nil // a function, or of the server
	case len(name) == 0, strings.Contains(name[len(name)-1], "…"), strings.TrimSpace(rest) == "", strings.HasPrefix(rest, "."):
		if !endsCut(text) {
			return nil
		}
		return q
	}
	t := Table{Name: name[len(name)-1]}
	if len(name) > 1 {
		t.Schema = name[0]
	}
	q.Tables = []Table{t}
	return q
}

// endsCut reports whether a text ends in what displays put where they cut it off.
func endsCut(text string) bool {
	text = strings.TrimRight(text, " \t\r\n;")
	return strings.HasSuffix(text, "…") || strings.HasSuffix(text, "...")
}
