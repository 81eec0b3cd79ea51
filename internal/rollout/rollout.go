// Package rollout says how a statement is shipped and how it is taken back: the
// safe sequence of steps, the rollback, the deploy that each belongs to, and what
// the person on call does when a migration is wrong.
//
// All SQL that it returns runs as it is, in the order of the steps. Names are made
// from the names of the objects, definitions come from the catalog. A value that
// only the application knows is NULL in a draft and said so.
package rollout

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// Tx is the transaction that a step runs in.
type Tx string

const (
	Own  Tx = "own"  // a transaction of its own
	None Tx = "none" // the server refuses it in a transaction block
	Any  Tx = "any"
)

// Deploy is when a step or a statement runs, seen from the deploy of the code.
type Deploy string

const (
	Before   Deploy = "before-code"
	After    Deploy = "after-code"
	With     Deploy = "with-code"
	NoneSafe Deploy = "none-safe" // neither the old nor the new code runs on both schemas
	AnyTime  Deploy = "any"
)

// Step is one step of a safe sequence.
type Step struct {
	Statements []string // without semicolons
	Wait       Wait
	Tx         Tx
	Deploy     Deploy
	Why        string
	Back       []string  // what takes it back, where the statements do not tell
	Fill       *Backfill // of the steps of a backfill
	Setting    bool      // it only sets the timeouts of the step after it
	Check      bool      // it reads only: its result says how to go on
}

// Wait is how long a step may wait for its locks.
type Wait int

const (
	Unset   Wait = iota
	Short        // it takes SHARE or more: every other session would queue behind it
	Forever      // it blocks nobody while it waits or works
)

// settings are the statements that a Wait stands for.
var settings = map[Wait][]string{
	Short:   {"SET lock_timeout = '2s'"},
	Forever: {"SET lock_timeout = 0", "SET statement_timeout = 0"},
}

// SQL returns the step as a script. Several statements are one transaction, which
// the script opens.
func (s Step) SQL() string {
	var list []string
	if s.Tx == Own && len(s.Statements) > 1 {
		list = append(list, "BEGIN")
		for _, set := range settings[s.Wait] {
			list = append(list, strings.Replace(set, "SET ", "SET LOCAL ", 1))
		}
		list = append(append(list, s.Statements...), "COMMIT")
	} else {
		list = append(append(list, settings[s.Wait]...), s.Statements...)
	}
	return strings.Join(list, ";\n") + ";"
}

// Plan is what steps are made from.
type Plan struct {
	Catalog *catalog.Catalog // after the migration; nil if nothing is known
	Server  pgversion.Version
	// Show prints a statement that changes rows; nil: with its literals. Definitions
	// keep theirs: they could not run without.
	Show func(redact.Text) string

	objects map[*migration.File]map[object][]placed
}

// For returns the plan of a set.
func For(set *migration.Set) *Plan { return &Plan{Catalog: set.Catalog, Server: set.Server} }

// text returns a statement for a step.
func (p *Plan) text(s *migration.Statement) string {
	switch s.Tree.Kind {
	case "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "SelectStmt", "CopyStmt":
		if p.Show != nil {
			return p.Show(redact.SQL(s.Text))
		}
	}
	return s.Text
}

// relation returns a relation by OID; nil if it is not known.
func (p *Plan) relation(oid catalog.OID) *catalog.Relation {
	if p.Catalog == nil || oid == 0 {
		return nil
	}
	return p.Catalog.Get(oid)
}

// last returns a relation as it is, or as it was when it was dropped; nil if it is
// not known.
func (p *Plan) last(oid catalog.OID) *catalog.Relation {
	if p.Catalog == nil || oid == 0 {
		return nil
	}
	return p.Catalog.Last(oid)
}

// indexes returns the indexes that a table has in a statement's view of it.
func (p *Plan) indexes(t *catalog.Relation) []*catalog.Relation {
	var list []*catalog.Relation
	for _, oid := range t.Indexes {
		if ix := p.last(oid); ix != nil && ix.Index != nil {
			list = append(list, ix)
		}
	}
	return list
}

// partitions returns the partitions of a table, without theirs.
func (p *Plan) partitions(t *catalog.Relation) []*catalog.Relation {
	var list []*catalog.Relation
	if t.Kind != catalog.Partitioned {
		return nil
	}
	for _, oid := range t.Children {
		if r := p.last(oid); r != nil {
			list = append(list, r)
		}
	}
	return list
}

// defaultOf returns the default partition of a table; nil if there is none.
func (p *Plan) defaultOf(t *catalog.Relation) *catalog.Relation {
	for _, r := range p.partitions(t) {
		if r.Bound.Default {
			return r
		}
	}
	return nil
}

// maxName is the length of a name in bytes that the server keeps (NAMEDATALEN-1).
const maxName = 63

func cut(name string) string { return name[:min(len(name), maxName)] }

// madeName joins parts to a name as the server does: the table's name is shortened
// first (makeObjectName).
func madeName(table, middle, suffix string) string {
	rest := "_" + suffix
	if middle != "" {
		rest = "_" + middle + rest
	}
	if len(rest) > maxName-8 {
		rest = rest[:maxName-8-len(suffix)-1] + "_" + suffix
	}
	return table[:min(len(table), maxName-len(rest))] + rest
}

// foreign reports whether a statement is of another engine, whose rollout is not
// known here.
func foreign(f *migration.File) bool {
	return f != nil && f.Engine != "" && f.Engine != "postgresql"
}

// ofFile reports whether the file of a statement made what has a Since.
func ofFile(s *migration.Statement, since int) bool {
	return since > 0 && s.File != nil && len(s.File.Statements) > 0 && since >= s.File.Statements[0].Number && since <= s.Number
}

// exists reports whether a relation was there before the migration, so that others
// wait for its locks.
func exists(s *migration.Statement, r *catalog.Relation) bool {
	if r == nil {
		return false
	}
	for _, l := range s.Effect.Locks {
		if l.Relation.OID == r.OID {
			return !l.New
		}
	}
	return r.Since == 0
}
