package schemas

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var grantsToPublic = rule.Rule{
	ID:      "grants-to-public",
	Title:   "Privileges for every role",
	Sees:    "Privileges on a table granted to PUBLIC, or default privileges that will grant them. Privileges of anon on a table without row level security.",
	Why:     "Every role that can connect has them, also roles that are created later for reports or partners.",
	Silent:  "The privileges were revoked, or are for a role. Views. Tables of an extension.",
	Fix:     "Revoke the privileges from PUBLIC and grant them to the roles that need them.",
	Sources: []string{manual + "ddl-priv.html"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		for _, t := range c.Schema.Tables {
			list, first := granted(t.Grants, "anon")
			if len(list) > 0 && !t.RowSecurity && !extensionTables[t.Name.Name] {
				f := c.InSchema(t, finding.Confirmed, finding.Medium)
				f.MadeBy(first.Since, first.At)
				f.Title = redact.Sprintf("%s grants %s to anon and has no row level security", t.Name.Short(), strings.Join(list, ", "))
				f.Detail = redact.Plain("anon is the role of everyone who did not sign in: they have these privileges on all rows, through the API.")
				f.Fix = redact.Plain("Enable row level security and create policies. If nobody reads the table through the API, revoke the privileges.")
				f.AddDDL("REVOKE ALL ON %s FROM anon", t.Name.Short())
				found(f)
			}
			list, first = granted(t.Grants, catalog.Public)
			if len(list) == 0 || extensionTables[t.Name.Name] {
				continue
			}
			f := c.InSchema(t, finding.Confirmed, finding.Medium)
			f.MadeBy(first.Since, first.At)
			f.Title = redact.Sprintf("%s grants %s to every role", t.Name.Short(), strings.Join(list, ", "))
			f.Detail = redact.Plain("Every role that can connect has the privilege, also those that are created later.")
			f.Fix = redact.Plain("Revoke it from PUBLIC. Grant each role what it needs.")
			f.AddDDL("REVOKE %s ON %s FROM PUBLIC", strings.Join(list, ", "), t.Name.Short())
			found(f)
		}
		for _, o := range c.Schema.Granted("default privileges") {
			list, first := granted(c.Schema.Grants(o), catalog.Public)
			if len(list) == 0 {
				continue
			}
			where := "all schemas"
			if o.Name != "" {
				where = "schema " + quoted(o.Name)
			}
			f := c.OnObject(o.Name, first.Since, first.At, finding.Confirmed, finding.Medium)
			f.Title = redact.Sprintf("Default privileges of %s grant %s on new tables to every role", where, strings.Join(list, ", "))
			f.Detail = redact.Plain("Each table that is created has the privilege for every role that can connect.")
			f.Fix = redact.Plain("Revoke the default privilege from PUBLIC, for the role that the statement named.")
			found(f)
		}
	},
}

// extensionTables are tables of extensions that are for everyone.
var extensionTables = map[string]bool{"spatial_ref_sys": true, "geometry_columns": true, "geography_columns": true, "raster_columns": true, "raster_overviews": true}

// granted returns the privileges that a role has, and the first grant of one.
func granted(grants []catalog.Grant, role string) (list []string, first catalog.Grant) {
	for _, g := range grants {
		if g.Role == role {
			if len(list) == 0 {
				first = g
			}
			list = append(list, g.Privilege)
		}
	}
	return list, first
}
