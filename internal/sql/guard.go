package sql

import (
	"errors"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/limits"
)

// ErrTooDeep reports a text that nests so deeply that the parser's C stack could
// overflow, which a process does not survive.
var ErrTooDeep = errors.New("a chain of operators, joins or set operations is too long to parse safely")

// ErrNUL reports a text with a NUL byte, where C would end it.
var ErrNUL = errors.New("the text has a NUL byte")

// guard returns an error for text that could crash the parser. It counts tokens
// at each level of brackets and CASE: the operators since the last comma, AND or OR
// (lists and these two do not nest in the parse tree), and the joins and set operations
// since the level began (these do nest).
func guard(text string) error {
	if strings.IndexByte(text, 0) >= 0 {
		return ErrNUL
	}
	if len(text) <= limits.Chain {
		return nil // it has fewer tokens
	}
	levels := []chain{{}}
	for t := range lex.Tokens(text) {
		top := &levels[len(levels)-1]
		switch {
		case t.Kind == lex.Symbol && (t.Text == "(" || t.Text == "["):
			levels = append(levels, chain{})
		case t.Kind == lex.Symbol && (t.Text == ")" || t.Text == "]"):
			levels = closed(levels)
		case t.Kind == lex.Symbol && (t.Text == "," || t.Text == ";"):
			top.operators = 0
		case t.Kind == lex.Operator:
			top.operators++
		case t.Kind == lex.Word:
			switch strings.ToLower(t.Text) {
			case "and", "or":
				if top.betweens > 0 {
					top.betweens--
				} else {
					top.operators = 0
				}
			case "between":
				top.betweens++
				top.operators++
			case "case":
				levels = append(levels, chain{ofCase: true})
			case "end":
				if top.ofCase {
					levels = levels[:len(levels)-1]
				}
			case "not", "is", "isnull", "notnull", "collate", "at", "when", "like", "ilike", "similar", "in", "overlaps", "operator":
				top.operators++
			case "join", "union", "intersect", "except":
				top.joins++
			}
		}
		if top.operators > limits.Chain || top.joins > limits.Chain || len(levels) > limits.Chain {
			return ErrTooDeep
		}
	}
	return nil
}

// chain is what was counted at one level.
type chain struct {
	operators, joins int
	betweens         int // whose AND has not come yet
	ofCase           bool
}

// closed returns the levels after a closing bracket. A CASE within the brackets ends with
// them.
func closed(levels []chain) []chain {
	i := len(levels) - 1
	for i > 0 && levels[i].ofCase {
		i--
	}
	return levels[:max(i, 1)]
}

// SyntaxError reports a text that no grammar accepts.
type SyntaxError struct {
	Msg string // never quotes the text
}

func (e *SyntaxError) Error() string { return e.Msg }
