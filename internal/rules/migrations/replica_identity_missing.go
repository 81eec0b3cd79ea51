package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var replicaIdentityMissing = rule.Rule{
	ID:      "replica-identity-missing",
	Title:   "Published table without a replica identity",
	Sees:    "A table that is added to a publication, or whose primary key is dropped while it is published, and that has neither a primary key nor a REPLICA IDENTITY.",
	Why:     "UPDATE and DELETE on it fail from then on.",
	Silent:  "The table has a primary key, or REPLICA IDENTITY FULL or USING INDEX, after all files. No schema tells.",
	Fix:     "Add a primary key, or set REPLICA IDENTITY USING INDEX with a unique index over NOT NULL columns, before it is published.",
	Sources: []string{manual + "logical-replication-publication.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if c.Migration.Catalog == nil {
			return
		}
		check := func(t *catalog.Relation) {
			if t == nil || t.Assumed || !t.IsTable() || t.PrimaryKey() != nil || t.Identity != "" && t.Identity != "NOTHING" {
				return
			}
			f := c.About(s, t, finding.Confirmed, finding.High)
			f.Title = redact.Sprintf("UPDATE and DELETE on %s fail: it is published and has no primary key", rule.TableWords(t))
			f.Detail = redact.Plain("A published table needs a primary key or a REPLICA IDENTITY.")
			f.Fix = redact.Sprintf("Add a primary key to %s, or set REPLICA IDENTITY USING INDEX, first.", rule.TableWords(t))
			found(f)
		}
		for _, a := range done(s, ddl.CreateObject, ddl.AlterObject) {
			if a.Target != "publication" {
				continue
			}
			p, _ := c.Migration.Catalog.Other(catalog.Other{Kind: "publication", Name: a.Name})
			for _, oid := range p.Tables {
				check(c.AtEnd(oid))
			}
		}
		for _, a := range done(s, ddl.DropConstraint) {
			if a.Constraint == nil || a.Constraint.Type != catalog.PrimaryKey || a.Table == nil {
				continue
			}
			for _, o := range c.Migration.Catalog.Others("publication") {
				if p, _ := c.Migration.Catalog.Other(o); p.All || slices.Contains(p.Tables, a.Table.OID) {
					check(c.AtEnd(a.Table.OID))
					break
				}
			}
		}
	},
}
