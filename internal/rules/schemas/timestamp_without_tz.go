package schemas

import (
	"fmt"
	"regexp"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var timestampWithoutTZ = rule.Rule{
	ID:      "timestamp-without-tz",
	Title:   "Timestamp without time zone",
	Sees:    "A column of type timestamp without time zone.",
	Why:     "The value does not say which moment it is. Sessions with another TimeZone write and compare other moments.",
	Silent:  "timestamptz. If the name says local or wall time, or a column with a time zone is beside it, the finding is a question.",
	Fix:     "Change the type to timestamptz, and say in which time zone the stored values are.",
	Sources: []string{manual + "datatype-datetime.html", "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_timestamp_.28without_time_zone.29"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for i := range t.Columns {
			col := &t.Columns[i]
			if col.Type.Name != "timestamp without time zone" || col.Inherited {
				continue
			}
			f := c.InSchema(t, finding.Confirmed, finding.Medium)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s.%s is timestamp without time zone", t.Name.Short(), quoted(col.Name))
			f.Detail = redact.Plain("The value does not say which moment it is: sessions with another TimeZone write and read another one.")
			f.Fix = redact.Plain("Change the type to timestamptz. Say in USING in which time zone the stored values are.")
			if t.IsLocal(col.Name) {
				f.Tag, f.Severity = finding.Concern, finding.Low
				f.Decide("Is this the time on a local clock, whose time zone is stored elsewhere?", "what the application writes into it", "change the type to timestamptz.")
			}
			if !col.Type.Array && !pinned(t, col) && !(inUTC.MatchString(col.Default.Text) && isViewed(t, col)) {
				f.AddDDL("%s", toMoment(t, col))
				f.Fix = redact.Plain("Change the type to timestamptz. The statement below assumes that the stored values are in UTC.")
				if digits := col.Type.Mods; len(digits) == 1 && digits[0] < 6 {
					f.Fix = redact.Append(f.Fix, "The new type is without (%d): with it, every row would be written again.", digits[0])
				}
			}
			found(f)
		}
	},
}

// toMoment returns the statement that makes a timestamp without time zone one with it.
// A default that is the time in UTC becomes now(): as a moment it would be another one.
func toMoment(t *design.Table, col *catalog.Column) string {
	name := quoted(col.Name)
	change := fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s TYPE timestamp with time zone USING %[2]s AT TIME ZONE 'UTC'", t.Name.Short(), name)
	if inUTC.MatchString(col.Default.Text) {
		change += fmt.Sprintf(", ALTER COLUMN %s SET DEFAULT now()", name)
	}
	return change
}

// inUTC are defaults that are the time of the clock in UTC.
var inUTC = regexp.MustCompile(`(?i)timezone\('utc'|at time zone '(utc|gmt)'`)
