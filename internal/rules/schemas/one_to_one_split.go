package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var oneToOneSplit = rule.Rule{
	ID:      "one-to-one-split",
	Title:   "Two tables with one key",
	Sees:    "A table whose primary key is a foreign key to another one's: each row adds columns to a row there.",
	Why:     "Each read of both is a join, and each new row is two INSERTs.",
	Silent:  "Several tables extend the same one, or others refer to this one. Large values, counters and secrets, which are kept apart for a reason. Exports say that few rows have a row here.",
	Fix:     "Move the columns into the other table, unless they are written, read or protected apart.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-FK"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		of := t.Extends()
		if of == nil || len(t.Columns) == len(t.Key()) || t.RowSecurity != of.RowSecurity ||
			slices.ContainsFunc(t.Columns, func(col catalog.Column) bool { return keptApart(t, &col) }) {
			return
		}
		if here, there := c.ExtentOfTable(t).Rows, c.ExtentOfTable(of).Rows; here.Known() && here.Or(0) < there.Or(0)/2 {
			return
		}
		f := c.InSchema(t, finding.Concern, finding.Nit)
		f.Title = redact.Sprintf("%s has the key of %s and adds %s", t.Name.Short(), of.Name.Short(), figures.Plural(len(t.Columns)-len(t.Key()), "column"))
		f.Detail = redact.Plain("Each read of both is a join, and each new row is two INSERTs.")
		f.Fix = redact.Sprintf("Move the columns into %s, unless they are written, read or protected apart.", of.Name.Short())
		f.Decide("Why are these columns apart?", "who reads and writes them", "leave them.")
		found(f)
	},
}

// keptApart reports whether a column is a reason for a table of its own: it is large,
// changes often, or not everybody may read it.
func keptApart(t *design.Table, col *catalog.Column) bool {
	switch base := t.Schema.BaseType(col); base.Name {
	case "bytea", "json", "jsonb", "xml", "tsvector", "vector":
		return true
	}
	return slices.ContainsFunc(append(design.Words(col.Name), design.Words(t.Name.Name)...), func(w string) bool {
		return slices.Contains([]string{"count", "counts", "counter", "counters", "stat", "stats", "total", "secret", "secrets", "password", "hash", "token", "credential", "credentials", "salt", "seen", "last", "body", "content"}, w)
	})
}
