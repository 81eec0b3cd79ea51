package migrations

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// deed is an action with its statement and the statement's position in the run.
type deed struct {
	s  *migration.Statement
	a  *ddl.Action
	at int
}

// history finds the actions of a run by what they are on, so that a rule need not go
// through all statements for each of them.
type history struct {
	at      map[*migration.Statement]int
	on      map[deedKey][]deed // by the table and the verb, in order
	created map[string][]deed  // tables and views by their names
	renames map[string][]deed  // by the new name
	dropped map[string]int     // where an index of a name is dropped first
	types   []deed             // what is done to types
	checked int                // the last statement that looks at indisvalid; -1: none
}

type deedKey struct {
	table catalog.OID
	verb  ddl.Verb
}

var histories = rule.Derive(func(c *rule.Case) *history {
	h := &history{at: map[*migration.Statement]int{}, on: map[deedKey][]deed{}, created: map[string][]deed{}, renames: map[string][]deed{}, dropped: map[string]int{}, checked: -1}
	for s := range all(c) {
		at := len(h.at)
		h.at[s] = at
		if strings.Contains(strings.ToLower(s.Text), "indisvalid") {
			h.checked = at
		}
		for _, a := range s.Effect.Actions {
			if _, known := h.dropped[a.Name]; a.Verb == ddl.DropIndex && !known {
				h.dropped[a.Name] = at
			}
		}
		for _, a := range done(s) {
			d := deed{s, a, at}
			switch {
			case a.Type != nil:
				h.types = append(h.types, d)
			case a.Other != nil && (a.Verb == ddl.CreateTable || a.Verb == ddl.CreateRelationAs || a.Verb == ddl.CreateView):
				h.created[a.Other.Name.Name] = append(h.created[a.Other.Name.Name], d)
			case a.Verb == ddl.Rename:
				h.renames[a.To] = append(h.renames[a.To], d)
			}
			if a.Table != nil {
				key := deedKey{a.Table.OID, a.Verb}
				h.on[key] = append(h.on[key], d)
			}
		}
	}
	return h
})

// onTable returns the actions of some verbs on a table, in order.
func onTable(c *rule.Case, t *catalog.Relation, verbs ...ddl.Verb) []deed {
	if t == nil {
		return nil
	}
	var list []deed
	for _, v := range verbs {
		list = append(list, histories.Of(c).on[deedKey{t.OID, v}]...)
	}
	slices.SortStableFunc(list, func(a, b deed) int { return cmp.Compare(a.at, b.at) })
	return list
}

// afterOn returns those that run later than a statement.
func afterOn(c *rule.Case, s *migration.Statement, t *catalog.Relation, verbs ...ddl.Verb) []deed {
	return slices.DeleteFunc(onTable(c, t, verbs...), func(d deed) bool { return d.at <= histories.Of(c).at[s] })
}

// beforeOn returns those that run earlier than a statement.
func beforeOn(c *rule.Case, s *migration.Statement, t *catalog.Relation, verbs ...ddl.Verb) []deed {
	return slices.DeleteFunc(onTable(c, t, verbs...), func(d deed) bool { return d.at >= histories.Of(c).at[s] })
}

// oneRelease reports whether two statements reach production together: they are of one
// file, or all files are pending.
func oneRelease(c *rule.Case, a, b *migration.Statement) bool {
	return c.Migration.Pending || a.File == b.File || sameTransaction(a, b)
}

// afterInRelease returns the actions of afterOn that are of the same release.
func afterInRelease(c *rule.Case, s *migration.Statement, t *catalog.Relation, verbs ...ddl.Verb) []deed {
	return slices.DeleteFunc(afterOn(c, s, t, verbs...), func(d deed) bool { return !oneRelease(c, s, d.s) })
}

// lockedAnyway reports whether another statement of the transaction takes as strong a lock
// on a relation, and none of them takes time: the lock blocks nobody for longer.
func lockedAnyway(s *migration.Statement, r *catalog.Relation, mode ddl.Mode) bool {
	if s.Tx == nil || r == nil {
		return false
	}
	again := false
	for other := range rule.EachChange(s.Tx.Statements) {
		if other.Effect.Class != ddl.Instant {
			return false
		}
		again = again || other != s && slices.ContainsFunc(other.Effect.Locks, func(l ddl.Lock) bool { return l.Relation.OID == r.OID && l.Mode >= mode })
	}
	return again
}

// laterInTransaction returns the statements that run later than one in its
// transaction, with those in bodies.
func laterInTransaction(c *rule.Case, s *migration.Statement) []*migration.Statement {
	if s.Tx == nil {
		return nil
	}
	var list []*migration.Statement
	h := histories.Of(c)
	for later := range rule.EachChange(s.Tx.Statements) {
		if h.at[later] > h.at[s] {
			list = append(list, later)
		}
	}
	return list
}
