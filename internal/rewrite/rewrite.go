// Package rewrite drafts another form of a query that returns the same rows with less
// work. It is the one home of rewrites: each is a pure function from the parse tree of
// a query and a place in it to a changed tree, with what has to hold for the two to be
// equal. A rewrite that is not sure of the query refuses.
//
// What the schema settles (NOT NULL, UNIQUE, types) is no condition any more; what it
// does not say is one. Drafts are printed by the parser's own printer, parsed again,
// and compared with the changed tree.
package rewrite

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// A Rewrite is another form of a query.
type Rewrite struct {
	Name string // what the draft is: "keyset pagination"
	// change changes the tree. It returns false if the query has no place for it, or
	// if it is not sure.
	change func(*edit) bool
	// moves says that it evaluates parts of the query another number of times: their
	// functions must not be volatile.
	moves bool
}

// Place says where in the query the rewrite is wanted. What is empty is not asked for.
type Place struct {
	Relation string // the table's name
	Column   string
	CTE      string
	Joined   bool // the condition on the CTE is that of a join, which only a subquery inside it repeats
}

// Tables returns what is known of a table; nil if nothing is.
type Tables func(schema, name string) *workload.Table

// Draft is a rewritten query.
type Draft struct {
	Name     string
	Query    redact.Text
	Original redact.Text
	Notes    []string // what stands for what in it
	EqualIf  []string // what has to hold for it to return the same rows; empty: nothing
}

// Draft returns the rewritten query; false if the query cannot be parsed, has no such
// place, or if the rewrite is not sure of it.
func (r *Rewrite) Draft(query redact.Text, at Place, tables Tables) (Draft, bool) {
	stmt, err := sql.Open(query.Raw())
	if err != nil {
		return Draft{}, false
	}
	if tables == nil {
		tables = func(string, string) *workload.Table { return nil }
	}
	e := &edit{stmt: stmt, at: at, tables: tables}
	e.read()
	unknown := unknownFunctions(stmt)
	if !r.change(e) {
		return Draft{}, false
	}
	if r.moves && len(unknown) > 0 {
		e.provided(named(unknown...) + " is not volatile: it returns the same for the same arguments, and changes nothing")
	}
	text, err := sql.Print(stmt)
	if err != nil {
		return Draft{}, false
	}
	draft := redact.SQL(layout(text))
	for i, own := range e.own {
		draft = draft.Replace(mark(i), own)
	}
	if _, err := sql.Parse(draft.Raw()); err != nil {
		return Draft{}, false
	}
	return Draft{Name: r.Name, Query: draft, Original: query, Notes: e.notes, EqualIf: e.equalIf}, true
}

// edit is a query that is being rewritten.
type edit struct {
	stmt   node
	levels []*level
	at     Place
	tables Tables

	own     []string // the constants of the draft that are not the user's
	notes   []string
	equalIf []string
	params  int // the highest number of a parameter
	names   map[string]bool
}

// provided adds a condition.
func (e *edit) provided(condition string) {
	if !slices.Contains(e.equalIf, condition) {
		e.equalIf = append(e.equalIf, condition)
	}
}

// note adds what something in the draft stands for.
func (e *edit) note(text string) { e.notes = append(e.notes, text) }

// ownFirst is the number of the parameter that stands for the first constant of the
// draft itself, until the literals of the user are hidden.
const ownFirst = 70_000

func mark(i int) string { return "$" + strconv.Itoa(ownFirst+i) }

// param returns a new parameter, for a value that only the application knows.
func (e *edit) param() node {
	e.params++
	return node{"ParamRef": node{"number": e.params}}
}

// fresh returns a name that the query does not use.
func (e *edit) fresh(name string) string {
	for i := 2; e.names[name]; i++ {
		name = strings.TrimRight(name, "0123456789") + strconv.Itoa(i)
	}
	e.names[name] = true
	return name
}

// parsed returns the tree of a piece of SQL of the rewrite itself: an expression, or a
// SELECT. Its parameters $1, $2 ... stand for the nodes given.
func (e *edit) parsed(text string, with ...any) node {
	whole := strings.HasPrefix(text, "SELECT ")
	if !whole {
		text = "SELECT " + text
	}
	stmt, err := sql.Open(text)
	if err != nil {
		panic("rewrite: " + err.Error())
	}
	tree := replace(map[string]any(stmt), func(n node) (any, bool) {
		if p := body(n, "ParamRef"); p != nil {
			return clone(with[number(p["number"])-1]), true
		}
		if c := body(n, "A_Const"); c != nil {
			printed, err := sql.Print(node{"SelectStmt": node{"targetList": list{node{"ResTarget": node{"val": n}}}, "limitOption": "LIMIT_OPTION_DEFAULT", "op": "SETOP_NONE"}})
			if err != nil {
				panic("rewrite: " + err.Error())
			}
			e.own = append(e.own, strings.TrimPrefix(printed, "SELECT "))
			return node{"ParamRef": node{"number": ownFirst + len(e.own) - 1}}, true
		}
		return nil, false
	})
	if whole {
		return tree.(node)
	}
	return body(body(tree, "SelectStmt").list("targetList")[0], "ResTarget").node("val")
}
