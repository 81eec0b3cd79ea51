package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
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
	f.Title = redact.Sprintf("%s is named otherwise than most (%s)", quoted(name), n.Text)
	f.Detail = redact.Sprintf("%d of %d names of this kind (%s) in the repository follow %s, such as in %s.", n.Kept, n.Of, n.Kind, n.Text, n.Basis)
	f.Fix = redact.Sprintf("Rename it to follow %s.", n.Text)
	if like := n.Make(table.Name.Name, columns); like != "" {
		f.Fix = redact.Sprintf("Name it %s.", quoted(like))
	}
	return f, true
}

// misnamedObject reports an index or constraint of a schema whose name is not like that
// of most of its kind.
func misnamedObject(c *rule.Case, t *design.Table, x design.Object, found func(rule.Found)) {
	usual := t.Schema.Conventions.Templates[x.Kind]
	if usual == nil || usual.Keeps(x.Named) {
		return
	}
	f := c.InSchema(t, finding.Confirmed, finding.Low)
	rename := "ALTER TABLE " + t.Name.Short() + " RENAME CONSTRAINT " + quoted(x.Name)
	if x.Constraint != nil {
		f.AtConstraint(x.Constraint)
	} else {
		f.AtIndex(x.Index)
		rename = "ALTER INDEX " + x.Index.Name.Short() + " RENAME"
	}
	f.Title = redact.Sprintf("%s on %s is named otherwise than most (%s)", quoted(x.Name), t.Name.Short(), usual.Text)
	f.Detail = redact.Sprintf("%d of %d names of this kind (%s) follow %s.", usual.Kept, usual.Of, usual.Kind, usual.Text)
	f.Fix = redact.Sprintf("Rename it to follow %s.", usual.Text)
	if like := usual.Make(t.Name.Name, x.Columns); like != "" && len(like) <= design.LongestName && t.Schema.Find(catalog.Name{Schema: t.Name.Schema, Name: like}) == nil && t.Constraint(like) == nil {
		f.Fix = redact.Sprintf("Rename it to %s.", quoted(like))
		f.AddDDL("%s TO %s", rename, quoted(like))
	}
	found(f)
}

// constraintKinds are what names are compared within, by the type of a constraint.
var constraintKinds = map[byte]string{
	catalog.ForeignKey: design.KindForeignKey, catalog.Check: design.KindCheck, catalog.Unique: design.KindUnique, catalog.PrimaryKey: design.KindPrimaryKey,
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
