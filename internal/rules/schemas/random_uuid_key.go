package schemas

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var uuidInserts = rule.NewThreshold("inserts_per_day", 100_000, "rows", "fewer inserts do not feel where in the index they go")

var randomUUIDKey = rule.Rule{
	ID:         "random-uuid-key",
	Title:      "Random UUID as primary key",
	Sees:       "A primary key whose default is gen_random_uuid() or uuid_generate_v4().",
	Why:        "New rows go to random pages of the index. Once it is larger than memory, each INSERT reads a page and writes a full-page image to WAL.",
	Silent:     "UUIDs that grow with time: uuidv7(), uuid_generate_v1mc(), ulid. On a table that exports show to be small, or to have few inserts, the finding is minor.",
	Fix:        "Use uuidv7() (PostgreSQL 18), a version 7 UUID from the application, or bigint with a UUID column for the outside.",
	Sources:    []string{"https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7", manual + "functions-uuid.html"},
	Thresholds: []*rule.Threshold{uuidInserts},
	Rank:       rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		col := t.KeyColumn()
		if col == nil || !isRandomUUID(col.Default) || t.IsLookup() {
			return
		}
		f := c.InSchema(t, finding.Concern, finding.Low)
		f.AtColumn(col)
		extent := sized(c, &f, t)
		perDay := insertsPerDay(c, t)
		f.Number("rows inserted per day", perDay, "rows", "pg_stat_user_tables")
		if extent.Size() == rule.Tiny || perDay.Known() && perDay.Or(0) < uuidInserts.In(c) {
			f.Severity = finding.Nit
		}
		f.Title = redact.Sprintf("Primary key %s is a random UUID", columnOf(t, col.Name))
		f.Detail = redact.Plain("New rows go to random pages of the index. Once it is larger than memory, each INSERT reads a page and writes a full-page image to WAL.")
		f.Fix = redact.Plain("Use uuidv7() (PostgreSQL 18) or a version 7 UUID from the application: new values follow each other. The stored ones need not change.")
		f.Decide("Will the table grow beyond memory, with many inserts?", "pg_stat_user_tables: rows inserted per day, and the size of the table", "use version 7 for new tables; leave this one")
		if c.Migration.Server.Has(18) {
			f.AddDDL("ALTER TABLE %s ALTER COLUMN %s SET DEFAULT uuidv7()", t.Name.Short(), quoted(col.Name))
		}
		found(f)
	},
}

// isRandomUUID reports whether a default is a random UUID.
func isRandomUUID(e catalog.Expr) bool {
	text := strings.ToLower(e.Text)
	return strings.Contains(text, "gen_random_uuid(") || strings.Contains(text, "uuid_generate_v4(") || strings.Contains(text, "uuidv4(")
}
