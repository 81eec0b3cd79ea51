package rule

import (
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

// draft adds the query in the form that cures a finding: the first one of its rule that
// is sure of it. Without the query's text there is none.
func (c *Case) draft(f *Found) {
	if f.asItIs {
		return
	}
	forms := f.of.Forms
	if f.Forms != nil {
		forms = f.Forms
	}
	for _, form := range forms {
		if d, ok := form.Draft(f.query(), f.At, c.tableNamed); ok {
			f.Remedies = append(f.Remedies, Remedy{Rewrite: &d, ForPlan: f.Plan, For: f.Statement, ForPaste: f.pasted(c)})
			return
		}
	}
}

// query returns the text of the statement that a finding is on; empty if it is not
// known, or if it is on several.
func (f *Found) query() redact.Text {
	switch {
	case f.Plan != nil && f.Plan.Query != nil:
		return f.Plan.Plan.Query
	case f.text != nil:
		return f.text.SQL
	case f.Plan == nil && f.Statement != nil:
		return f.Statement.Query
	}
	return redact.Text{}
}

// pasted returns the position among the case's queries of the one that a finding is on.
func (f *Found) pasted(c *Case) opt.Value[int] {
	if f.text != nil && f.Plan == nil {
		for i, q := range c.Queries {
			if q.Shape == f.text.Shape {
				return opt.Some(i)
			}
		}
	}
	return opt.Value[int]{}
}

// tableNamed returns what is known of a table that a statement names; nil if nothing is.
func (c *Case) tableNamed(schema, name string) *workload.Table {
	if c.Snapshot == nil {
		return nil
	}
	return c.Snapshot.Table(schema, name)
}
