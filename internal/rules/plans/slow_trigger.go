package plans

import (
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
	triggerMs    = rule.NewThreshold("ms", 10, "ms", "less is not worth a look")
	triggerCall  = rule.NewThreshold("ms_a_call", 1, "ms", "looking a row up by an index takes far less, so a check that takes longer reads the table")
)

var slowTrigger = rule.Rule{
	ID:    "slow-trigger",
	Title: "The time goes into a trigger",
	Sees:  "A trigger, or the check of a foreign key, that takes a fifth of a write's time.",
	Why: "What a trigger does stands in no node of the plan. Where rows go that others refer to, a foreign key looks those up, one time per row: without an index there each time reads the table. " +
		"Where rows come that refer to others, it looks up the row they refer to, by a key that always has an index.",
	Silent: "It takes less than 10 ms or a fifth of the time.",
	Fix:    "For a DELETE, or an UPDATE of the key, an index on the referencing columns; for an INSERT no index, but what keeps the lookup waiting; for a trigger of one's own look at what it does a row, or make it one of the statement.",
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
	e.Number("time of a call", each, "ms", "plan")
	name := t.Name
	if t.Constraint != "" {
		name = "the check of constraint " + t.Constraint
	} else {
		name = "trigger " + name
	}
	f := rule.Found{Cost: cost, Finding: finding.Finding{
		Tag: finding.Confirmed, Severity: p.Severity(cost), Evidence: e,
		Title:  redact.Sprintf("%s took %s of the %s, in %s", rule.Upper(name), figures.Ms(t.Ms.Or(0)), figures.Ms(p.ExecMs().Or(0)), figures.Plural(t.Calls.Or(0), "call")),
		Detail: redact.Sprintf("That is %s a call.", figures.Ms(each.Or(0))),
		Fix:    redact.Plain("Look at what the trigger does for each row; a trigger of the statement, with transition tables, does it once."),
		Where:  finding.Where{Relation: triggerRelation(p, t)},
	}}
	if t.Constraint == "" {
		return f
	}
	f.Fix = redact.Sprintf("An index on the columns of constraint %s in the referencing table.", t.Constraint)
	table, k := foreignKey(c, t.Constraint)
	side := referenceSide(p, t, table)
	switch {
	case each.Or(0) < triggerCall.In(c):
		f.Detail = redact.Sprintf("%s That is what a lookup by an index takes; the number of rows makes the sum.", f.Detail)
		f.Fix = redact.Plain("Write fewer rows at a time. For a bulk load: drop the constraint, load, add it again as NOT VALID, then VALIDATE CONSTRAINT, which checks all rows in one join.")
	case side == toReferenced:
		f.Detail = redact.Sprintf("%s It looks up the row that the new one refers to, by that table's key, which always has an index: no index is missing. So long a lookup reads from disk, waits for a lock on that row, or goes through its dead versions.", f.Detail)
		f.Fix = redact.Plain("No new index. Run it again: if it is quick then, it was a cold read. If not, look in pg_locks for who holds the row that is referred to (log_lock_waits tells it afterwards), and VACUUM the table that is referred to.")
	case side == eitherSide:
		f.Detail = redact.Sprintf("%s An UPDATE is checked on both sides. If it changed the columns that refer, the check looked up the other table's key, which has an index: then no index is missing. "+
			"If it changed a key that others refer to, they were looked up, and without an index on their columns each call reads their table.", f.Detail)
		f.Fix = redact.Sprintf("Look at which table has the constraint %s (\\d): if it is another one than the updated, an index on its columns there; if not, look for what keeps the lookup waiting. And leave columns out of SET that do not change.", t.Constraint)
	case k == nil:
		f.Detail = redact.Sprintf("%s A lookup by an index takes far less: the referencing table has none on these columns. Which they are is not in the input.", f.Detail)
		f.Asks = []finding.Ask{{
			Input: string(workload.ViewConstraint), Why: "which columns constraint " + t.Constraint + " is on",
			Query: "SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = " + quoted(t.Constraint),
		}}
	case c.Snapshot.IndexesKnown(table) && !c.FkIndexed(table, k):
		f.Where.Relation = table.QName()
		ix := rule.FkIndex(table, k)
		f.Detail = redact.Sprintf("%s The referencing table %s has no index on %s, so each call reads it.", f.Detail, table.QName(), ix.String())
		f.Fix = redact.Text{}
		f.Remedies = []rule.Remedy{{Create: &rule.Proposal{Index: ix, Method: "defaults"}}}
	default:
		f.Where.Relation = table.QName()
		f.Detail = redact.Sprintf("%s The referencing table is %s.", f.Detail, table.QName())
	}
	return f
}

// The table that a foreign key's check looks into.
const (
	toReferencing = iota // rows went: who refers to them
	toReferenced         // rows came: what they refer to
	eitherSide
)

// referenceSide tells by what was written where the check of a foreign key
// looks: the table that has the constraint is checked against the other when
// rows come, and looked through when the other's rows go.
func referenceSide(p *rule.Plan, t plan.Trigger, referencing *workload.Table) int {
	written := triggerRelation(p, t)
	for n := range p.Nodes() {
		if n.Type != "ModifyTable" || p.Node(n).RelationName() != written && n.Relation != written {
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

// triggerRelation is the table that a trigger fired on. Text names it only
// where several are written to.
func triggerRelation(p *rule.Plan, t plan.Trigger) string {
	for n := range p.Nodes() {
		if n.Type == "ModifyTable" && (t.Relation == "" || n.Relation == t.Relation) {
			return p.Node(n).RelationName()
		}
	}
	return t.Relation
}

// foreignKey finds a foreign key by its name; nil where the catalogue does not
// hold it.
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
