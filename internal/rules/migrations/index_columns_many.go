package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var indexKeysMany = rule.NewThreshold("keys", 3, "columns", "further columns rarely narrow a search, and each makes the index larger")

var indexColumnsMany = rule.Rule{
	ID:         "index-columns-many",
	Title:      "New index with many key columns",
	Sees:       "A new index that is not unique and has more than three key columns.",
	Why:        "The later columns rarely narrow the search. They make the index larger, and updates of them are no longer HOT.",
	Silent:     "Unique indexes, and INCLUDE columns.",
	Fix:        "Keep the columns that searches compare. Move columns that are only returned to INCLUDE.",
	Sources:    []string{manual + "indexes-multicolumn.html"},
	Thresholds: []*rule.Threshold{indexKeysMany},
	Rank:       rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range done(s, ddl.CreateIndex) {
			if a.Index == nil || a.Index.Index == nil || a.Index.Index.Unique || float64(len(a.Index.Index.Keys)) <= indexKeysMany.In(c) {
				continue
			}
			f := c.About(s, a.Table, finding.Concern, finding.Low)
			f.Where.Index = quoted(a.Name)
			f.Title = redact.Sprintf("The new index on %s has %d key columns", rule.TableWords(a.Table), len(a.Index.Index.Keys))
			f.Detail = redact.Plain("The later columns rarely narrow a search; they make the index larger.")
			f.Decide("Which queries compare the later columns?", "the queries that the index is for", "keep the columns that the WHERE clauses compare with =, then one of a range or order.")
			f.Fix = redact.Plain("Keep the columns that searches compare. Move columns that are only returned to INCLUDE.")
			found(f)
		}
	},
}
