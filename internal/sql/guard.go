package sql

import (
	"errors"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// ErrTooDeep says that a text would nest so deeply that the parser's C stack
// could overflow, which nothing can recover from.
var ErrTooDeep = errors.New("a chain of operators, joins or set operations too long to parse safely")

// ErrNUL says that a text holds a NUL byte, at which C would cut it silently.
var ErrNUL = errors.New("a NUL byte")

// maxChain is the longest chain that reaches the parser. The C library dies
// between 20,000 and 70,000 terms on a stack of 8 MiB; other systems give
// threads an eighth of that.
const maxChain = 1_000

// guard refuses what could crash the parser. It is lexical: it counts, at each
// level of brackets, the operators since the last comma, AND or OR (lists and
// these two do not nest in the tree), and the joins and set operations since
// the level began (those do).
func guard(text string) error {
	if strings.IndexByte(text, 0) >= 0 {
		return ErrNUL
	}
	type level struct{ operators, joins int }
	levels := []level{{}}
	depth := 0
	for t := range lex.Tokens(text) {
		top := &levels[len(levels)-1]
		switch {
		case t.Kind == lex.Symbol && (t.Text == "(" || t.Text == "["):
			levels = append(levels, level{})
		case t.Kind == lex.Symbol && (t.Text == ")" || t.Text == "]"):
			if len(levels) > 1 {
				levels = levels[:len(levels)-1]
			}
		case t.Kind == lex.Symbol && (t.Text == "," || t.Text == ";"):
			top.operators = 0
		case t.Kind == lex.Operator:
			top.operators++
		case t.Kind == lex.Word:
			switch strings.ToLower(t.Text) {
			case "and", "or":
				top.operators = 0
			case "not", "is", "isnull", "notnull", "collate", "at", "case", "when", "like", "ilike", "similar", "in", "between":
				top.operators++
			case "join", "union", "intersect", "except":
				top.joins++
			}
		}
		if top.operators > maxChain || top.joins > maxChain {
			return ErrTooDeep
		}
		depth = max(depth, len(levels))
	}
	if depth > maxChain {
		return ErrTooDeep
	}
	return nil
}

// SyntaxError is a text that no grammar accepts.
type SyntaxError struct {
	Msg string // in words, without a piece of the text
}

func (e *SyntaxError) Error() string { return e.Msg }
