package rollout

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// columnOf returns the definition of a column as ADD COLUMN takes it.
func columnOf(c catalog.Column) string {
	var b strings.Builder
	b.WriteString(q(c.Name) + " " + c.Type.String())
	if c.Collation != "" && c.Collation != "default" {
		b.WriteString(" COLLATE " + qualified(c.Collation))
	}
	switch {
	case c.Generated != "":
		b.WriteString(" GENERATED ALWAYS AS (" + c.Default.Text + ") " + c.Generated)
	case c.Identity != "":
		b.WriteString(" GENERATED " + c.Identity + " AS IDENTITY")
	case c.Default.There():
		b.WriteString(" DEFAULT " + c.Default.Text)
	}
	if c.NotNull && c.Identity == "" {
		b.WriteString(" NOT NULL")
	}
	return b.String()
}

// qualified quotes the parts of a name with dots.
func qualified(name string) string {
	parts := strings.Split(name, ".")
	for i, part := range parts {
		parts[i] = q(part)
	}
	return strings.Join(parts, ".")
}

// define returns the definition of a constraint as ADD CONSTRAINT name takes it,
// without NOT VALID; empty if it is not known.
func define(k catalog.Constraint) string {
	text := ""
	switch k.Type {
	case catalog.Check:
		if !k.Expr.There() {
			return ""
		}
		if text = "CHECK (" + k.Expr.Text + ")"; k.NoInherit {
			text += " NO INHERIT"
		}
	case catalog.NotNull:
		text = "NOT NULL " + qs(k.Columns)
	case catalog.PrimaryKey, catalog.Unique:
		text = "PRIMARY KEY"
		if k.Type == catalog.Unique {
			text = "UNIQUE"
		}
		if k.NullsEqual {
			text += " NULLS NOT DISTINCT"
		}
		text += " (" + qs(k.Columns) + ")"
	case catalog.ForeignKey:
		if k.RefName.Name == "" {
			return ""
		}
		text = "FOREIGN KEY (" + qs(k.Columns) + ") REFERENCES " + k.RefName.Short()
		if len(k.RefColumns) > 0 {
			text += " (" + qs(k.RefColumns) + ")"
		}
		if k.MatchFull {
			text += " MATCH FULL"
		}
		if k.OnDelete != "" {
			text += " ON DELETE " + k.OnDelete
		}
		if len(k.SetColumns) > 0 {
			text += " (" + qs(k.SetColumns) + ")"
		}
		if k.OnUpdate != "" {
			text += " ON UPDATE " + k.OnUpdate
		}
	default:
		w := read(k.Definition)
		if w.is(0, "constraint") && len(w.tokens) > 2 {
			return w.span(2, len(w.tokens))
		}
		return w.text
	}
	if k.Deferrable {
		text += " DEFERRABLE"
	}
	if k.Deferred {
		text += " INITIALLY DEFERRED"
	}
	return text
}

// definition returns the definition of a constraint with what its index has besides.
func (p *Plan) definition(k catalog.Constraint) string {
	text := define(k)
	if ix := p.last(k.Index); ix != nil && ix.Index != nil && len(ix.Index.Include) > 0 && (k.Type == catalog.Unique || k.Type == catalog.PrimaryKey) {
		if at := strings.IndexByte(text, ')') + 1; at > 0 {
			text = text[:at] + " INCLUDE (" + qs(ix.Index.Include) + ")" + text[at:]
		}
	}
	return text
}

// indexOf returns the statement that creates an index; empty if it is not known.
// The definition as written has what the model does not: storage parameters and the
// like.
func indexOf(ix, table *catalog.Relation) string {
	if read(ix.Definition).find(0, "index") > 0 {
		return read(ix.Definition).without("if", "not", "exists").without("concurrently").text
	}
	if ix.Index == nil || table == nil {
		return ""
	}
	unique := ""
	if ix.Index.Unique {
		unique = "UNIQUE "
	}
	return "CREATE " + unique + "INDEX " + q(ix.Name.Name) + " ON " + table.Name.Short() + " " + keysOf(ix.Index, nil)
}

// keysOf returns an index's definition from USING on, with names replaced in it.
func keysOf(ix *catalog.Index, rename func(string) string) string {
	if rename == nil {
		rename = func(n string) string { return n }
	}
	within := func(e catalog.Expr) string {
		return replaced(e.Text, func(n string) (string, bool) {
			to := rename(n)
			return q(to), to != n
		})
	}
	var b strings.Builder
	if ix.Method != "" && ix.Method != "btree" {
		b.WriteString("USING " + ix.Method + " ")
	}
	b.WriteString("(")
	for i, k := range ix.Keys {
		if i > 0 {
			b.WriteString(", ")
		}
		if k.Column != "" {
			b.WriteString(q(rename(k.Column)))
		} else {
			b.WriteString("(" + within(k.Expr) + ")")
		}
		if k.Collation != "" {
			b.WriteString(" COLLATE " + qualified(k.Collation))
		}
		if k.Opclass != "" {
			b.WriteString(" " + qualified(k.Opclass))
		}
		if k.Desc {
			b.WriteString(" DESC")
		}
		if k.NullsFirst != k.Desc {
			b.WriteString(map[bool]string{true: " NULLS FIRST", false: " NULLS LAST"}[k.NullsFirst])
		}
	}
	b.WriteString(")")
	if len(ix.Include) > 0 {
		list := make([]string, len(ix.Include))
		for i, c := range ix.Include {
			list[i] = rename(c)
		}
		b.WriteString(" INCLUDE (" + qs(list) + ")")
	}
	if ix.NullsEqual {
		b.WriteString(" NULLS NOT DISTINCT")
	}
	if ix.Where.There() {
		b.WriteString(" WHERE " + within(ix.Where))
	}
	return b.String()
}

// viewOf returns the statement that creates a view; empty if it is not known.
func viewOf(v *catalog.Relation) string {
	text := read(v.Definition)
	if text.is(0, "create", "or", "replace") {
		return "CREATE " + text.span(3, len(text.tokens))
	}
	return text.text
}
