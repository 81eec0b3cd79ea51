package migrations

import (
	"iter"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/migration"
)

// newColumns yields the columns that a statement adds, with their table: by ADD COLUMN,
// or by CREATE TABLE.
func newColumns(s *migration.Statement) iter.Seq2[*catalog.Column, *catalog.Relation] {
	return func(yield func(*catalog.Column, *catalog.Relation) bool) {
		for _, a := range done(s, ddl.AddColumn, ddl.CreateTable) {
			if a.Verb == ddl.AddColumn {
				if a.Column != nil && !yield(a.Column, a.Table) {
					return
				}
				continue
			}
			if a.Other == nil || a.Other.IsPartition() || strings.Contains(a.Node.Raw(), `"TableLikeClause"`) {
				continue
			}
			for i := range a.Other.Columns {
				if col := &a.Other.Columns[i]; !col.Inherited && !yield(col, a.Other) {
					return
				}
			}
		}
	}
}
