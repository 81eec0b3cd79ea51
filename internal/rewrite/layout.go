package rewrite

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
)

const (
	shortStatement = 76 // characters of a statement that stays on one line
	shortSubquery  = 56 // and of one in brackets
)

// begins are the keywords that begin a line, beside the first one. The printer writes
// keywords in capitals, and identifiers in capitals in quotes.
var begins = map[string]bool{
	"SELECT": true, "FROM": true, "WHERE": true, "GROUP": true, "HAVING": true, "ORDER": true, "LIMIT": true, "OFFSET": true, "FETCH": true, "WINDOW": true, "VALUES": true,
	"UNION": true, "INTERSECT": true, "EXCEPT": true, "RETURNING": true, "SET": true, "FOR": true,
	"JOIN": true, "LEFT": true, "RIGHT": true, "FULL": true, "CROSS": true, "INNER": true, "NATURAL": true,
	"AND": true, "OR": true, "USING": true,
}

// layout breaks a printed statement into lines: one per clause, join and condition,
// and subqueries with an indentation of their own.
func layout(text string) string {
	text = strings.ReplaceAll(text, "extract ('", "extract('")
	for _, field := range [...]string{"year", "month", "day", "hour", "minute", "second", "epoch", "quarter", "week", "dow", "doy", "isodow", "isoyear"} {
		text = strings.ReplaceAll(text, "extract('"+field+"' FROM", "extract("+field+" FROM")
	}
	p := &printer{text: text}
	for t := range lex.Tokens(text) {
		p.toks = append(p.toks, t)
	}
	p.statement(0, len(p.toks), 0, shortStatement)
	return p.String()
}

type printer struct {
	strings.Builder
	text string
	toks []lex.Token
}

// statement prints the tokens of a statement.
func (p *printer) statement(from, to, indent, short int) {
	if from >= to {
		return
	}
	if p.toks[to-1].End-p.toks[from].Start <= short {
		p.WriteString(p.text[p.toks[from].Start:p.toks[to-1].End])
		return
	}
	cases, between, word := 0, false, ""
	inFrom := false
	for i := from; i < to; i++ {
		t := p.toks[i]
		upper := ""
		if t.Kind == lex.Word && t.Text == strings.ToUpper(t.Text) {
			upper = t.Text
		}
		next := ""
		if i+1 < to {
			next = p.toks[i+1].Text
		}
		switch upper {
		case "CASE":
			cases++
		case "END":
			cases--
		case "BETWEEN":
			between = true
		}
		breaks := i > from && cases == 0 && begins[upper]
		switch {
		case !breaks:
		case upper == "AND" && between:
			between, breaks = false, false
		case upper == "FROM" && (word == "DISTINCT" || word == "DELETE"), upper == "SET" && word == "UPDATE",
			(upper == "JOIN" || upper == "OR" && word == "CREATE") && (word == "LEFT" || word == "RIGHT" || word == "FULL" || word == "CROSS" || word == "INNER" || word == "NATURAL" || word == "OUTER"),
			upper == "SELECT" && word == "ALL" && false, upper == "USING" && !inFrom || upper == "USING" && next == "(":
			breaks = false
		case upper == "ORDER" && word == "WITHIN":
			breaks = false
		}
		switch upper {
		case "FROM", "UPDATE", "DELETE":
			inFrom = true
		case "WHERE", "SELECT":
			inFrom = false
		}
		if breaks {
			by := indent
			switch upper {
			case "AND", "OR", "JOIN", "LEFT", "RIGHT", "FULL", "CROSS", "INNER", "NATURAL":
				by += 2
			}
			p.line(by)
		} else if i > from {
			p.WriteString(p.text[p.toks[i-1].End:t.Start])
		}
		if upper != "" {
			word = upper
		} else {
			word = t.Text
		}
		if t.Text != "(" || t.Kind != lex.Symbol {
			p.WriteString(t.Text)
			continue
		}
		end := p.closing(i, to)
		inside := i + 1
		switch {
		case inside < end && (p.toks[inside].Text == "SELECT" || p.toks[inside].Text == "WITH" || p.toks[inside].Text == "VALUES") && p.toks[end-1].End-p.toks[inside].Start > shortSubquery:
			p.WriteString("(")
			p.line(indent + 4)
			p.statement(inside, end, indent+4, 0)
			p.line(indent + 2)
			p.WriteString(")")
		default:
			p.WriteString("(")
			p.group(inside, end, indent)
			p.WriteString(")")
		}
		word = ")"
		i = end
	}
}

// group prints what is in brackets and no statement, on one line but for the
// statements in it.
func (p *printer) group(from, to, indent int) {
	for i := from; i < to; i++ {
		if i > from {
			p.WriteString(p.text[p.toks[i-1].End:p.toks[i].Start])
		}
		if p.toks[i].Kind == lex.Symbol && p.toks[i].Text == "(" {
			end := p.closing(i, to)
			if i+1 < end && p.toks[i+1].Text == "SELECT" && p.toks[end-1].End-p.toks[i+1].Start > shortSubquery {
				p.WriteString("(")
				p.line(indent + 4)
				p.statement(i+1, end, indent+4, 0)
				p.line(indent + 2)
			} else {
				p.WriteString("(")
				p.group(i+1, end, indent)
			}
			p.WriteString(")")
			i = end
			continue
		}
		p.WriteString(p.toks[i].Text)
	}
}

func (p *printer) line(indent int) { p.WriteString("\n" + strings.Repeat(" ", indent)) }

// closing returns the position of the bracket that closes another one.
func (p *printer) closing(open, to int) int {
	depth := 0
	for i := open; i < to; i++ {
		if p.toks[i].Kind == lex.Symbol {
			switch p.toks[i].Text {
			case "(":
				depth++
			case ")":
				depth--
			}
		}
		if depth == 0 {
			return i
		}
	}
	return to - 1
}
