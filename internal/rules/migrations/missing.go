package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// missing begins a finding about a statement that names what is not there, or creates
// what is.
func missing(c *rule.Case, s *migration.Statement) rule.Found {
	f := c.About(s, nil, finding.Confirmed, finding.High)
	for _, a := range tried(s) {
		if a.Table != nil {
			f.Where.Relation = a.Table.Name.String()
			break
		}
	}
	f.Title = redact.Sprintf("%s fails: %s", what(s), s.Effect.Refused)
	f.Detail = redact.Plain("The server refuses the statement, and the release stops here.")
	if c.Migration.Schema == migration.Played {
		f.Tag, f.Severity = finding.Concern, finding.Low
		f.Detail = redact.Plain("The schema was played from older migrations, which may not be complete.")
		f.Decide("Do the older migrations show the whole schema?", "pg_dump -s of the database", "compare with the database before the release.")
	}
	return f
}
