package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/recon"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// misnamed returns the finding on an object whose name is not like that of most of
// its kind in the repository. A name that the server makes up is not looked at.
func misnamed(c *rule.Case, s *migration.Statement, table *catalog.Relation, kind, name string, columns []string) (rule.Found, bool) {
	if c.Recon == nil || table == nil || name == "" {
		return rule.Found{}, false
	}
	n := c.Recon.NameOf(kind)
	if n == nil || n.Fits(name, table.Name.Name, columns) {
		return rule.Found{}, false
	}
	f := c.About(s, table, finding.Confirmed, finding.Low)
	f.Title = redact.Sprintf("%s is named otherwise than most (%s)", quoted(name), n.Template)
	f.Detail = redact.Sprintf("%d of %d names of this kind (%s) in the repository follow %s, such as in %s.", n.Kept, n.Of, n.Kind, n.Template, n.Basis)
	f.Fix = redact.Sprintf("Rename it to follow %s.", n.Template)
	if like := n.Make(table.Name.Name, columns); like != "" {
		f.Fix = redact.Sprintf("Name it %s.", quoted(like))
	}
	return f, true
}

// constraintKinds are what names are compared within, by the type of a constraint.
var constraintKinds = map[byte]string{
	catalog.ForeignKey: recon.KindForeignKey, catalog.Check: recon.KindCheck, catalog.Unique: recon.KindUnique, catalog.PrimaryKey: recon.KindPrimaryKey,
}

// keyNames returns the columns of an index; an empty one stands for an expression.
func keyNames(ix *catalog.Index) []string {
	var list []string
	for _, k := range ix.Keys {
		list = append(list, k.Column)
	}
	return list
}

// writtenName returns the name of a constraint as a statement writes it; empty if the
// server makes it up.
func writtenName(a *ddl.Action) string {
	return a.Node.Child("def").Get("conname").String()
}
