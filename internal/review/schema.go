package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

// design reports the schema, the changes that its findings call for, what is missing,
// and the verdict.
func (b *builder) design(r *report.Report) {
	b.part("the tables", func() { r.Schema = b.describe(r) })
	b.part("the changes to try", func() { r.Recommendations = b.schemaChanges(r) })
	b.part("the list of missing data", func() { r.Missing = b.schemaMissing() })
	b.part("the verdict", func() { r.Summary = b.schemaSummary(r) })
	b.part("the follow-up", func() { r.FollowUp = b.followUp(r) })
	r.Draft = b.draftSchema(r)
}

func (b *builder) places(list []finding.Place) []report.Place {
	out := []report.Place{}
	for _, p := range list {
		out = append(out, report.Place{
			Relation: orNil(p.Relation), Column: orNil(p.Column), Index: orNil(p.Index), Input: p.Input, Line: p.Line, Title: b.show(p.Title), Change: p.Change,
		})
	}
	return out
}

// describe lists the tables with their columns, and the findings at their places.
func (b *builder) describe(r *report.Report) *report.Schema {
	s := b.c.Schema
	out := &report.Schema{Verdict: "approve", Tables: len(s.Tables), Conventions: []report.Convention{}, Relations: []report.Relation{}, ForeignKeys: []report.ForeignKey{}}
	for _, k := range s.Conventions.List() {
		out.Conventions = append(out.Conventions, report.Convention{Kind: k.Kind, Value: k.Value, Kept: k.Kept, Of: k.Of, Exceptions: orEmpty(k.Exceptions)})
	}
	type place struct{ relation, column string }
	at := map[place][]int{}
	for i, f := range b.found {
		if rule.BlocksApproval(f) {
			out.Verdict = "iterate"
		}
		for _, w := range append([]finding.Place{{Where: f.Where}}, f.Places...) {
			if list := at[place{w.Relation, w.Column}]; w.Relation != "" && !slices.Contains(list, i) {
				at[place{w.Relation, w.Column}] = append(list, i)
			}
		}
	}
	for _, t := range s.Tables {
		name := t.Name.String()
		extent := b.c.ExtentOfTable(t)
		rel := report.Relation{Name: name, Rows: extent.Rows, Bytes: extent.Bytes, Columns: []report.Column{}, Findings: orEmpty(at[place{name, ""}])}
		for _, col := range t.Columns {
			rel.Columns = append(rel.Columns, report.Column{
				Name: col.Name, Type: col.Type.String(), NotNull: col.NotNull, Key: slices.Contains(t.Key(), col.Name), Findings: orEmpty(at[place{name, col.Name}]),
			})
		}
		out.Relations = append(out.Relations, rel)
		for _, k := range t.ForeignKeys() {
			out.ForeignKeys = append(out.ForeignKeys, report.ForeignKey{Name: k.Name, Table: name, Columns: k.Columns, Refers: s.ReferredName(k).String(), Others: orEmpty(s.Referred(k))})
		}
	}
	for _, f := range b.c.Migration.Described {
		for _, st := range f.Statements {
			t := st.Dialect.New
			rel := report.Relation{Name: t.Name, Columns: []report.Column{}, Findings: orEmpty(at[place{t.Name, ""}])}
			for _, col := range t.Columns {
				rel.Columns = append(rel.Columns, report.Column{Name: col.Name, Type: col.Type.String(), NotNull: col.NotNull, Key: col.Primary, Findings: orEmpty(at[place{t.Name, col.Name}])})
			}
			out.Tables, out.Relations = out.Tables+1, append(out.Relations, rel)
			for _, k := range t.Keys {
				if k.Kind == dialect.Foreign {
					out.ForeignKeys = append(out.ForeignKeys, report.ForeignKey{Name: k.Name, Table: t.Name, Columns: k.Columns, Refers: k.Table, Others: orEmpty(k.Refers)})
				}
			}
		}
	}
	return out
}

// schemaMissing is what was not given and would decide more.
func (b *builder) schemaMissing() []report.Missing {
	out := []report.Missing{}
	set := b.c.Migration
	for _, model := range set.Models {
		out = append(out, missing("SQL of "+model.Kind, "the tables of "+model.Path+": it is not SQL", runs(b.command(model))))
	}
	if len(b.c.Schema.Tables) == 0 {
		return out // the exports are of PostgreSQL's tables
	}
	has := func(v workload.View) bool { return set.Tables != nil && set.Tables.Has(v) }
	if !has(workload.ViewClass) && !has(workload.ViewTables) {
		out = append(out, missing("pg_class", "how large the tables are, and so what a change costs now", runs(exportCommand)))
	}
	switch {
	case len(b.c.Texts) == 0:
		out = append(out, missing("pg_stat_statements", "which columns are searched, and so which indexes are needed. The application's queries in a .sql file tell it as well", runs(exportCommand)))
	case !has(workload.ViewStats):
		out = append(out, missing("pg_stats", "how many rows the queries select, and so what an index saves", runs(exportCommand)))
	}
	for i := range out {
		out[i].Rules = []string{}
	}
	return out
}

// unread returns the number of statements that could not be read.
func (b *builder) unread() int {
	n := len(b.c.Migration.Unread)
	for _, f := range b.c.Migration.Files {
		for _, s := range f.Statements {
			if s.Err != nil {
				n++
			}
		}
	}
	return n
}

// schemaSummary is the verdict: approve or iterate, how many findings decide it, and
// the first of them.
func (b *builder) schemaSummary(r *report.Report) report.Summary {
	s := report.Summary{Subject: "schema of " + figures.Plural(r.Schema.Tables, "table"), Top: []string{}, Counts: map[string]int{}}
	for sev := finding.Nit; sev <= finding.Severe; sev++ {
		s.Counts[sev.String()] = 0
	}
	decide, questions := 0, 0
	for i, f := range r.Findings {
		s.Counts[f.Severity.String()]++
		switch {
		case rule.BlocksApproval(b.found[i]):
			if decide++; decide == 1 {
				s.Lead = opt.Some(i)
			}
		case f.Section == "B" && f.Severity > finding.Nit:
			questions++
		}
	}
	if server := b.c.Migration.Server; server.Known() {
		s.Server = &report.Server{Value: server.Text, Basis: server.Basis}
	}
	for _, rec := range r.Recommendations {
		if len(s.Top) < topChanges && b.belongsFirst(rec) {
			s.Top = append(s.Top, rec.ID)
		}
	}
	judged := figures.Plural(r.Schema.Tables, "table")
	if b.c.Schema.Based {
		judged = "what the migrations add"
	}
	switch models := b.c.Migration.Models; {
	case r.Schema.Tables == 0 && len(models) > 0:
		s.Verdict = fmt.Sprintf("Not reviewed: %s has no SQL (%s).", models[0].Path, models[0].Kind)
	case r.Schema.Tables == 0 && len(r.Findings) == 0:
		s.Verdict = "Nothing to review: no table was found."
	case decide > 0:
		s.Verdict = fmt.Sprintf("Iterate: %s to fix before this ships. %s", figures.Plural(decide, "fault"), sentence(r.Findings[s.Lead.Or(0)].Title))
	case questions > 0:
		s.Verdict = fmt.Sprintf("Approve: no fault in %s. %s to answer.", judged, figures.Plural(questions, "question"))
	default:
		s.Verdict = fmt.Sprintf("Approve: no fault in %s.", judged)
	}
	if n := b.unread(); n > 0 {
		s.Verdict += fmt.Sprintf(" %s not judged: see the warnings.", figures.Plural(n, "unreadable statement"))
	}
	return s
}

// minorQuestions says which questions are left out of a large schema.
func (b *builder) minorQuestions() []string {
	switch len(b.unasked) {
	case 0:
		return nil
	case 1:
		return []string{"1 minor question is left out of this large schema (" + b.unasked[0] + "): --all shows it"}
	}
	return []string{fmt.Sprintf("%d minor questions are left out of this large schema (%s): --all shows them", len(b.unasked), strings.Join(b.unasked, ", "))}
}
