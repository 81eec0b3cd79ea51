package rule

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// Text is a statement by its text, with what is known of its execution.
type Text struct {
	Shape     *sql.Query // never nil
	SQL       redact.Text
	Plan      *Plan               // nil: none was pasted
	Statement *workload.Statement // nil: not in pg_stat_statements
	Input     opt.Value[int]      // of pasted SQL
	Line      int
}

// TextShare is the share of the exported time from which on it pays to say how
// a statement could be written better.
var TextShare = NewThreshold("share", 0.005, "share", "of total execution time, if the statement is in pg_stat_statements")

// Read fills Texts. A pasted statement replaces the same one of the workload: the
// paste has the values.
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
			if s.TopLevel && !taken[s] {
				add(&Text{Shape: c.Statements[s], SQL: s.Query, Statement: s})
			}
		}
	}
}

// place fills in where a finding on a text stands.
func (t *Text) place(f *Found) {
	switch {
	case t.Plan != nil:
		f.Plan = t.Plan
		f.PlaceOnPlan(t.Plan)
	case t.Input.Known():
		f.Where.Input, f.Where.Line = t.Input, opt.Of(t.Line)
		f.Statement = t.Statement
	default:
		f.Statement = t.Statement
	}
}

// Matters reports whether the statement takes enough of the exported time for
// its cost to be worth a word; true where that is not known.
func (c *Case) Matters(t *Text) bool {
	return t.Statement == nil || c.ShareOf(t.Statement).Or(1) >= TextShare.In(c)
}

// ofText are the figures that a finding on a text shows.
func (c *Case) ofText(t *Text) Evidence {
	var e Evidence
	source := "sql"
	if s := t.Statement; s != nil {
		e, source = c.OfStatement(s), "pg_stat_statements"
	}
	e.Text("statement", t.SQL, source)
	return e
}

// OnText begins a finding on a statement's text: in question and low, since a
// text says nothing of its cost.
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

// Levels calls a function with each level of a statement: itself, its
// sub-selects and its CTEs.
func Levels(q *sql.Query, visit func(*sql.Query)) {
	visit(q)
	for _, part := range q.Parts {
		Levels(part, visit)
	}
}

// EachCond calls a function with each condition of a level, the branches of an
// OR included.
func EachCond(conds []sql.Cond, visit func(sql.Cond)) {
	for _, c := range conds {
		visit(c)
		for _, branch := range c.Any {
			EachCond(branch, visit)
		}
	}
}

// TableOf is the catalogue's table that a qualifier of a level stands for; of
// none, that of its only table. nil if that is not known.
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
