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
	for _, d := range afterInRelease(c, s, drop.Table, ddl.AddColumn) {
		if is(d.a) {
			return d.s, d.a
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

// recreated returns the later statement of the release that creates a relation with
// the name of a dropped one; nil if there is none.
func recreated(c *rule.Case, s *migration.Statement, drop *ddl.Action) *migration.Statement {
	if drop.Table == nil {
		return nil
	}
	h := histories.Of(c)
	for _, d := range h.created[drop.Table.Name.Name] {
		if d.at > h.at[s] && oneRelease(c, s, d.s) && sameName(d.a.Other.Name, drop.Table.Name) {
			return d.s
		}
	}
	return nil
}

// tookName returns the table that is renamed to a name; empty if there is none.
func tookName(c *rule.Case, s *migration.Statement, name catalog.Name) string {
	h := histories.Of(c)
	for _, d := range h.renames[name.Name] {
		if d.at > h.at[s] && oneRelease(c, s, d.s) && d.a.Target == "table" && d.a.Table != nil {
			return d.a.Table.Name.Short()
		}
	}
	return ""
}
