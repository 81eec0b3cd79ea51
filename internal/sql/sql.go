// Package sql reads SQL with PostgreSQL's own grammar. It is the only package
// that imports pg_query.
//
// The result is not a parse tree but a Query: what index advice and the rules
// need to know of a statement. A build with cgo tries the C library first, which
// has the grammar of PostgreSQL 16, and then the grammar of 17, which runs as
// WebAssembly. A build without cgo has the second one alone. Both read the same.
// Text that could crash the parser (a NUL byte, a chain of many thousand
// operators) is refused before.
package sql

import (
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

// Kind is what a statement does.
type Kind int

const (
	Other Kind = iota // utility, DDL, transaction control
	Select
	Insert
	Update
	Delete
	Merge
)

// Query is the shape of one statement. Sub-selects and CTEs are queries of
// their own in Parts; every list below is of this level alone.
type Query struct {
	Kind      Kind
	Explained bool    // it stood behind EXPLAIN
	NotIn     bool    // it is the sub-select of NOT IN (SELECT ...), or of <> ALL
	Whole     bool    // it stood in COPY, a cursor or CREATE TABLE AS, which want all of its rows
	With      []*CTE  // what WITH names
	From      []Item  // what FROM, JOIN, UPDATE, INSERT INTO ... name
	Tables    []Table // those of From that are tables
	Target    string  // alias or name (as in Tables) of the table that is written; empty for SELECT

	Where    []Cond // conjuncts of WHERE and of inner joins' ON
	Joins    []Join // what is joined otherwise than by Where
	Sort     []Key  // ORDER BY
	Group    []Key  // GROUP BY
	Having   []Cond
	Windows  []Window
	Limit    bool // LIMIT or FETCH FIRST
	LimitTo  int  // its number, where it is written out; else 0
	Offset   bool
	Locks    bool // FOR UPDATE or SHARE
	Waits    bool // FOR UPDATE or SHARE that waits for rows locked by others
	LocksAll bool // FOR UPDATE or SHARE without OF: it locks the rows of every table
	Distinct bool
	Firsts   []Key    // DISTINCT ON
	Star     bool     // SELECT * or t.*
	Count    bool     // the only output is count(*) or count(1)
	Sums     int      // aggregates that the outputs call
	Ends     []End    // min and max, if they are all the aggregates
	Set      []Set    // columns that UPDATE, ON CONFLICT DO UPDATE or MERGE assign
	Columns  []Column // every column named at this level, each once
	Output   []Output // of SELECT or RETURNING
	Carried  []Column // those of Columns that outputs, groups and orders name: what joins hand on
	Beyond   string   // what of this level the shape leaves out: "a window function"; empty if nothing

	Subs  []Sub // sub-selects that outputs, HAVING, orders and SET ask
	Arms  []*Query
	SetOp SetOp // of the Arms
	Rows  int   // of VALUES

	Parts []*Query // all sub-selects, CTEs and arms
}

// All yields a query and all that stands in it: sub-selects, CTEs, which may write,
// and arms.
func (q *Query) All(yield func(*Query) bool) { q.walk(yield) }

func (q *Query) walk(yield func(*Query) bool) bool {
	if q == nil {
		return true
	}
	if !yield(q) {
		return false
	}
	for _, part := range q.Parts {
		if !part.walk(yield) {
			return false
		}
	}
	return true
}

// SetOp is how the arms of a set operation are put together.
type SetOp struct {
	Name string // "UNION", "INTERSECT", "EXCEPT"; empty for none
	All  bool
}

// CTE is a query that WITH names.
type CTE struct {
	Name      string
	Part      *Query
	Recursive bool // it reads itself
	Refs      int  // how often it is read
	Apart     bool // MATERIALIZED
	Inline    bool // NOT MATERIALIZED
}

// Item is a relation of FROM: a table, or what gives rows in the place of one.
type Item struct {
	Table
	Part    *Query // the sub-select; of a CTE its query
	CTE     *CTE
	Func    string   // a function
	Rows    int      // that the function gives, where it can be told
	Args    []Column // of the function
	Names   []string // of the columns, where the alias lists them
	Lateral bool
}

// isTable reports whether an item is a relation of the catalogue.
func (i Item) isTable() bool { return i.Part == nil && i.Func == "" }

// Output is one of a SELECT's: a column, "*" for all of them, or an
// expression, which is no column.
type Output struct {
	Column
	As   string // its name
	Side Cond   // an expression, as the side of a condition
}

// End is a min or a max.
type End struct {
	Column Column
	Max    bool
}

// Window is what window functions go over.
type Window struct {
	Partition, Order []Key
	Calls            int // of functions
}

// SubKind is what a sub-select is asked for.
type SubKind int

const (
	Scalar SubKind = iota // a value
	Exists                // whether it has rows
	Any                   // whether one of its rows fits: IN
	All                   // whether all do
	Array                 // all of its rows
)

// Sub is a sub-select that an expression asks.
type Sub struct {
	Kind SubKind
	Part *Query // one of Parts
}

// JoinKind is how rows are joined that have no partner, or several.
type JoinKind int

const (
	Left JoinKind = iota + 1 // rows of the left side stay without a partner
	Full                     // rows of both sides do
	Semi                     // EXISTS and IN: a row is kept once if it has a partner
	Anti                     // NOT EXISTS: a row is kept if it has none
)

// Join is an outer join, or a sub-select that WHERE asks for a partner.
type Join struct {
	Kind        JoinKind
	Left, Right []int    // positions in From; empty for a sub-select
	On          []Cond   // conjuncts of ON
	Part        *Query   // the sub-select, one of Parts
	In          []Column // what IN compares with the sub-select's outputs
}

// Table is a relation that a statement names.
type Table struct{ Schema, Name, Alias string }

// Ref is the name by which the statement's columns call the table.
func (t Table) Ref() string {
	if t.Alias != "" {
		return t.Alias
	}
	return t.Name
}

// Column is a column as a statement names it. Table is the qualifier as
// written (an alias or a table), empty if there was none.
type Column struct{ Table, Name string }

// Op is how a condition compares.
type Op string

const (
	Eq       Op = "="
	Ne       Op = "<>"
	Range    Op = "range" // < <= > >= and BETWEEN
	In       Op = "in"    // IN (...), = ANY (...)
	IsNull   Op = "is null"
	NotNull  Op = "is not null"
	IsTrue   Op = "is true"  // a bare boolean column
	IsFalse  Op = "is false" // NOT of one
	NotTrue  Op = "is not true"
	NotFalse Op = "is not false"
	Like     Op = "like"     // LIKE with a pattern that has a fixed prefix, or one not known
	LikeAny  Op = "like any" // LIKE with a leading wildcard, ILIKE, ~, ~*
	Member   Op = "member"   // value = ANY (column): no index answers it
	Contains Op = "contains" // @> <@ && ? @@ and the other operators of GIN and GiST
	Or       Op = "or"       // a disjunction: see Any
	Unknown  Op = "unknown"
)

// Value is what a condition compares its column with.
type Value int

const (
	NoValue Value = iota // IS NULL, a bare boolean
	Const                // a literal, or an expression of literals alone
	Param                // $1
	Stable               // now(), current_date and other calls without columns
	Runtime              // a column of another table, a sub-select: known only at run time
)

// Cond is one conjunct.
type Cond struct {
	Text     redact.Text // as written, or as the plan printed it
	Op       Op
	Operator string // the operator's own name: "<", "@>", "~~*"

	// Left is the column the condition is about, if it is a bare column (a
	// binary-coercible relabel such as varchar's ::text does not count
	// against it).
	Left Column
	// Relabel is the type of the cast that was looked through for Left; empty
	// if there was none. Of a column of another type the cast converts: see
	// Converted.
	Relabel string
	// Expr is set instead where an expression stands on the column's side:
	// lower(email), (n)::numeric. Func is its outermost function, Cast the
	// type it is cast to, ExprColumns the columns in it.
	Expr        redact.Text
	Func        string
	Cast        string
	ExprColumns []Column

	Value  Value
	Const  redact.Text   // the literal as written, when Value is Const
	Other  Column        // the other column, when the right side is one bare column
	Others []Column      // the right side's columns, when it is an expression
	InSize int           // elements of an IN list, where they can be counted
	List   []redact.Text // the elements as written, where all of them are literals

	Joined bool  // it is one of Joins, too
	Subs   []Sub // sub-selects that it asks; none if it is joined

	Any [][]Cond // the branches of an OR, each the conjuncts of one
}

// Turned is a comparison of two bare columns the other way round.
func (c Cond) Turned() (Cond, bool) {
	operator, ok := commuted[c.Operator]
	if !ok || c.Left.Name == "" || c.Other.Name == "" {
		return c, false
	}
	c.Left, c.Other, c.Operator = c.Other, c.Left, operator
	return c, true
}

// Sargable reports whether a B-tree on the bare column could answer the
// condition.
func (c Cond) Sargable() bool {
	if c.Left.Name == "" {
		return false
	}
	switch c.Op {
	case Eq, Range, In, IsNull, NotNull, IsTrue, IsFalse:
		return true
	}
	return false
}

// Converted is the condition as one on a cast of the column, for a column of
// which the cast that was looked through makes another value.
func (c Cond) Converted() Cond {
	if c.Relabel == "" || c.Left.Name == "" {
		return c
	}
	c.Expr = redact.SQL(workload.QuoteIdent(c.Left.Name) + "::" + c.Relabel)
	c.Cast, c.ExprColumns = c.Relabel, []Column{c.Left}
	c.Left, c.Relabel = Column{}, ""
	return c
}

// Key is an ORDER BY or GROUP BY entry.
type Key struct {
	Column     Column      // empty for an expression
	Expr       redact.Text // the expression as written; empty for a column
	Columns    []Column    // in the expression
	Desc       bool
	NullsFirst bool // the effective placement: true by default for DESC
}

// Set is one assignment of an UPDATE.
type Set struct {
	Column string
	Delta  bool // assigned from itself and a constant: n = n + 1
}
