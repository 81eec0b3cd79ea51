package schemas

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var seedNotIdempotent = rule.Rule{
	ID:      "seed-not-idempotent",
	Title:   "Seed that cannot be run twice",
	Sees:    "An INSERT without ON CONFLICT in a file that no migration tool keeps account of, or in a folder of seeds.",
	Why:     "Seeds are run again: after a failed deployment, in tests, on a second environment. Then the INSERT stops at a duplicate key, or adds the rows a second time.",
	Silent:  "ON CONFLICT. NOT EXISTS. The file removes the rows of the table first. Migrations that a tool runs once. Dumps.",
	Fix:     "Add ON CONFLICT DO NOTHING, or DO UPDATE, over a unique key that the rows fill.",
	Sources: []string{manual + "sql-insert.html#SQL-ON-CONFLICT"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		said := map[string]bool{}
		for s := range seeds(c) {
			if said[s.table.Name.String()] || s.node.Get("onConflictClause").Exists() || strings.Contains(strings.ToLower(s.Text), "not exists") || s.runsOnce() || s.clears() {
				continue
			}
			said[s.table.Name.String()] = true
			f := s.say(c.InSchema(s.table, finding.Concern, finding.Low))
			f.Title = redact.Sprintf("INSERT into %s has no ON CONFLICT", s.table.Name.Short())
			f.Detail = redact.Plain("A second run adds the same rows again.")
			f.Fix = redact.Plain("Add a unique constraint over what identifies a row, and ON CONFLICT DO NOTHING.")
			for _, u := range s.table.Uniques() {
				if u.Whole && !slices.ContainsFunc(u.Columns, func(name string) bool { return !slices.Contains(s.columns, name) }) {
					f.Detail = redact.Sprintf("A second run stops at the duplicate key (%s).", strings.Join(u.Columns, ", "))
					f.Fix = redact.Sprintf("Add ON CONFLICT (%s) DO NOTHING.", strings.Join(u.Columns, ", "))
					break
				}
			}
			f.Decide("Is the file run more than once on a database?", "how deployments and tests load it", "make it safe to run twice.")
			found(f)
		}
	},
}
