package schemas

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// eachColumn calls a function for the columns of a table that it does not inherit, with
// the type below a domain.
func eachColumn(t *design.Table, of func(col *catalog.Column, base catalog.TypeRef)) {
	for i := range t.Columns {
		if col := &t.Columns[i]; !col.Inherited {
			of(col, t.Schema.BaseType(col))
		}
	}
}

// retype adds the change of a column's type to a finding. using is the new value; without
// one the server casts. otherwise is the new default, if the old one has no meaning in the
// new type. There is no change if something else would refuse it.
func retype(f *rule.Found, t *design.Table, col *catalog.Column, to, using, otherwise string) {
	if pinned(t, col) || otherwise != "" && col.Default.There() && isViewed(t, col) {
		return
	}
	alter := "ALTER COLUMN " + quoted(col.Name)
	change := alter + " TYPE " + to
	if using != "" {
		change += " USING " + using
	}
	if otherwise != "" && col.Default.There() {
		change = alter + " DROP DEFAULT, " + change + ", " + alter + " SET DEFAULT " + otherwise
	}
	f.AddDDL("ALTER TABLE %s %s", t.Name.Short(), change)
}

// pinned reports whether the server refuses to change the type of a column: a computed
// column, a policy, a trigger or the partition key uses it.
func pinned(t *design.Table, col *catalog.Column) bool {
	return col.Generated != "" || slices.Contains(t.Keys, col.Name) ||
		slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return c.Generated != "" && c.Default.Mentions(col.Name) }) ||
		slices.ContainsFunc(t.Policies, func(p catalog.Policy) bool { return p.Using.Mentions(col.Name) || p.Check.Mentions(col.Name) }) ||
		slices.ContainsFunc(t.Triggers, func(g catalog.Trigger) bool { return g.When.Mentions(col.Name) || slices.Contains(g.Columns, col.Name) })
}

// isViewed reports whether a view reads a column: the view has to be dropped and created
// again around a change, which is written for a statement of one command only.
func isViewed(t *design.Table, col *catalog.Column) bool {
	return slices.ContainsFunc(t.Readers, func(oid catalog.OID) bool {
		v := t.Schema.Get(oid)
		return v != nil && slices.ContainsFunc(v.Reads, func(r catalog.Read) bool {
			return r.OID == t.OID && (len(r.Columns) == 0 || slices.Contains(r.Columns, col.Name))
		})
	})
}

// compared reports whether a constraint or an index compares a column with values of its
// type: they have to change with it.
func compared(t *design.Table, col *catalog.Column) bool {
	return slices.ContainsFunc(append(t.ForeignKeys(), t.Checks()...), func(k *catalog.Constraint) bool { return k.Mentions(col.Name) }) || t.IsReferenced([]string{col.Name}) ||
		slices.ContainsFunc(t.Indexes(), func(ix *catalog.Relation) bool {
			return ix.Index.Where.Mentions(col.Name) || slices.ContainsFunc(ix.Index.Keys, func(k catalog.Key) bool { return k.Expr.Mentions(col.Name) || k.Column == col.Name && k.Opclass != "" })
		})
}

// lastWord returns the last word of a column's name.
func lastWord(col *catalog.Column) string {
	words := design.Words(col.Name)
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

// oneOf reports whether a word is in a list that is separated by blanks.
func oneOf(word, list string) bool { return strings.Contains(" "+list+" ", " "+word+" ") }

// hasDefault reports whether a column that no INSERT names gets a value.
func hasDefault(col *catalog.Column) bool {
	return col.Default.There() && !strings.HasPrefix(strings.ToLower(col.Default.Text), "null")
}
