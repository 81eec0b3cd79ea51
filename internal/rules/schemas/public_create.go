package schemas

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var publicCreate = rule.Rule{
	ID:      "public-create",
	Title:   "Schema in which every role can create objects",
	Sees:    "CREATE or ALL on a schema granted to PUBLIC.",
	Why:     "Every role can put a function or table in front of those that others mean, and fill the disk. PostgreSQL 15 and later do not grant CREATE on schema public.",
	Silent:  "PUBLIC has only USAGE. CREATE was revoked.",
	Fix:     "Revoke CREATE on the schema from PUBLIC, and grant it to the role that runs the migrations.",
	Sources: []string{manual + "ddl-schemas.html#DDL-SCHEMAS-PATTERNS"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		for _, o := range c.Schema.Granted("schema") {
			for _, g := range c.Schema.Grants(o) {
				if g.Role != catalog.Public || g.Privilege != "CREATE" && g.Privilege != "ALL" {
					continue
				}
				f := c.OnObject(o.Name, g.Since, g.At, finding.Confirmed, finding.Medium)
				f.Title = redact.Sprintf("Schema %s: every role can create objects in it", quoted(o.Name))
				f.Detail = redact.Plain("A role can put an own function or table in front of those that the application means.")
				f.Fix = redact.Plain("Revoke CREATE from PUBLIC. Grant it to the role that runs the migrations.")
				f.AddDDL("REVOKE CREATE ON SCHEMA %s FROM PUBLIC", quoted(o.Name))
				found(f)
			}
		}
	},
}
