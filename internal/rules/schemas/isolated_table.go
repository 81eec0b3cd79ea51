package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var isolatedTable = rule.Rule{
	ID:      "isolated-table",
	Title:   "Table without a foreign key, in a schema that has them",
	Sees:    "A table that no foreign key leads to or from, when two thirds of at least four tables have one.",
	Why:     "Nothing says what a row belongs to, and nothing removes it when that is gone. Or the table is left over.",
	Silent:  "Settings, logs, queues, lists of codes and other tables whose name says that they are on their own. A column that refers to another table without a foreign key (see fk-missing).",
	Fix:     "Add the foreign key, or drop the table if nothing reads it.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-FK"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if t.IsConnected() || t.StandsAlone() || !keysAreUsual.Of(c) {
			return
		}
		f := c.InSchema(t, finding.Concern, finding.Low)
		if of := c.Exported(t.Relation); of != nil {
			f.Number("scans", opt.Of(rule.InUse(of)), "scans", "pg_stat_user_tables")
		}
		f.Title = redact.Sprintf("%s has no foreign key, and none refers to it", t.Name.Short())
		f.Detail = redact.Plain("Nothing says what a row belongs to, and nothing removes it when that is gone.")
		f.Fix = redact.Plain("Add the foreign key, or drop the table if nothing reads it.")
		f.Decide("Does a row belong to a row of another table?", "the queries that join it", "leave the table as it is.")
		found(f)
	},
}

// keysAreUsual tells whether two thirds of at least four tables have a foreign key, in
// or out.
var keysAreUsual = rule.Derive(func(c *rule.Case) bool {
	n := 0
	for _, t := range c.Schema.Tables {
		if t.IsConnected() {
			n++
		}
	}
	return len(c.Schema.Tables) >= 4 && 3*n >= 2*len(c.Schema.Tables)
})
