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
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// Kind is the kind of a statement.
type Kind int

const (
	Other Kind = iota // utility, DDL, transaction control
	Select
	Insert
	Update
	Delete
	Merge
)

// Query describes one statement. Sub-selects and CTEs are queries of their own
// in Parts. Every list below is of this query level alone.
type Query struct {
	Kind      Kind
	Explained bool    // it was inside EXPLAIN
	Beginning bool    // nothing but its beginning is known: see Gist
	NotIn     bool    // it is the sub-select of NOT IN (SELECT ...), or of <> ALL
	Whole     bool    // it was inside COPY, a cursor or CREATE TABLE AS, which need all of its rows
	With      []*CTE  // the CTEs of WITH
	From      []Item  // items of FROM and JOIN, and the table of UPDATE, INSERT INTO ...
	Tables    []Table // those of From that are tables
	Target    string  // alias or name (as in Tables) of the table that is written; empty for SELECT

	Where       []Cond // conjuncts of WHERE and of inner joins' ON
	Joins       []Join // outer joins, and sub-selects of WHERE that are joined to
	Sort        []Key  // ORDER BY
	Group       []Key  // GROUP BY
	Having      []Cond
	Windows     []Window
	Limit       bool // LIMIT or FETCH FIRST
	LimitTo     int  // the number of LIMIT; 0 if it is not a literal
	Offset      bool
	Locks       bool // FOR UPDATE or SHARE
	Waits       bool // FOR UPDATE or SHARE without NOWAIT or SKIP LOCKED
	LocksAll    bool // FOR UPDATE or SHARE without OF: it locks the rows of every table
	Distinct    bool
	DistinctOn  []Key       // DISTINCT ON
	Star        bool        // SELECT * or t.*
	Count       bool        // the only output is count(*) or count(1)
	Aggregates  int         // number of aggregates in the outputs
	Aggregated  []Aggregate // those and the ones of HAVING, equal ones once
	MinMax      []MinMax    // calls of min and max, if there are no other aggregates
	Set         []Set       // columns that UPDATE, ON CONFLICT DO UPDATE or MERGE assign
	Columns     []Column    // all columns at this level, each once
	Output      []Output    // of SELECT or RETURNING
	Carried     []Column    // those of Columns in outputs, GROUP BY and ORDER BY, which joins have to return
	Unsupported string      // a part of this level that Query does not describe: "grouping sets"; empty if none

	Subs  []Sub // sub-selects in outputs, HAVING, ORDER BY and SET
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

// SetOp is a set operation that combines the arms of a query.
type SetOp struct {
	Name string // "UNION", "INTERSECT", "EXCEPT"; empty for none
	All  bool
}

// CTE is a common table expression: a query that WITH names.
type CTE struct {
	Name            string
	Part            *Query
	Recursive       bool // it refers to itself
	Refs            int  // number of references
	Materialized    bool // MATERIALIZED
	NotMaterialized bool // NOT MATERIALIZED
}

// Item is an item of FROM: a table, a sub-select, a CTE or a function.
type Item struct {
	Table
	Part    *Query // the sub-select; of a CTE its query
	CTE     *CTE
	Func    string   // a function
	Rows    int      // of the function, if its arguments tell; else 0
	Args    []Column // of the function
	Names   []string // of the columns, if the alias lists them
	Lateral bool
}

// isTable reports whether an item is a relation of the catalog.
func (i Item) isTable() bool { return i.Part == nil && i.Func == "" }

// Output is an entry of the SELECT list: a column, "*" for all of them, or an
// expression, which has no column.
type Output struct {
	Column
	As   string // its column name
	Side *Cond  // an expression, as the side of a condition; nil for a column
}

// MinMax is a call of min or max.
type MinMax struct {
	Column Column
	Max    bool
}

// Window is a window that functions are called over.
type Window struct {
	Partition, Order []Key
	Calls            int // of functions
}

// SubKind is how an expression uses a sub-select (SubLinkType).
type SubKind int

const (
	Scalar SubKind = iota // (SELECT ...) as a value
	Exists                // EXISTS (SELECT ...)
	Any                   // IN (SELECT ...) and ANY
	All                   // ALL (SELECT ...)
	Array                 // ARRAY (SELECT ...)
)

// Sub is a sub-select in an expression (SubLink).
type Sub struct {
	Kind SubKind
	Part *Query // one of Parts
}

// JoinKind is the kind of a join that is not an inner join.
type JoinKind int

const (
	Left JoinKind = iota + 1 // keeps rows of the left side without a match
	Full                     // keeps rows of both sides without a match
	Semi                     // EXISTS and IN: returns a row once if it has a match
	Anti                     // NOT EXISTS: returns a row if it has no match
)

// Join is an outer join, or a sub-select of WHERE that is joined to.
type Join struct {
	Kind        JoinKind
	Left, Right []int    // positions in From; empty for a sub-select
	On          []Cond   // conjuncts of ON
	Part        *Query   // the sub-select, one of Parts
	In          []Column // compared by IN with the sub-select's outputs
}

// Table is a relation that a statement names.
type Table struct{ Schema, Name, Alias string }

// Ref returns the name that qualifies the table's columns in the statement.
func (t Table) Ref() string {
	if t.Alias != "" {
		return t.Alias
	}
	return t.Name
}

// Column is a column as a statement names it. Table is the qualifier as
// written (an alias or a table), empty if there was none.
type Column struct{ Table, Name string }

// Op is the kind of comparison of a condition.
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
	LikeAny  Op = "like any" // LIKE with a leading wildcard or on citext, ILIKE, ~, ~*
	NotLike  Op = "not like" // NOT LIKE, !~ and the like: no index serves it
	Member   Op = "member"   // value = ANY (column): no index serves it
	Same     Op = "same"     // IS NOT DISTINCT FROM: no index serves it
	Volatile Op = "volatile" // a value that is computed anew for each row: no index serves it
	Contains Op = "contains" // @> <@ && ? @@ and the other operators of GIN and GiST
	Or       Op = "or"       // a disjunction: see Any
	Unknown  Op = "unknown"
)

// Value is the kind of value that a condition compares its column with.
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
	Op       Op
	Operator string // the operator's own name: "<", "@>", "~~*"

	// Left is the column that the condition is about, if it is a bare column. A
	// cast to a binary-coercible type (varchar's ::text) is looked through.
	Left Column
	// Relabel is the type of the cast that was looked through for Left; empty if
	// there was none. For a column of another type the cast converts: see
	// Converted.
	Relabel string
	// Expr is set instead of Left for an expression on the column's side:
	// lower(email), (n)::numeric. Func is its outermost function, Cast the type
	// it is cast to, ExprColumns its columns.
	Expr        redact.Text
	Func        string
	Cast        string
	ExprColumns []Column

	Value  Value
	Const  redact.Text // the literal as written, if Value is Const
	Other  Column      // the right side, if it is a bare column
	Others []Column    // columns of the right side, if it is an expression
	InSize int         // elements of an IN list; 0 if unknown
	// Computed is the number of operators and functions on both sides that are evaluated for
	// each row, beside the comparison.
	Computed int
	List     []redact.Text // the elements as written, if all are literals

	Joined bool  // it is also one of Joins, or a lookup by another table's values
	Subs   []Sub // its sub-selects; nil if it is joined

	Any [][]Cond // the branches of an OR, each the conjuncts of one
}

// Commuted returns a comparison of two bare columns with its sides exchanged.
func (c Cond) Commuted() (Cond, bool) {
	operator, ok := commuted[c.Operator]
	if !ok || c.Left.Name == "" || c.Other.Name == "" {
		return c, false
	}
	c.Left, c.Other, c.Operator = c.Other, c.Left, operator
	return c, true
}

// Sargable reports whether a B-tree index on the bare column can serve the
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

// Converted returns the condition with the cast that was looked through as its
// expression, for a column whose value the cast changes.
func (c Cond) Converted() Cond {
	if c.Relabel == "" || c.Left.Name == "" {
		return c
	}
	c.Expr = redact.SQL(lex.QuoteIdent(c.Left.Name) + "::" + c.Relabel)
	c.Cast, c.ExprColumns = c.Relabel, []Column{c.Left}
	c.Left, c.Relabel = Column{}, ""
	c.Computed++
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

// Set is an assignment of an UPDATE.
type Set struct {
	Column string
	Delta  bool // assigned from itself and a constant: n = n + 1
}
