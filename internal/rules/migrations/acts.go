package migrations

import (
	"iter"
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// done returns the actions of a statement that have one of the verbs, without those
// that do nothing. A statement that the server refuses does nothing.
func done(s *migration.Statement, verbs ...ddl.Verb) []*ddl.Action {
	if s.Effect.Refused != "" {
		return nil
	}
	return tried(s, verbs...)
}

// tried returns them whether the server refuses the statement or not.
func tried(s *migration.Statement, verbs ...ddl.Verb) []*ddl.Action {
	var list []*ddl.Action
	for i := range s.Effect.Actions {
		if a := &s.Effect.Actions[i]; !a.Nothing && (len(verbs) == 0 || slices.Contains(verbs, a.Verb)) {
			list = append(list, a)
		}
	}
	return list
}

// existing reports whether a relation was there before the migration, so that others
// use it. One that nothing is known of was. Of pending files, what an earlier one
// creates is new too. To the part that takes a file back, what the file creates is new.
func existing(c *rule.Case, s *migration.Statement, r *catalog.Relation) bool {
	if r == nil {
		return true
	}
	if isBack(s) {
		return len(s.File.Statements) == 0 || r.Since < s.File.Statements[0].Number
	}
	if r.Since > 0 && c.Migration.Pending {
		return false
	}
	for _, l := range s.Effect.Locks {
		if l.Relation.OID == r.OID {
			return !l.New
		}
	}
	return !s.New(r) && !r.Temporary
}

// isNewColumn reports whether a column came with the migration. Of a history only the
// file itself counts: what an earlier file added has rows by now.
func isNewColumn(c *rule.Case, s *migration.Statement, col *catalog.Column) bool {
	return col != nil && col.Since > 0 && (c.Migration.Pending || s.New(&catalog.Relation{Since: col.Since}))
}

// onExisting returns the actions of a statement on tables that were there before.
func onExisting(c *rule.Case, s *migration.Statement, verbs ...ddl.Verb) []*ddl.Action {
	return slices.DeleteFunc(done(s, verbs...), func(a *ddl.Action) bool { return !existing(c, s, a.Table) })
}

// statementsOf returns the statements of a file, those in bodies included.
func statementsOf(f *migration.File) []*migration.Statement {
	return slices.Collect(rule.EachChange(f.Statements))
}

// all yields the statements of all files.
func all(c *rule.Case) iter.Seq[*migration.Statement] {
	return func(yield func(*migration.Statement) bool) {
		for _, f := range c.Migration.Files {
			for s := range rule.EachChange(f.Statements) {
				if !yield(s) {
					return
				}
			}
		}
	}
}

// sameTable reports whether two actions are on one table.
func sameTable(a, b *ddl.Action) bool {
	return a.Table != nil && b.Table != nil && a.Table.OID == b.Table.OID
}

// sameName reports whether two names may be of one object: a schema that is not given
// may be any.
func sameName(a, b catalog.Name) bool {
	return a.Name == b.Name && (a.Schema == b.Schema || a.Schema == "" || b.Schema == "")
}

// sameTransaction reports whether two statements are kept or undone together.
func sameTransaction(a, b *migration.Statement) bool { return a.Tx != nil && a.Tx == b.Tx }

// inBlock reports whether a statement runs in a transaction block: of the file, of the
// tool, of one string, or of a body.
func inBlock(s *migration.Statement) bool { return s.Tx != nil }

// isBack reports whether a statement is of the part that takes a file back.
func isBack(s *migration.Statement) bool { return s.File != nil && slices.Contains(s.File.Down, s) }
