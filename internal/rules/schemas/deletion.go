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
	live := *ix
	live.Name.Name = t.FreeName(ix.Name.Name, "live")
	index := *ix.Index
	index.Keys = keys
	index.Include = slices.DeleteFunc(slices.Clone(index.Include), func(c string) bool { return c == d.Column.Name })
	index.Where.Text = d.Live
	if ix.Index.Where.There() {
		index.Where.Text = fmt.Sprintf("(%s) AND %s", ix.Index.Where.Text, d.Live)
	}
	live.Index = &index
	drop := "DROP INDEX " + ix.Name.Short()
	if index.Constraint != "" {
		drop = fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s", t.Name.Short(), quoted(index.Constraint))
	}
	f.AddDDL("%s;\n%s", design.CreateIndex(t.Relation, &live), drop)
}
