package sql

import (
	"errors"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// ErrTooDeep reports a text that nests so deeply that the parser's C stack could
// overflow, which a process does not survive.
var ErrTooDeep = errors.New("a chain of operators, joins or set operations is too long to parse safely")

// ErrNUL reports a text with a NUL byte, where C would end it.
var ErrNUL = errors.New("the text has a NUL byte")

// maxChain is the longest chain that is parsed. The C library dies between
// 20,000 and 70,000 terms with a stack of 8 MiB, and some systems give threads
// an eighth of that.
const maxChain = 1_000

// guard returns an error for text that could crash the parser. It counts tokens
// at each bracket level: the operators since the last comma, AND or OR (lists
// and these two do not nest in the parse tree), and the joins and set operations
// since the level began (these do nest).
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

// SyntaxError reports a text that no grammar accepts.
type SyntaxError struct {
	Msg string // never quotes the text
}

func (e *SyntaxError) Error() string { return e.Msg }
