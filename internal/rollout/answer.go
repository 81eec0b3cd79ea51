package rollout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/migration"
)

// Answer is what the person on call does when a migration is wrong.
type Answer struct {
	Acts     []Act // in the order in which they are done
	Fits     Fit
	NoReturn *migration.Statement // the first one that cannot be taken back whole; nil if there is none
	Loses    []string             // what the way back loses, as phrases
	Class    ddl.Class            // of the longest step of the way back
	Left     []Left               // what an interrupted run leaves behind
}

// Fit says how the way back of the code and of the schema go together.
type Fit string

const (
	CodeAlone   Fit = "code-alone"   // the old code runs on the new schema
	SchemaFirst Fit = "schema-first" // the old code needs the old schema
	Together    Fit = "together"     // neither code runs on the other's schema
	NoWayBack   Fit = "no-way-back"  // the old code needs what does not come back
)

// Act is one thing to do.
type Act struct {
	Part Part
	Text string
	SQL  string // empty if there is none
	Back []Undo // of the schema
}

// Part is what an Act is about.
type Part string

const (
	TheRun    Part = "run"
	TheCode   Part = "code"
	TheSchema Part = "schema"
	TheData   Part = "data"
)

// Left is what an interrupted run leaves behind.
type Left struct {
	Statement *migration.Statement // nil: the file as a whole
	Text      string
	Find, Fix string // SQL; empty if there is nothing to find or to do
}

// running lists the sessions that are at work, the oldest first, with those that
// they wait for.
const running = "SELECT pid, now() - query_start AS runs, pg_blocking_pids(pid) AS waits_for, left(query, 80) AS query FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid() ORDER BY query_start;"

// Answer returns what to do when a file is wrong.
func (p *Plan) Answer(f *migration.File) Answer {
	if foreign(f) {
		return Answer{Class: ddl.Unknown}
	}
	a := Answer{Class: ddl.Instant, Left: p.Left(f)}
	var back []Undo
	var breaking []string
	slow, adds := false, false
	for _, s := range slices.Backward(f.Statements) {
		if covered(f, s) {
			continue
		}
		list, state := p.back(s)
		if state != Yes {
			a.NoReturn = s
		}
		if p.BreaksCode(s) {
			breaking = append(breaking, fmt.Sprintf("line %d", s.Line))
		} else if p.Deploy(s) == Before {
			adds = true
		}
		for _, u := range list {
			if u.LosesData {
				phrase, _, _ := strings.Cut(u.Note, ". ")
				a.Loses = append(a.Loses, strings.TrimSuffix(lower(strings.TrimPrefix(phrase, "Loses ")), "."))
			}
			a.Class = slower(a.Class, u.Class)
		}
		back = append(back, list...)
		l := s.Effect.Strongest()
		slow = slow || l != nil && l.Mode.BlocksWrites() || s.Effect.Class != ddl.Instant
	}
	slices.Reverse(breaking)
	a.Loses = unique(a.Loses)
	do := func(part Part, text, sql string, list []Undo) {
		a.Acts = append(a.Acts, Act{part, text, sql, list})
	}
	if slow {
		do(TheRun, "If it still runs, find its session and cancel it with pg_cancel_backend(pid).", running, nil)
		for _, left := range a.Left {
			if left.Fix != "" {
				do(TheRun, left.Text, join(left.Find, left.Fix), nil)
			}
		}
	}
	schema := func(text string) {
		if len(back) > 0 {
			do(TheSchema, text, "", back)
		}
	}
	switch {
	case len(breaking) > 0 && a.NoReturn != nil && p.BreaksCode(a.NoReturn):
		a.Fits = NoWayBack
		do(TheCode, "Do not roll back the code alone: it needs what "+strings.Join(breaking, ", ")+" took away. Fix forward, or bring the data back first.", "", nil)
		schema("Take back the schema in this order.")
		do(TheData, "Restore what is lost from a backup taken before the migration, into the objects that the step above creates.", "", nil)
		do(TheCode, "Roll back the code once the data is there.", "", nil)
	case len(breaking) > 0 && adds:
		a.Fits = Together
		do(TheCode, "Stop the new code. The old code does not run on the new schema ("+strings.Join(breaking, ", ")+"), and the new code does not run on the old one.", "", nil)
		schema("Take back the schema in this order.")
		do(TheCode, "Start the old code.", "", nil)
	case len(breaking) > 0:
		a.Fits = SchemaFirst
		schema("Take back the schema first, in this order: the old code does not run on the new one (" + strings.Join(breaking, ", ") + ").")
		do(TheCode, "Roll back the code.", "", nil)
	default:
		a.Fits = CodeAlone
		do(TheCode, "Roll back the code alone: the old code runs on the new schema.", "", nil)
		schema("Leave the schema for now. If it has to go, take it back in this order after the code.")
	}
	if len(a.Loses) > 0 && a.Fits != NoWayBack {
		do(TheData, "Before you take back the schema, save what goes with it: "+strings.Join(a.Loses, "; ")+".", "", nil)
		// Saving comes before the schema.
		at := slices.IndexFunc(a.Acts, func(x Act) bool { return x.Part == TheSchema })
		if last := len(a.Acts) - 1; at >= 0 && at < last {
			save := a.Acts[last]
			a.Acts = slices.Insert(a.Acts[:last], at, save)
		}
	}
	return a
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "\n")
}

// lower returns a phrase of a sentence: it begins in lower case, unless its first word is SQL.
func lower(s string) string {
	if len(s) < 2 || s[1] >= 'A' && s[1] <= 'Z' {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

var durations = []ddl.Class{ddl.Instant, ddl.Waits, ddl.RowWrites, ddl.Scan, ddl.Build, ddl.Rewrite, ddl.Unknown}

func slower(a, b ddl.Class) ddl.Class {
	return durations[max(slices.Index(durations, a), slices.Index(durations, b))]
}

// covered reports whether dropping a table that the file creates takes a statement
// back too.
func covered(f *migration.File, s *migration.Statement) bool {
	if len(f.Statements) == 0 || len(s.Effect.Actions) == 0 {
		return false
	}
	first, last := f.Statements[0].Number, f.Statements[len(f.Statements)-1].Number
	for _, a := range s.Effect.Actions {
		made := a.Table != nil && a.Table.Since >= first && a.Table.Since <= last
		if !made || a.Verb == ddl.CreateTable || a.Verb == ddl.DropTable {
			return false
		}
	}
	return true
}

// Left returns what an interrupted run of a file leaves behind. In a transaction
// that is nothing.
func (p *Plan) Left(f *migration.File) []Left {
	var list []Left
	var loose []*migration.Statement
	inside := 0
	for _, s := range f.Statements {
		if s.Tx != nil {
			inside++
			continue
		}
		if s.Effect.Refused == "" && !settles(s) {
			loose = append(loose, s)
		}
		list = append(list, p.leftBy(s)...)
	}
	switch {
	case len(loose) == 0 && inside > 0:
		return []Left{{Text: "Nothing is left: the transaction is rolled back as a whole. Run the file again."}}
	case len(loose) > 1:
		list = append([]Left{{Text: sequenceLeft(loose)}}, list...)
	case len(loose) == 1 && len(list) == 0:
		list = append(list, Left{Statement: loose[0], Text: "Nothing is left: a single statement is done as a whole or not at all. Run it again."})
	}
	return list
}

// settles reports whether a statement changes the session only.
func settles(s *migration.Statement) bool {
	return !slices.ContainsFunc(s.Effect.Actions, func(a ddl.Action) bool {
		return a.Verb != ddl.Set && a.Verb != ddl.Transaction && a.Verb != ddl.Select
	})
}

// sequenceLeft says what stays of statements that run one by one.
func sequenceLeft(loose []*migration.Statement) string {
	var stuck []string
	for _, s := range loose {
		if !repeatable(s) {
			stuck = append(stuck, fmt.Sprint(s.Line))
		}
	}
	text := fmt.Sprintf("%s run one by one without a transaction. All before the one that failed stay, and the next run begins at the first again.", figures.Plural(len(loose), "statement"))
	if len(stuck) == 0 {
		return text + " Each can be run twice."
	}
	lines := "lines "
	if len(stuck) == 1 {
		lines = "line "
	}
	return text + " If they are done, those of " + lines + strings.Join(stuck, ", ") + " fail the second time: take them out of the file first."
}

// repeatable reports whether a statement can run a second time.
func repeatable(s *migration.Statement) bool {
	for _, a := range s.Effect.Actions {
		switch a.Verb {
		case ddl.CreateTable, ddl.DropTable, ddl.AddColumn, ddl.DropColumn, ddl.CreateIndex, ddl.DropIndex, ddl.CreateObject, ddl.DropObject, ddl.CreateFunction, ddl.CreateView, ddl.AlterEnum, ddl.CreateRelationAs:
			if !a.Exists {
				return false
			}
		case ddl.AddConstraint, ddl.DropConstraint:
			if !a.Exists {
				return false
			}
		case ddl.Rename, ddl.SetSchema, ddl.Attach, ddl.Detach, ddl.CreateTrigger, ddl.CreatePolicy, ddl.CreateType, ddl.CreateRule:
			return false
		case ddl.Write:
			if s.Tree.Kind == "InsertStmt" && !s.Tree.Get("onConflictClause").Exists() {
				return false
			}
		}
	}
	return true
}

// leftBy returns what one statement outside of a transaction leaves half done.
func (p *Plan) leftBy(s *migration.Statement) []Left {
	const invalid = "SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid"
	var list []Left
	for _, a := range s.Effect.Actions {
		on := ""
		if a.Table != nil {
			on = " AND indrelid = " + lit(a.Table.Name.Short()) + "::regclass"
		}
		switch {
		case a.Verb == ddl.CreateIndex && a.Concurrent && a.Index != nil:
			name := a.Index.Name.Short()
			list = append(list, Left{s, "An INVALID index " + name + ", which every write maintains and no query uses. Drop it, then build again.", invalid + on + ";", "DROP INDEX CONCURRENTLY IF EXISTS " + name + ";"})
		case a.Verb == ddl.Reindex && a.Concurrent:
			list = append(list, Left{s, "INVALID indexes named _ccnew or _ccold. Drop each with DROP INDEX CONCURRENTLY, then run it again.", invalid + ";", ""})
		case a.Verb == ddl.DropIndex && a.Concurrent:
			name := a.Name
			if a.Index != nil {
				name = a.Index.Name.Short()
			}
			list = append(list, Left{s, "The index " + name + " is INVALID: no query uses it any more. Drop it again.", invalid + on + ";", "DROP INDEX CONCURRENTLY IF EXISTS " + name + ";"})
		case a.Verb == ddl.Detach && a.Concurrent && a.Other != nil:
			list = append(list, Left{s, "A partition that is half detached. Finish it.", "SELECT inhrelid::regclass FROM pg_inherits WHERE inhdetachpending;",
				"ALTER TABLE " + a.Table.Name.Short() + " DETACH PARTITION " + a.Other.Name.Short() + " FINALIZE;"})
		case a.Verb == ddl.Do && slices.ContainsFunc(s.Body, func(b *migration.Statement) bool { return b.Loop != nil && b.Loop.Commits }):
			list = append(list, Left{s, "The batches that are committed stay. Run it again: it goes on where it was if its WHERE leaves out the rows that are done.", "", ""})
		}
	}
	return list
}
