package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var addColumnJSON = rule.Rule{
	ID:      "add-column-json",
	Title:   "Added column of type json",
	Sees:    "ADD COLUMN or CREATE TABLE with a column of type json.",
	Why:     "json has no equality: SELECT DISTINCT and GROUP BY over the row fail. It is parsed on each access and has no GIN index.",
	Silent:  "jsonb.",
	Fix:     "Use jsonb.",
	Sources: []string{manual + "datatype-json.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for col, on := range newColumns(s) {
			if col.Type.Name != "json" {
				continue
			}
			f := c.About(s, on, finding.Confirmed, finding.Low)
			f.Title = redact.Sprintf("Column %s is json, not jsonb", quoted(col.Name))
			f.Detail = redact.Plain("json has no equality, so SELECT DISTINCT over the rows fails. It is parsed on each access, and a GIN index is not possible.")
			f.Fix = redact.Plain("Use jsonb.")
			found(f)
		}
	},
}
