package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rollout"
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
}

func (b *builder) places(list []finding.Place) []report.Place {
	out := []report.Place{}
	for _, p := range list {
		out = append(out, report.Place{
			Relation: orNil(p.Relation), Column: orNil(p.Column), Index: orNil(p.Index), Input: p.Input, Line: p.Line, Title: b.show(p.Title),
		})
	}
	return out
}

// describe lists the tables with their columns, and the findings at their places.
func (b *builder) describe(r *report.Report) *report.Schema {
	s := b.c.Schema
	out := &report.Schema{Verdict: "approve", Tables: len(s.Tables), Conventions: []report.Convention{}, Relations: []report.Relation{}, ForeignKeys: []report.ForeignKey{}}
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
		extent := b.c.ExtentOf(t.Relation)
		rel := report.Relation{Name: name, Rows: extent.Rows, Bytes: extent.Bytes, Columns: []report.Column{}, Findings: orEmpty(at[place{name, ""}])}
		for _, col := range t.Columns {
			rel.Columns = append(rel.Columns, report.Column{
				Name: col.Name, Type: col.Type.String(), NotNull: col.NotNull, Key: slices.Contains(t.Key(), col.Name), Findings: orEmpty(at[place{name, col.Name}]),
			})
		}
		out.Relations = append(out.Relations, rel)
		for _, k := range t.ForeignKeys() {
			out.ForeignKeys = append(out.ForeignKeys, report.ForeignKey{Name: k.Name, Table: name, Columns: k.Columns, Refers: k.RefName.String(), Others: orEmpty(referred(s, k))})
		}
	}
	return out
}

// referred returns the columns that a foreign key refers to.
func referred(s *design.Schema, k *catalog.Constraint) []string {
	if len(k.RefColumns) > 0 {
		return k.RefColumns
	}
	if t := s.Table(k.Ref); t != nil {
		return t.Key()
	}
	return nil
}

// schemaChanges are the changes that the findings call for, each as the safe steps of
// a migration, with its lock and what it costs at the size that exports tell.
func (b *builder) schemaChanges(r *report.Report) []report.Recommendation {
	out := []report.Recommendation{}
	at := map[string]int{}
	for i, f := range b.found {
		for _, remedy := range f.Remedies {
			if remedy.DDL == "" {
				continue
			}
			n, known := at[remedy.DDL]
			if !known {
				n = len(out)
				at[remedy.DDL] = n
				out = append(out, b.schemaChange(remedy.DDL))
				out[n].ID = fmt.Sprintf("R%d", n+1)
			}
			out[n].Findings = append(out[n].Findings, i)
		}
	}
	return out
}

func (b *builder) schemaChange(text string) report.Recommendation {
	set := b.c.Migration
	statements, undo := set.Try(text)
	plan := rollout.For(set)
	out := report.Recommendation{
		Action: "alter_table", Title: oneLine(text), Runnable: true, Basis: "schema", Steps: []report.SafeStep{}, Serves: []report.Serves{}, Findings: []int{},
	}
	var sql, run, back []string
	for _, s := range statements {
		steps := plan.Steps(s)
		if b.isTiny(s) {
			steps = []rollout.Step{{Statements: []string{s.Text}, Wait: rollout.Short, Tx: rollout.Own, Deploy: plan.Deploy(s)}}
		}
		for _, step := range steps {
			text := redact.MaskSecrets(step.SQL())
			out.Steps = append(out.Steps, report.SafeStep{Step: len(out.Steps) + 1, SQL: text, Transaction: string(step.Tx), Deploy: string(step.Deploy), Why: step.Why})
			sql, run = append(sql, text), append(run, step.Statements...)
		}
		for _, step := range plan.Back(s) {
			back = append(back, redact.MaskSecrets(step.SQL()))
		}
		if action, known := schemaActions[s.Effect.Kind]; known {
			out.Action = action
		}
	}
	slices.Reverse(back)
	out.Statement, out.Rollback = strings.Join(sql, "\n"), strings.Join(back, "\n")
	out.Cost = b.costNow(statements)
	undo()
	out.Lock = lockOf(set, run)
	return out
}

// isTiny reports whether the tables that a statement works on are known to be so small
// that it blocks nobody for long.
func (b *builder) isTiny(s *migration.Statement) bool {
	work := slices.Concat(s.Effect.Rewrites, s.Effect.Reads)
	return len(work) > 0 && !s.Effect.NoBlock && !slices.ContainsFunc(work, func(r *catalog.Relation) bool { return b.c.ExtentOf(r).Size() != rule.Tiny })
}

// schemaActions are the actions of changes that are no plain ALTER TABLE, by the kind
// of the statement.
var schemaActions = map[string]string{
	"create-index": "create_index", "drop-index": "drop_index",
	"alter-table/add-constraint-foreign-key": "add_constraint", "alter-table/add-constraint-check": "add_constraint", "alter-table/add-constraint-unique": "add_constraint",
}

// lockOf returns the strongest lock that the steps of a change take.
func lockOf(set *migration.Set, steps []string) report.Lock {
	statements, undo := set.Try(strings.Join(steps, ";\n"))
	defer undo()
	out := report.Lock{Mode: "none", Cautions: []string{}}
	var worst *ddl.Lock
	for _, s := range statements {
		l := s.Effect.Strongest()
		if l == nil || worst != nil && l.Mode <= worst.Mode {
			continue
		}
		worst = l
		out.Mode, out.Blocks, out.Duration = l.Mode.String(), "does not block reads or writes", "as long as the step runs"
		if l.Mode.BlocksWrites() {
			out.Blocks, out.Duration = "blocks "+rule.Locked(s), "a moment, if it runs in these steps"
		}
	}
	return out
}

// costNow says what a change takes as one statement, at the size that the tables have.
func (b *builder) costNow(statements []*migration.Statement) string {
	for _, s := range statements {
		e := s.Effect
		work, tables := "", e.Reads
		switch {
		case len(e.Rewrites) > 0:
			work, tables = "rewrites", e.Rewrites
		case e.Class == ddl.Build || e.Class == ddl.Scan:
			work = "reads"
		}
		if work == "" || len(tables) == 0 {
			continue
		}
		name := tables[0].Name.Short()
		mode := ""
		if l := e.Strongest(); l != nil {
			mode = " under " + l.Mode.String()
		}
		switch extent := b.c.ExtentOf(tables[0]); extent.Size() {
		case rule.SizeUnknown:
			return fmt.Sprintf("in one statement, %s all of %s%s. Its size is not known", work, name, mode)
		case rule.Tiny:
			return fmt.Sprintf("cheap now: %s has %s. In one statement, the change %s the table%s", name, extent, work, mode)
		default:
			return fmt.Sprintf("in one statement, %s the %s of %s%s. It grows with the table", work, extent, name, mode)
		}
	}
	return ""
}

// schemaMissing is what was not given and would decide more.
func (b *builder) schemaMissing() []report.Missing {
	out := []report.Missing{}
	set := b.c.Migration
	for _, model := range set.Models {
		out = append(out, missing("SQL of "+model.Kind, "what "+model.Path+" does to the database: it is not SQL", runs(model.Command)))
	}
	has := func(v workload.View) bool { return set.Tables != nil && set.Tables.Has(v) }
	if !has(workload.ViewClass) && !has(workload.ViewTables) {
		out = append(out, missing("pg_class", "how large the tables are, and so what a change costs now", runs(exportCommand)))
	}
	if !has(workload.ViewStatements) {
		out = append(out, missing("pg_stat_statements", "which columns are searched, and so which indexes are needed", runs(exportCommand)))
	}
	for i := range out {
		out[i].Rules = []string{}
	}
	return out
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
				s.Lead = opt.Of(i)
			}
		case f.Section == "B" && f.Severity > finding.Nit:
			questions++
		}
	}
	if server := b.c.Migration.Server; server.Known() {
		s.Server = &report.Server{Value: server.Text, Basis: server.Basis}
	}
	for _, rec := range r.Recommendations {
		if len(s.Top) < topChanges && b.worthFirst(rec) {
			s.Top = append(s.Top, rec.ID)
		}
	}
	switch {
	case r.Schema.Tables == 0:
		s.Verdict = "Nothing to review: no table was found."
	case decide > 0:
		s.Verdict = fmt.Sprintf("Iterate: %s to fix before this ships. %s", figures.Plural(decide, "fault"), sentence(r.Findings[s.Lead.Or(0)].Title))
	case questions > 0:
		s.Verdict = fmt.Sprintf("Approve: no fault in %s. %s to answer.", figures.Plural(r.Schema.Tables, "table"), figures.Plural(questions, "question"))
	default:
		s.Verdict = fmt.Sprintf("Approve: no fault in %s.", figures.Plural(r.Schema.Tables, "table"))
	}
	return s
}
