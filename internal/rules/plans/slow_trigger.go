package plans

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	triggerShare = rule.NewThreshold("share", 0.2, "share", "of the execution")
	triggerMs    = rule.NewThreshold("ms", 10, "ms", "less is not significant")
	triggerCall  = rule.NewThreshold("ms_a_call", 1, "ms", "an index lookup takes far less, so a check that takes longer reads the table")
)

var slowTrigger = rule.Rule{
	ID:     "slow-trigger",
	Title:  "Trigger takes most of the time",
	Sees:   "A trigger, or the check of a foreign key, that takes at least 20% of the time of a write.",
	Why:    "No node of the plan shows the time of triggers. When referenced rows are deleted, a foreign key looks up the referencing rows, once per row: without an index each lookup reads the table. When referencing rows are inserted, it looks up the referenced row by a key that always has an index.",
	Silent: "The trigger takes less than 10 ms or less than 20% of the time.",
	Fix:    "For a DELETE, or an UPDATE of the key, create an index on the referencing columns. For an INSERT no index helps: find what the lookup waits for. For your own trigger, check what it does per row, or make it a statement-level trigger.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK", "https://www.postgresql.org/docs/current/sql-explain.html",
	},
	Thresholds: []*rule.Threshold{triggerShare, triggerMs, triggerCall},
	Rank:       rule.RankJoin,
	Plan: func(c *rule.Case, p *rule.Plan, found func(rule.Found)) {
		for _, t := range p.Triggers {
			exec := p.ExecMs().Or(0)
			if exec <= 0 || t.Ms.Or(0) < triggerMs.In(c) || t.Ms.Or(0) < triggerShare.In(c)*exec {
				continue
			}
			found(ofTrigger(c, p, t))
		}
	},
}

func ofTrigger(c *rule.Case, p *rule.Plan, t plan.Trigger) rule.Found {
	cost := p.CostOfMs(t.Ms.Or(0))
	var e rule.Evidence
	e.Number("trigger time", t.Ms, "ms", "plan")
	e.Number("calls", t.Calls, "calls", "plan")
	each := opt.Both(t.Ms, t.Calls, func(ms, calls float64) float64 { return ms / max(calls, 1) })
	e.Number("time per call", each, "ms", "plan")
	rows, cascaded := changedByCascade(p, t)
	e.Number("rows changed by the calls", cascaded, "rows", "plan")
	name := t.Name
	if t.Constraint != "" {
		name = "foreign key check " + t.Constraint
	} else {
		name = "trigger " + name
	}
	f := rule.Found{Cost: cost, On: name, Finding: finding.Finding{
		Tag: finding.Confirmed, Severity: p.Severity(cost), Evidence: e,
		Title:  redact.Sprintf("%s took %s in %s", rule.Upper(name), figures.Ms(t.Ms.Or(0)), figures.Plural(t.Calls.Or(0), "call")),
		Detail: redact.Sprintf("Each call takes %s. All calls together are %s of the execution.", figures.Ms(each.Or(0)), figures.Share(cost.Share.Or(0))),
		Fix:    redact.Plain("Check what the trigger's function does: auto_explain with log_nested_statements logs its statements with their plans."),
		Where:  finding.Where{Relation: triggerRelation(p, t)},
	}}
	if t.Constraint == "" {
		if t.Calls.Or(0) > 1 {
			f.Fix = redact.Append(f.Fix, "If it can do its work once for all rows, make it a statement-level trigger with transition tables.")
		}
		return f
	}
	f.Fix = redact.Sprintf("Create an index on the columns of constraint %s in the referencing table.", t.Constraint)
	table, k := foreignKey(c, t.Constraint)
	side := referenceSide(p, t, table)
	switch {
	case cascaded.Known() && t.Ms.Or(0) < triggerCall.In(c)*cascaded.Or(0):
		f.Detail = redact.Append(f.Detail, "The constraint cascades: the calls deleted or updated %s of %s, each in %s. The total is due to the number of rows.",
			figures.Plural(cascaded.Or(0), "row"), rows, figures.Ms(t.Ms.Or(0)/cascaded.Or(0)))
		f.Fix = redact.Sprintf("Delete the rows of %s in batches before this statement. If it is slow even then, check that %[1]s has an index on the columns of constraint %s.", rows, t.Constraint)
	case each.Or(0) < triggerCall.In(c):
		f.Detail = redact.Append(f.Detail, "An index lookup takes that long; the total is due to the number of rows.")
		f.Fix = redact.Plain("Write fewer rows at a time.")
		if side == toReferenced {
			f.Fix = redact.Append(f.Fix, "For a bulk load, drop the constraint, load, add it again as NOT VALID, then run VALIDATE CONSTRAINT, which checks all rows in one join.")
		}
	case side == toReferenced:
		f.Detail = redact.Append(f.Detail, "The check looks up the referenced row by its key, which always has an index. A lookup this slow reads from disk, waits for a lock on that row, or reads dead row versions.")
		f.Fix = redact.Plain("Run the statement again: if the second run is fast, the first one read from disk. If not, find the session that locks the referenced row (pg_locks, or log_lock_waits afterwards), and VACUUM the referenced table. No index is missing.")
	case side == eitherSide:
		f.More = redact.Plain("An UPDATE is checked on both sides. If it changed the referencing columns, the check looked up the other table's key, which has an index. " +
			"If it changed a referenced key, the check looked up the referencing rows, and without an index on their columns each call reads their table.")
		f.Fix = redact.Sprintf("Check which table has the constraint %s (\\d). If not the updated table, create an index on the constraint's columns there. Otherwise find what the lookup waits for. Leave columns that do not change out of SET.", t.Constraint)
	case k == nil:
		f.Detail = redact.Append(f.Detail, "An index lookup takes far less. If the constraint is ON DELETE CASCADE or SET NULL, each call also changes the referencing rows. Otherwise the referencing table has no index on the constraint's columns, which the input does not show.")
		f.Fix = redact.Sprintf("Create an index on the columns of constraint %s in the referencing table, if there is none. If there is one, the calls change many rows: change fewer at a time.", t.Constraint)
		if own, ok := strings.CutSuffix(t.Constraint, "_fkey"); ok {
			f.Fix = redact.Append(f.Fix, "By default such a name is the table and the columns: %s.", own)
		}
		f.Asks = []finding.Ask{{
			Input: string(workload.ViewConstraint), Why: "which columns constraint " + t.Constraint + " is on",
			Query: "SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = " + quoted(t.Constraint),
		}}
	case c.Snapshot.IndexesKnown(table) && !c.FKIndexed(table, k):
		f.Where.Relation = table.QName()
		ix := rule.FKIndex(table, k)
		f.Detail = redact.Append(f.Detail, "The referencing table %s has no index on %s, so each call reads the whole table.", table.QName(), ix.String())
		f.Fix = redact.Text{}
		f.Remedies = []rule.Remedy{{Create: &rule.Proposal{Index: ix, Method: "defaults"}}}
	default:
		f.Where.Relation = table.QName()
		f.Detail = redact.Append(f.Detail, "The referencing table is %s.", table.QName())
		if k.OnDelete == "CASCADE" || k.OnDelete == "SET NULL" {
			f.Detail = redact.Append(f.Detail, "The constraint is ON DELETE %s, so each call also changes the rows that refer to the deleted one.", k.OnDelete)
			f.Fix = redact.Sprintf("Delete the rows of %s in batches before this statement.", table.QName())
		}
	}
	return f
}

// changedByCascade returns the table whose rows the calls of a foreign key's trigger
// deleted or updated, and how many: the triggers of that table ran as often. Unless the
// table is named in the constraint's name, as by default, that it is this one is not
// known.
func changedByCascade(p *rule.Plan, t plan.Trigger) (table string, rows opt.Float) {
	for _, u := range p.Triggers {
		if u.Relation != "" && u.Relation != t.Relation && strings.HasPrefix(t.Constraint, u.Relation+"_") && u.Calls.Or(0) > max(rows.Or(0), 1) {
			table, rows = u.Relation, u.Calls
		}
	}
	return table, rows
}

// The table that a foreign key check reads.
const (
	toReferencing = iota // rows were deleted: the rows that refer to them
	toReferenced         // rows were inserted: the rows they refer to
	eitherSide
)

// referenceSide returns which table a foreign key check reads, by what was written:
// inserted rows are looked up in the referenced table, deleted rows in the referencing
// one.
func referenceSide(p *rule.Plan, t plan.Trigger, referencing *workload.Table) int {
	written := triggerRelation(p, t)
	for n := range p.Nodes() {
		if n.Operation == "" || p.Node(n).RelationName() != written && n.Relation != written {
			continue
		}
		switch {
		case n.Operation == "Delete":
			return toReferencing
		case n.Operation == "Insert" && n.Text("Conflict Resolution").Raw() != "UPDATE":
			return toReferenced
		case referencing == nil:
			return eitherSide
		case referencing.QName() == p.Node(n).RelationName():
			return toReferenced
		}
		return toReferencing
	}
	return toReferencing
}

// triggerRelation returns the table that a trigger fired on. Text plans name it only
// if several are written to.
func triggerRelation(p *rule.Plan, t plan.Trigger) string {
	for n := range p.Nodes() {
		if n.Type == "ModifyTable" && (t.Relation == "" || n.Relation == t.Relation) {
			return p.Node(n).RelationName()
		}
	}
	return t.Relation
}

// foreignKey finds a foreign key by its name; nil if the catalog does not have it.
func foreignKey(c *rule.Case, name string) (*workload.Table, *workload.Constraint) {
	if c.Snapshot == nil {
		return nil, nil
	}
	for _, t := range c.Snapshot.Tables {
		for _, k := range t.Constraints {
			if k.Type == "f" && k.Name == name && len(k.Columns) > 0 {
				return t, k
			}
		}
	}
	return nil, nil
}
