package design

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/lex"
)

// Deletion is how a table marks rows as deleted that it keeps.
type Deletion struct {
	Column *catalog.Column
	Live   string   // the condition of the rows that are not deleted
	others []string // columns that mark them as well, such as is_deleted beside deleted_at
}

// deletionNames are the names of columns that mark a row as deleted, without the
// breaks between their words.
var deletionNames = []string{
	"deletedat", "deletedon", "deleteddate", "deletedtime", "deletedtimestamp", "deletedts", "deleteddatetime", "deletedatutc", "datedeleted", "timedeleted",
	"deleteat", "deletetime", "deletedate", "deletiontime", "deletiondate", "softdeletedat", "removedat", "removedon", "dateremoved", "discardedat", "trashedat",
	"deleted", "isdeleted", "softdeleted", "issoftdeleted", "removed", "isremoved", "discarded", "isdiscarded", "trashed", "istrashed", "deletedflag", "deleteflag", "delflag", "isdel",
}

// archiveNames are those of columns that may only take a row out of sight. An index
// without the archived rows says that they count as deleted.
var archiveNames = []string{"archivedat", "archivedon", "archived", "isarchived"}

// SoftDelete returns how the table marks deleted rows; nil if it does not. A time that
// each row has is a fact about it, and does not mark some.
func (t *Table) SoftDelete() *Deletion {
	var d *Deletion
	for i := range t.Columns {
		col := &t.Columns[i]
		name := strings.Join(Words(col.Name), "")
		if !slices.Contains(deletionNames, name) && (!slices.Contains(archiveNames, name) || !t.indexedWithout(col.Name)) {
			continue
		}
		switch live := liveRows(col); {
		case live == "":
		case d == nil:
			d = &Deletion{Column: col, Live: live}
		default:
			d.others = append(d.others, col.Name)
		}
	}
	return d
}

// indexedWithout reports whether a unique index leaves out rows by a column.
func (t *Table) indexedWithout(column string) bool {
	return slices.ContainsFunc(t.Indexes(), func(ix *catalog.Relation) bool { return ix.Index.Unique && ix.Index.Where.Mentions(column) })
}

// Excludes reports whether a predicate is about what is deleted.
func (d *Deletion) Excludes(where catalog.Expr) bool {
	return where.Mentions(d.Column.Name) || slices.ContainsFunc(d.others, where.Mentions)
}

// liveRows returns the condition of the rows that a column does not mark; empty if it
// is not a mark.
func liveRows(col *catalog.Column) string {
	if col.Type.Array || col.Generated != "" {
		return ""
	}
	name := lex.QuoteIdent(col.Name)
	fixed := col.Default.There() && len(col.Default.Columns) == 0 && !strings.Contains(col.Default.Text, "(")
	switch {
	case col.Type.Name == "boolean" && col.NotNull:
		return "NOT " + name
	case col.Type.Name == "boolean":
		return name + " IS NOT TRUE"
	case !IsTime(col.Type) && !IsInteger(col.Type) && !IsText(col.Type):
		return ""
	case col.NotNull && fixed:
		return name + " = " + col.Default.Text
	case col.NotNull:
		return ""
	case !fixed && IsInteger(col.Type):
		return "COALESCE(" + name + ", 0) = 0" // 0 or NULL
	case fixed && !strings.EqualFold(col.Default.Text, "null") && !strings.HasPrefix(strings.ToLower(col.Default.Text), "null::"):
		return name + " = " + col.Default.Text
	}
	return name + " IS NULL"
}

// IndexesOfAll returns the indexes that hold deleted rows for no reason that the schema
// tells: they are not partial, not unique, serve no foreign key, and do not have the
// mark of the deletion.
func (t *Table) IndexesOfAll(d *Deletion) []*catalog.Relation {
	return slices.DeleteFunc(t.Indexes(), func(ix *catalog.Relation) bool {
		x := ix.Index
		return x.Unique || x.Constraint != "" || x.Where.There() || x.Mentions(d.Column.Name) || t.ServesForeignKey(x)
	})
}
