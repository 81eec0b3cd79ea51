package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// lost makes a finding say that data is gone.
func lost(f *rule.Found, s *migration.Statement, what string) {
	f.Loses = true
	f.Blast = redact.Plain(what)
	f.Critical(s, finding.DoNotShip)
}

// takes names what a drop takes along: "view a, index b and 2 more".
func takes(list []ddl.Object) string {
	var names []string
	for _, o := range list {
		name := o.Kind + " " + o.Name
		if o.Table != "" && o.Kind != "index" && o.Kind != "view" {
			name += " of " + o.Table
		}
		names = append(names, name)
	}
	return rule.Words(rule.FirstFew(names))
}

// readded returns the later action that adds a column of the name of a dropped one,
// with its statement; nil if there is none.
func readded(c *rule.Case, s *migration.Statement, drop *ddl.Action) (*migration.Statement, *ddl.Action) {
	is := func(b *ddl.Action) bool { return b.Verb == ddl.AddColumn && sameColumn(drop, b) }
	behind := false
	for _, b := range done(s) {
		if behind && is(b) {
			return s, b
		}
		behind = behind || b == drop
	}
	for later := range after(c, s) {
		for _, b := range done(later, ddl.AddColumn) {
			if is(b) {
				return later, b
			}
		}
	}
	return nil, nil
}

// oldColumn reports whether a dropped column was there before the migration.
func oldColumn(a *ddl.Action) bool {
	col := a.Was
	if col == nil {
		col = a.Column
	}
	return col == nil || col.Since == 0
}

// recreated returns the later statement that creates a table with the name of a
// dropped one; nil if there is none.
func recreated(c *rule.Case, s *migration.Statement, drop *ddl.Action) *migration.Statement {
	for later := range after(c, s) {
		for _, b := range done(later, ddl.CreateTable, ddl.CreateRelationAs) {
			if b.Other != nil && drop.Table != nil && sameName(b.Other.Name, drop.Table.Name) {
				return later
			}
		}
	}
	return nil
}

// tookName returns the table that is renamed to a name; empty if there is none.
func tookName(c *rule.Case, name catalog.Name) string {
	for s := range all(c) {
		for _, b := range done(s, ddl.Rename) {
			if b.Target == "table" && b.To == name.Name && b.Table != nil {
				return b.Table.Name.Short()
			}
		}
	}
	return ""
}
