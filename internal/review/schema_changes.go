package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rollout"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// schemaChanges are the changes that the findings call for: first the indexes that the
// statements need, then changes of the schema, each as the safe steps of a migration,
// with its lock and what it costs at the size that exports tell.
func (b *builder) schemaChanges(r *report.Report) []report.Recommendation {
	b.changes, b.steps = b.gather(), map[string][]rollout.Step{}
	out := b.recommend().recommended
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
				if b.isUnshipped(f) {
					out = append(out, b.unshipped(r, f, remedy.DDL))
				} else {
					out = append(out, b.schemaChange(remedy.DDL))
				}
			}
			out[n].Findings = append(out[n].Findings, i)
		}
	}
	out = withoutPrefixes(out)
	for i := range out {
		out[i].ID = fmt.Sprintf("R%d", i+1)
		if len(out[i].Serves) == 0 {
			out[i].Gain = listed(b.settled(r, out[i].Findings), out[i].Gain)
		}
	}
	return out
}

// settled says which findings a change settles.
func (b *builder) settled(r *report.Report, findings []int) string {
	const most = 3
	var said []string
	for _, i := range findings[:min(len(findings), most)] {
		f := r.Findings[i]
		text := f.ID + ", " + strings.TrimSuffix(f.Title, ".")
		switch {
		case len(f.Places) > 0:
			text = fmt.Sprintf("one of the %s of %s", figures.Plural(len(f.Places), "place"), f.ID)
		case f.Question != "":
			text += ", if the answer is yes"
		}
		said = append(said, text)
	}
	if more := len(findings) - len(said); more > 0 {
		said = append(said, fmt.Sprintf("%d more", more))
	}
	return strings.Join(said, "; ")
}

// isUnshipped reports whether a finding is about a table or a column that only the
// migrations beside a schema make: it is changed in their files.
func (b *builder) isUnshipped(f rule.Found) bool {
	if !b.c.Schema.Based || f.Designed == nil {
		return false
	}
	col := f.Designed.Column(f.Where.Column)
	return f.Designed.Since > 0 || col != nil && col.Since > 0
}

// unshipped is a change of what a file makes that has not run yet.
func (b *builder) unshipped(r *report.Report, f rule.Found, text string) report.Recommendation {
	file := "the migration"
	if i, known := f.Where.Input.Get(); known && i < len(r.Inputs) {
		file = r.Inputs[i].Path
	}
	return report.Recommendation{
		Action: "alter_table", Title: oneLine(text), Statement: strings.TrimSuffix(text, ";") + ";", Runnable: true, Basis: "schema",
		Cost:  "nothing yet: " + file + " has not run. Change it there; the statement says what is to be different",
		Steps: []report.SafeStep{}, Serves: []report.Serves{}, Findings: []int{}, Lock: report.Lock{Mode: "none", Blocks: "nothing", Duration: "instant", Cautions: []string{}},
	}
}

func (b *builder) schemaChange(text string) report.Recommendation {
	set := b.c.Migration
	statements, undo := set.Try(text)
	plan := rollout.For(set)
	out := report.Recommendation{
		Action: "alter_table", Title: oneLine(text), Runnable: true, Basis: "schema", Steps: []report.SafeStep{}, Serves: []report.Serves{}, Findings: []int{},
	}
	var list []rollout.Step
	var sql, script, back []string
	for _, s := range statements {
		steps := plan.Steps(s)
		if b.isTiny(s) {
			steps = []rollout.Step{{Statements: []string{s.Text}, Wait: rollout.Short, Tx: rollout.Own, Deploy: plan.Deploy(s)}}
		}
		for _, step := range steps {
			script = append(script, step.SQL())
			text := redact.MaskSecrets(step.SQL())
			out.Steps = append(out.Steps, report.SafeStep{Step: len(out.Steps) + 1, SQL: text, Transaction: string(step.Tx), Deploy: string(step.Deploy), Why: step.Why})
			sql, list = append(sql, text), append(list, step)
		}
		var undo []string
		for _, step := range plan.Back(s) {
			undo = append(undo, redact.MaskSecrets(step.SQL()))
		}
		back = append(undo, back...)
		if action, known := schemaActions[s.Effect.Kind]; known {
			out.Action = action
		}
	}
	out.Statement, out.Rollback = strings.Join(sql, "\n"), scriptOf(back)
	b.steps[out.Statement] = list
	whole := b.workOf(statements)
	undo()
	if n := slices.IndexFunc(list, func(s rollout.Step) bool { return s.Fill != nil }); n > 0 {
		out.Rollback = "-- until the swap; after it, the old column keeps the values that it had\n" + b.backOf(list[:n])
	}

	played, undo := set.Try(strings.Join(script, "\n"))
	defer undo()
	out.Lock, out.Cost = b.lockOf(played), b.costOf(list, b.workOf(played), whole)
	if t := parent(played); t != nil {
		out.Cost = "does to each partition of " + t.Name.Short() + " what it does to a table. The schema has none of them"
	}
	b.priceIndex(&out, statements, played)
	return out
}

// backOf takes back the steps that prepare an expansion: the new column and its trigger.
func (b *builder) backOf(list []rollout.Step) string {
	var script, back []string
	for _, step := range list {
		script = append(script, step.SQL())
	}
	played, undo := b.c.Migration.Try(strings.Join(script, "\n"))
	defer undo()
	plan := rollout.For(b.c.Migration)
	for _, s := range played {
		var undo []string
		for _, step := range plan.Back(s) {
			undo = append(undo, step.SQL())
		}
		back = append(undo, back...)
	}
	return redact.MaskSecrets(scriptOf(back))
}

// scriptOf returns statements that run one after another as a script, without settings
// that are in force already.
func scriptOf(list []string) string {
	var lines []string
	in := map[string]string{} // the last SET of each variable
	for line := range strings.Lines(strings.Join(list, "\n")) {
		line = strings.TrimSuffix(line, "\n")
		if name, _, is := strings.Cut(line, " = "); is && strings.HasPrefix(line, "SET ") && !strings.HasPrefix(line, "SET LOCAL ") {
			if in[name] == line {
				continue
			}
			in[name] = line
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
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

// lockOf returns the strongest lock that the steps of a change take, and how long the
// longest of the steps with such a lock holds it.
func (b *builder) lockOf(steps []*migration.Statement) report.Lock {
	out := report.Lock{Mode: "none", Blocks: "nothing", Duration: "instant", Cautions: []string{}}
	var worst *migration.Statement
	for _, s := range steps {
		if s.Effect.NoBlock {
			out.Cautions = []string{"cannot run in a transaction block", "check for long-running and idle-in-transaction sessions first: it waits for them", "a failed build leaves an INVALID index that still slows writes: drop it, then retry"}
		}
		l := s.Effect.Strongest()
		if l == nil || l.Mode < ddl.ShareUpdateExclusive {
			continue
		}
		if worst == nil || cmp.Or(cmp.Compare(l.Mode, worst.Effect.Strongest().Mode), cmp.Compare(longer[s.Effect.Class], longer[worst.Effect.Class])) > 0 {
			worst = s
		}
	}
	if worst == nil {
		return out
	}
	l := worst.Effect.Strongest()
	out.Mode, out.Blocks = l.Mode.String(), "does not block reads or writes"
	if l.Mode.BlocksWrites() {
		out.Blocks = "blocks " + rule.Locked(worst)
	}
	switch work := b.workOf([]*migration.Statement{worst}); {
	case work.verb != "":
		out.Duration = "as long as it " + work.String()
	case worst.Effect.Class == ddl.Waits || worst.Effect.NoBlock:
		out.Duration = "as long as it waits for older transactions"
	default:
		out.Duration = "for a moment, once it has the lock"
	}
	return out
}

// longer orders classes by how long a statement can take.
var longer = map[ddl.Class]int{ddl.Waits: 1, ddl.RowWrites: 2, ddl.Scan: 3, ddl.Build: 4, ddl.Rewrite: 5}

// work is the largest thing that statements do with rows that were there before.
type work struct {
	verb   string // "rewrites"; empty: they change the catalog only
	table  *catalog.Relation
	extent rule.Extent
	mode   ddl.Mode // of the lock held
}

func (b *builder) workOf(statements []*migration.Statement) work {
	most, of := work{}, ddl.Class("")
	for _, s := range statements {
		e := s.Effect
		verb, tables := "", e.Reads
		switch {
		case len(e.Rewrites) > 0:
			verb, tables = "rewrites", e.Rewrites
		case e.Class == ddl.Build:
			verb = "builds an index over"
		case e.Class == ddl.Scan:
			verb = "reads"
		}
		if verb == "" || len(tables) == 0 || longer[e.Class] <= longer[of] {
			continue
		}
		of = e.Class
		most = work{verb: verb, table: tables[0], extent: b.c.ExtentOf(tables[0])}
		if l := e.Strongest(); l != nil {
			most.mode = l.Mode
		}
	}
	return most
}

// String says what is done to how much: "rewrites the 24 M rows (1.6 GB) of orders".
func (w work) String() string {
	name := w.table.Name.Short()
	said := w.extent.String()
	if said == "" {
		return w.verb + " all of " + name + " (size not known)"
	}
	if bytes, known := w.extent.Bytes.Get(); known && w.extent.Rows.Known() {
		said += " (" + figures.Bytes(bytes) + ")"
	}
	return fmt.Sprintf("%s the %s of %s", w.verb, said, name)
}

// parent returns the partitioned table that statements work on if none of its
// partitions is known; nil if there is no such table.
func parent(statements []*migration.Statement) *catalog.Relation {
	for _, s := range statements {
		for _, a := range s.Effect.Actions {
			if t := a.Table; t != nil && t.Kind == catalog.Partitioned && len(t.Children) == 0 && (a.Verb == ddl.CreateIndex || a.Verb == ddl.AlterType || a.Verb == ddl.AddConstraint) {
				return t
			}
		}
	}
	return nil
}

// costOf says what a change takes in its steps, and what it would take as the one
// statement that it is by itself.
func (b *builder) costOf(list []rollout.Step, steps, whole work) string {
	said := "changes the catalog only, at any size"
	fills := slices.ContainsFunc(list, func(s rollout.Step) bool { return s.Fill != nil })
	switch {
	case fills && whole.table != nil:
		said = work{verb: "writes", table: whole.table, extent: whole.extent}.String() + " once, in batches"
	case steps.verb != "":
		said = steps.String()
		if !steps.mode.BlocksWrites() {
			said += " without blocking reads or writes"
		}
	}
	if whole.verb == "" || whole.verb == steps.verb && whole.extent.Size() != rule.Tiny {
		return said
	}
	if whole.extent.Size() == rule.Tiny {
		if said = "cheap now: " + said; whole.mode.BlocksWrites() {
			said += ". On a large table it takes long, under " + whole.mode.String()
		}
		return said
	}
	alone := whole.String()
	if fills || steps.table != nil && steps.table.OID == whole.table.OID {
		alone = whole.verb + " the table"
	}
	return said + fmt.Sprintf(". As one statement, it %s under %s", alone, whole.mode)
}

// belongsFirst reports whether a change of a schema is one of the first to try: it
// fixes a fault. A question comes first only if it matters.
func (b *builder) belongsFirst(rec report.Recommendation) bool {
	return slices.ContainsFunc(rec.Findings, func(i int) bool {
		f := b.found[i]
		return f.Severity > finding.Low || f.Severity == finding.Low && f.Tag != finding.Concern
	})
}
