package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var typeTimestamp = rule.Rule{
	ID:      "type-timestamp",
	Title:   "New column of type timestamp without time zone",
	Sees:    "A column of type timestamp without time zone that a migration adds.",
	Why:     "The value does not say which moment it is. Sessions with another TimeZone write and compare other moments.",
	Silent:  "timestamptz. If the other timestamps of the schema are of this type too, or the name says local or wall, it is a low question.",
	Fix:     "Use timestamptz.",
	Sources: []string{manual + "datatype-datetime.html", "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_timestamp_.28without_time_zone.29"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for col, on := range newColumns(s) {
			if col.Type.Name != "timestamp without time zone" {
				continue
			}
			f := c.About(s, on, finding.Confirmed, finding.Medium)
			f.Title = redact.Sprintf("Column %s is timestamp without time zone", quoted(col.Name))
			f.Detail = redact.Plain("The value does not say which moment it is: sessions with another TimeZone mean another one.")
			f.Fix = redact.Plain("Use timestamptz.")
			if name := strings.ToLower(col.Name); strings.Contains(name, "local") || strings.Contains(name, "wall") || usualTimestamp(c, s) {
				f.Tag, f.Severity = finding.Concern, finding.Low
				f.Decide("Do all sessions that write and read it use one TimeZone?", "the TimeZone of the application's connections", "use timestamptz.")
			}
			found(f)
		}
	},
}

// usualTimestamp reports whether most timestamps of older tables are without time zone.
func usualTimestamp(c *rule.Case, s *migration.Statement) bool {
	if c.Migration.Catalog == nil {
		return false
	}
	without, with := 0, 0
	for _, t := range c.Migration.Catalog.All() {
		for _, col := range t.Columns {
			switch {
			case col.Since >= s.Number:
			case col.Type.Name == "timestamp without time zone":
				without++
			case col.Type.Name == "timestamp with time zone":
				with++
			}
		}
	}
	return without >= 4 && without >= 2*with
}
