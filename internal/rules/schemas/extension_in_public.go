package schemas

import (
	"regexp"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var extensionInPublic = rule.Rule{
	ID:      "extension-in-public",
	Title:   "Extension in schema public",
	Sees:    "CREATE EXTENSION without a schema of its own.",
	Why:     "Its functions and types are among the tables of the application, and every search_path that has public finds them.",
	Silent:  "The extension is in another schema, or always in one of its own.",
	Fix:     "Create extensions in a schema of their own, such as extensions.",
	Sources: []string{manual + "sql-createextension.html"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		for _, o := range c.Schema.Others("extension") {
			d, _ := c.Schema.Other(o)
			if m := inSchema.FindStringSubmatch(d.Text); ownSchema[o.Name] || m != nil && m[1] != "public" {
				continue
			}
			f := c.OnObject(o.Name, d.Since, d.At, finding.Confirmed, finding.Nit)
			f.Title = redact.Sprintf("Extension %s is in schema public", quoted(o.Name))
			f.Detail = redact.Plain("Its functions and types are among the objects of the application.")
			f.Fix = redact.Plain("Create extensions in a schema of their own. Moving one later changes the names that functions and queries use.")
			found(f)
		}
	},
}

var inSchema = regexp.MustCompile(`(?i)\bschema\s+"?([a-z0-9_]+)`)

// ownSchema are the extensions whose schema is fixed.
var ownSchema = map[string]bool{
	"plpgsql": true, "adminpack": true, "pg_cron": true, "postgis_topology": true, "postgis_tiger_geocoder": true, "pgmq": true, "pgsodium": true, "supabase_vault": true, "pg_graphql": true,
	"pgtap": true, "plperl": true, "plperlu": true, "plpython3u": true, "pltcl": true, "plv8": true, "pg_tle": true, "timescaledb": true, "citus": true, "pglogical": true,
}
