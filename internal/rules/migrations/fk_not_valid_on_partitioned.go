package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var fkNotValidOnPartitioned = rule.Rule{
	ID:      "fk-not-valid-on-partitioned",
	Title:   "NOT VALID foreign key of a partitioned table",
	Sees:    "ADD FOREIGN KEY ... NOT VALID on a partitioned table, on a server before PostgreSQL 18.",
	Why:     "The server refuses it, and the release stops.",
	Silent:  "PostgreSQL 18 or later. The partitioned table is the referenced one.",
	Fix:     "Add the key with NOT VALID to each partition and validate it there. Then add it to the partitioned table, which takes the valid keys over.",
	Sources: []string{docAlter, docPartition},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range tried(s, ddl.AddConstraint) {
			if s.Effect.Refused == "" || a.Constraint == nil || a.Constraint.Type != catalog.ForeignKey || a.Constraint.Valid || a.Table == nil || a.Table.Kind != catalog.Partitioned {
				continue
			}
			f := c.About(s, a.Table, finding.Confirmed, finding.High)
			f.Title = redact.Sprintf("The NOT VALID foreign key fails: %s is partitioned", rule.TableWords(a.Table))
			f.Detail = redact.Plain("Before PostgreSQL 18 the server refuses a NOT VALID foreign key from a partitioned table.")
			f.Fix = redact.Plain("Add the key with NOT VALID to each partition and validate it there. Then add it to the partitioned table.")
			found(f)
		}
	},
}
