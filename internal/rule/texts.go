package rule

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// Text is the parsed text of a statement, with what is known about its execution.
type Text struct {
	Shape     *sql.Query // never nil
	SQL       redact.Text
	Plan      *Plan               // nil: none was pasted
	Statement *workload.Statement // nil: not in pg_stat_statements
	Input     opt.Value[int]      // of pasted SQL
	Line      int
}

// TextShare is the share of total execution time from which on advice about a
// statement's text is worthwhile.
var TextShare = NewThreshold("share", 0.005, "share", "of total execution time, if the statement is in pg_stat_statements")

// Read fills Texts. A pasted statement replaces the same statement of the workload,
// because the paste has the values.
func (c *Case) Read() {
	taken := map[*workload.Statement]bool{}
	add := func(t *Text) {
		if t.Shape != nil && t.Shape.Kind != sql.Other && len(OwnTables(t.Shape)) > 0 {
			c.Texts = append(c.Texts, t)
		}
	}
	for _, p := range c.Plans {
		if !p.Repeats {
			add(&Text{Shape: p.Query, SQL: p.Plan.Query, Plan: p, Statement: p.Statement})
			taken[p.Statement] = p.Query != nil
		}
	}
	for _, t := range c.Pasted {
		if t.Statement == nil || !taken[t.Statement] {
			add(t)
			taken[t.Statement] = true
		}
	}
	if c.Snapshot != nil {
		for _, s := range c.Snapshot.Statements {
			if shape := c.Statements[s]; shape != nil && s.TopLevel && !taken[s] { // of many, few are parsed
				add(&Text{Shape: shape, SQL: s.Query, Statement: s})
			}
		}
	}
}

// place fills in the position of a finding on a text.
func (t *Text) place(f *Found) {
	f.text = t
	switch {
	case t.Plan != nil:
		f.Plan = t.Plan
		f.PlaceOnPlan(t.Plan)
	case t.Input.Known():
		f.Where.Input, f.Where.Line = t.Input, opt.Some(t.Line)
		f.Statement = t.Statement
	default:
		f.Statement = t.Statement
	}
}

// Matters reports whether the statement takes enough of total execution time for a
// finding; true if that is not known.
func (c *Case) Matters(t *Text) bool {
	return t.Statement == nil || c.ShareOf(t.Statement).Or(1) >= TextShare.In(c)
}

// ofText returns the figures that a finding on a text shows.
func (c *Case) ofText(t *Text) Evidence {
	var e Evidence
	source := "sql"
	if s := t.Statement; s != nil {
		e, source = c.OfStatement(s), "pg_stat_statements"
	}
	e.Text("statement", t.SQL, source)
	return e
}

// OnText begins a finding on a statement's text. It is a concern of low severity,
// because a text does not show its cost.
func (c *Case) OnText(t *Text, title, detail, fix string) Found {
	f := Found{Finding: finding.Finding{
		Tag: finding.Concern, Severity: finding.Low, Evidence: c.ofText(t),
		Title: redact.Sprintf("%s %s", Upper(StatementOn(t.Shape)), title), Detail: redact.Plain(detail), Fix: redact.Plain(fix),
	}}
	if table := c.TableOf(t.Shape, ""); table != nil {
		f.Where.Relation = table.QName()
	}
	return f
}

// Levels calls a function with each level of a statement: the statement itself, its
// subqueries and its CTEs.
func Levels(q *sql.Query, visit func(*sql.Query)) {
	visit(q)
	for _, part := range q.Parts {
		Levels(part, visit)
	}
}

// EachCond calls a function with each condition of a level, including those in the
// branches of an OR.
func EachCond(conds []sql.Cond, visit func(sql.Cond)) {
	for _, c := range conds {
		visit(c)
		for _, branch := range c.Any {
			EachCond(branch, visit)
		}
	}
}

// TableOf returns the catalog's table for a qualifier of a level. Without a qualifier
// it is the level's only table. It returns nil if the table is not known.
func (c *Case) TableOf(q *sql.Query, qualifier string) *workload.Table {
	if c.Snapshot == nil || qualifier == "" && len(q.Tables) != 1 {
		return nil
	}
	for _, x := range q.Tables {
		if qualifier == "" || x.Ref() == qualifier {
			return c.Snapshot.Table(x.Schema, x.Name)
		}
	}
	return nil
}
