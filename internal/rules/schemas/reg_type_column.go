package schemas

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var regTypeColumn = rule.Rule{
	ID:      "reg-type-column",
	Title:   "Column of an object identifier type",
	Sees:    "A column of type regproc, regprocedure, regoper, regoperator, regconfig, regdictionary, regnamespace or regcollation.",
	Why:     "The OID behind it differs in each cluster. pg_upgrade refuses a database with such a column.",
	Silent:  "regclass, regrole and regtype, which pg_upgrade accepts.",
	Fix:     "Store the name as text.",
	Sources: []string{manual + "datatype-oid.html", manual + "pgupgrade.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			if !oneOf(base.Name, "regproc regprocedure regoper regoperator regconfig regdictionary regnamespace regcollation") {
				return
			}
			f := c.InSchema(t, finding.Confirmed, finding.Low)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s is %s, which pg_upgrade refuses", columnOf(t, col.Name), base)
			f.Detail = redact.Plain("The OID behind the name is another one in the upgraded cluster.")
			f.Fix = redact.Plain("Store the name as text.")
			if !base.Array {
				retype(&f, t, col, "text", quoted(col.Name)+"::text", "")
			}
			found(f)
		})
	},
}
