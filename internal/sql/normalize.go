package sql

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// Normalize folds what does not matter to which statement a text is, so that
// a plan's query text meets its row of pg_stat_statements: literals and
// parameters become one placeholder, lists of them one element, white space,
// comments and the case of unquoted words go. It needs no parser and is linear.
func Normalize(text string) string {
	out := make([]string, 0, len(text)/4+1) // a token and what stands around it
	for t := range lex.Tokens(text) {
		w, last := t.Text, ""
		if len(out) > 0 {
			last = out[len(out)-1]
		}
		switch t.Kind {
		case lex.Comment:
			continue
		case lex.String, lex.Number, lex.Param:
			w = "?"
		case lex.Word:
			w = strings.ToLower(w)
		case lex.Symbol:
			if w == ";" {
				continue
			}
		case lex.Operator:
			// A signed number was one constant to the server.
			if (w == "-" || w == "+") && (last == "(" || last == "," || last == "=" || last == "") {
				continue
			}
		}
		if n := len(out); w == "?" && last == "," && n > 1 && out[n-2] == "?" {
			out = out[:n-1] // IN (1, 2, 3) and IN ($1) are one statement
			continue
		}
		out = append(out, w)
	}
	return strings.Join(out, " ")
}
