package sql

import (
	"regexp"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// Parse reads one statement. The error is ErrTooDeep, ErrNUL or a *SyntaxError,
// also for syntax newer than the grammars and for a text that was cut off.
func Parse(text string) (*Query, error) { return queries.get(text, parseQuery) }

func parseQuery(text string) (*Query, error) {
	if strings.HasSuffix(strings.TrimRight(text, " \t\r\n;"), "…") { // which the grammar takes for a part of a name
		return nil, &SyntaxError{Msg: "the text was cut off"}
	}
	return parseQueryBy(grammars, text)
}

func parseQueryBy(grammars []grammar, text string) (*Query, error) {
	tree, err := parseBy(grammars, denormalize(text))
	if err != nil {
		return nil, err
	}
	var q *Query
	withTree(tree, func(r Result) {
		if stmt := r.Get("stmts.0.stmt"); stmt.Exists() {
			q = statement(unwrap(stmt))
		}
	})
	if q == nil {
		return nil, &SyntaxError{Msg: "no statement"}
	}
	return q, nil
}

// Tree returns the parse tree of one statement, for DDL, which is no Query. The
// errors are those of Parse.
func Tree(text string) (Node, error) {
	tree, err := parse(text)
	if err != nil {
		return Node{}, err
	}
	n := unwrap(ParseResult(tree).Get("stmts.0.stmt"))
	if n.Kind == "" {
		return Node{}, &SyntaxError{Msg: "no statement"}
	}
	return n, nil
}

// ParseCond reads an expression as a plan prints it and returns its conjuncts.
// What no grammar accepts (a SubPlan, a parameter of the executor) is read as a
// value known at run time.
func ParseCond(expr string) ([]Cond, error) { return conds.get(expr, parseCond) }

func parseCond(expr string) ([]Cond, error) {
	if expr == "" {
		return nil, nil
	}
	tree, err := parse("SELECT WHERE " + denormalize(planExpression(expr)))
	if err != nil {
		return nil, err
	}
	var list []Cond
	withTree(tree, func(r Result) {
		list = conjuncts(unwrap(r.Get("stmts.0.stmt.SelectStmt.whereClause")), nil)
	})
	return list, nil
}

// ColumnsOf returns the columns in an expression that a plan prints; nil if the
// expression cannot be parsed.
func ColumnsOf(expr string) []Column {
	if expr == "" {
		return nil
	}
	list, _ := columnLists.get(expr, func(expr string) ([]Column, error) {
		tree, err := parse("SELECT WHERE " + denormalize(planExpression(expr)))
		if err != nil {
			return nil, err
		}
		var list []Column
		withTree(tree, func(r Result) {
			list = columnsIn(unwrap(r.Get("stmts.0.stmt.SelectStmt.whereClause")), nil)
		})
		return list, nil
	})
	return list
}

// ParseKeys reads the entries of a plan's Sort Key or Group Key. An entry that
// cannot be parsed is a key without a column.
func ParseKeys(list []string) []Key {
	keys := make([]Key, len(list))
	for i, entry := range list {
		keys[i], _ = sortKeys.get(entry, parseKey)
	}
	return keys
}

// directions matches what is behind the expression of a key.
var directions = regexp.MustCompile(`(?: (?:ASC|DESC))?(?: NULLS (?:FIRST|LAST))?$`)

func parseKey(entry string) (Key, error) {
	tree, err := parse("SELECT ORDER BY " + denormalize(planExpression(entry)))
	if err != nil {
		return Key{}, err
	}
	var k Key
	withTree(tree, func(r Result) {
		k = sortKey(unwrap(r.Get("stmts.0.stmt.SelectStmt.sortClause.0")), nil)
	})
	if k.Expr.Raw() == unwritten && strings.Contains(entry, "CASE ") {
		k.Expr = redact.SQL(directions.ReplaceAllString(entry, "")) // as the plan has it
	}
	return k, nil
}

// planExpression replaces what only plans print by SQL: "(SubPlan 1)" and
// "(hashed SubPlan 1)" by a sub-select, "(InitPlan 1).col1" and $0 by a
// parameter, "OVER (?)" by a window. "(ANY (a = (SubPlan 1).col1))" of 17 and
// later becomes "((a = ANY (SELECT true)))". What an author left out, "...", is a
// parameter, too.
func planExpression(expr string) string {
	expr = strings.ReplaceAll(expr, " OVER (?)", " OVER ()")
	if !strings.Contains(expr, "Plan ") && !strings.Contains(expr, "$0") && !strings.Contains(expr, "SubPlan") && !strings.Contains(expr, "...") && !strings.Contains(expr, "…") {
		return expr
	}
	toks := collect(expr)
	var b strings.Builder
	at := 0
	quantifier := "" // of the comparisons with columns of a SubPlan that follow
	for i := 0; i < len(toks); i++ {
		t := toks[i]
		end, with := 0, ""
		switch {
		case (t.Text == "ANY" || t.Text == "ALL") && i > 0 && toks[i-1].Text == "(":
			end, quantifier = t.End, t.Text+" "
		case t.Text == "$0", t.Text == "…":
			end, with = t.End, "$1"
		case t.Text == "." && i+2 < len(toks) && toks[i+1].Text == "." && toks[i+2].Text == ".":
			end, with = toks[i+2].End, "$1"
			i += 2
		case t.Text == "(" && i+1 < len(toks):
			j := i + 1
			if toks[j].Text == "hashed" || toks[j].Text == "rescan" {
				j++
			}
			if j+2 < len(toks) && (toks[j].Text == "SubPlan" || toks[j].Text == "InitPlan") && toks[j+1].Kind == lex.Number && toks[j+2].Text == ")" {
				end, with = toks[j+2].End, "(SELECT true)"
				if toks[j].Text == "InitPlan" {
					with = "$1"
				}
				i = j + 2
				// ".col1" of 17 and later.
				if i+2 < len(toks) && toks[i+1].Text == "." && strings.HasPrefix(toks[i+2].Text, "col") {
					end = toks[i+2].End
					i += 2
					if with != "$1" {
						with = quantifier + with
					}
				}
			}
		case t.Text == "alternatives":
			return expr // of PostgreSQL 13: there is no SQL for it
		}
		if end > 0 {
			b.WriteString(expr[at:t.Start])
			b.WriteString(with)
			at = end
		}
	}
	b.WriteString(expr[at:])
	return b.String()
}

func collect(s string) []lex.Token {
	var list []lex.Token
	for t := range lex.Tokens(s) {
		if t.Kind != lex.Comment {
			list = append(list, t)
		}
	}
	return list
}

// literalTypes are the words that begin a typed literal. The grammar accepts no
// parameter in place of its string, which pg_stat_statements writes: date $1
// becomes $1::date.
var literalTypes = map[string]string{
	"date": "date", "timestamp": "timestamp", "timestamptz": "timestamptz", "time": "time", "timetz": "timetz",
	"interval": "interval", "numeric": "numeric", "json": "json", "jsonb": "jsonb", "uuid": "uuid", "inet": "inet",
	"bool": "bool", "boolean": "boolean", "int": "int", "integer": "integer", "bigint": "bigint", "text": "text", "point": "point",
	"double": "float8",
}

// mayHaveTyped reports whether a parameter can be a typed literal's, or EXTRACT's: the
// word before it, or before the bracket that it follows, begins one.
func mayHaveTyped(text string) bool {
	comments := strings.Contains(text, "--") || strings.Contains(text, "/*") // between them
	for at := 0; ; {
		next := strings.IndexByte(text[at:], '$')
		if next < 0 {
			return false
		}
		before := strings.TrimRight(text[:at+next], " \t\n\r\f\v")
		before = strings.TrimRight(strings.TrimSuffix(before, "("), " \t\n\r\f\v")
		at += next + 1
		start := len(before)
		for start > 0 && (before[start-1]|0x20 >= 'a' && before[start-1]|0x20 <= 'z') {
			start--
		}
		switch word := before[start:]; {
		case word == "":
			if comments {
				return true
			}
		case len(word) > len("timestamptz"):
		default:
			switch name := strings.ToLower(word); name {
			case "zone", "precision", "extract":
				return true
			default:
				if literalTypes[name] != "" {
					return true
				}
			}
		}
	}
}

// denormalize turns a text that pg_stat_statements normalized into SQL that can
// be parsed.
func denormalize(text string) string {
	if !mayHaveTyped(text) {
		return text
	}
	var b strings.Builder
	at := 0
	toks := collect(text)
	for i, t := range toks {
		if t.Kind != lex.Param || i == 0 {
			continue
		}
		prev := toks[i-1]
		typ, typed := literalTypes[strings.ToLower(prev.Text)]
		begin := prev.Start
		lower := func(n int) string {
			if i-n < 0 {
				return ""
			}
			return strings.ToLower(toks[i-n].Text)
		}
		switch {
		case lower(1) == "zone" && lower(2) == "time" && (lower(3) == "with" || lower(3) == "without") && i >= 4:
			// timestamp with time zone $1
			typ, typed = "timestamptz", literalTypes[lower(4)] != ""
			if lower(3) == "without" {
				typ = "timestamp"
			}
			begin = toks[i-4].Start
		case lower(1) == "precision" && lower(2) == "double":
			typ, typed, begin = "float8", true, toks[i-2].Start
		case lower(1) == "extract" || lower(2) == "extract" && lower(1) == "(":
			// EXTRACT($1 FROM x): the grammar expects a word.
			b.WriteString(text[at:t.Start])
			b.WriteString("epoch")
			at = t.End
			continue
		}
		if !typed || prev.Kind != lex.Word || i >= 2 && (toks[i-2].Text == "." || toks[i-2].Text == "::" || strings.EqualFold(toks[i-2].Text, "as")) && lower(1) != "zone" {
			continue
		}
		b.WriteString(text[at:begin])
		b.WriteString(t.Text + "::" + typ)
		at = t.End
		// interval $1 day, interval $1 year to month
		if typ == "interval" {
			for j := i + 1; j < len(toks) && intervalFields[strings.ToLower(toks[j].Text)]; j++ {
				at = toks[j].End
			}
		}
	}
	b.WriteString(text[at:])
	return b.String()
}

var intervalFields = map[string]bool{"year": true, "month": true, "day": true, "hour": true, "minute": true, "second": true, "to": true}
