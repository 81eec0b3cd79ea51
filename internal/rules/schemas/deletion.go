package schemas

import (
	"fmt"
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// replaceByLive adds the statements that put an index on the live rows in the place of
// one.
func replaceByLive(f *rule.Found, t *design.Table, ix *catalog.Relation, d *design.Deletion) {
	keys := slices.DeleteFunc(slices.Clone(ix.Index.Keys), func(k catalog.Key) bool { return k.Column == d.Column.Name })
	if len(keys) == 0 {
		return
	}
	unique, method := "", ""
	if ix.Index.Unique {
		unique = "UNIQUE "
	}
	if ix.Index.Method != "btree" {
		method = " USING " + ix.Index.Method
	}
	include := ""
	if list := slices.DeleteFunc(slices.Clone(ix.Index.Include), func(c string) bool { return c == d.Column.Name }); len(list) > 0 {
		include = " INCLUDE " + design.ColumnList(list)
	}
	where := d.Live
	if ix.Index.Where.There() {
		where = fmt.Sprintf("(%s) AND %s", ix.Index.Where.Text, d.Live)
	}
	drop := "DROP INDEX " + ix.Name.Short()
	if ix.Index.Constraint != "" {
		drop = fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s", t.Name.Short(), quoted(ix.Index.Constraint))
	}
	f.AddDDL("CREATE %sINDEX %s ON %s%s %s%s WHERE %s;\n%s", unique, quoted(t.FreeName(ix.Name.Name, "live")), t.Name.Short(), method, design.KeyList(&catalog.Index{Keys: keys}), include, where, drop)
}
