package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var extensionNeedsSuperuser = rule.Rule{
	ID:      "extension-needs-superuser",
	Title:   "CREATE EXTENSION that needs a superuser",
	Sees:    "CREATE EXTENSION of an extension that is not one of the trusted ones of PostgreSQL.",
	Why:     "The migration's role may not create it, or the server may not have its files: the release stops.",
	Silent:  "Trusted extensions, which the owner of the database may create (13 and later).",
	Fix:     "Let an administrator create it before the release.",
	Sources: []string{manual + "sql-createextension.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range done(s, ddl.CreateObject) {
			if a.Target != "extension" || trusted[strings.ToLower(a.Name)] {
				continue
			}
			f := c.About(s, nil, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("CREATE EXTENSION %s may need a superuser", quoted(a.Name))
			f.Detail = redact.Plain("It is not one of the trusted extensions of PostgreSQL, and the server must have its files.")
			f.Decide("May the migration's role create it, and does the server have it?", "SELECT * FROM pg_available_extensions, and the role's privileges", "let an administrator create it first.")
			f.Fix = redact.Plain("Let an administrator create it before the release.")
			found(f)
		}
	},
}

// trusted are the extensions that the owner of a database may create.
var trusted = map[string]bool{
	"plpgsql": true, "pgcrypto": true, "citext": true, "hstore": true, "pg_trgm": true, "uuid-ossp": true, "btree_gin": true, "btree_gist": true, "ltree": true, "unaccent": true,
	"fuzzystrmatch": true, "intarray": true, "isn": true, "lo": true, "seg": true, "tablefunc": true, "tcn": true, "tsm_system_rows": true, "tsm_system_time": true, "cube": true,
	"dict_int": true, "bool_plperl": true, "jsonb_plperl": true,
}
