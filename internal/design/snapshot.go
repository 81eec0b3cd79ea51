package design

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

// Describe gives the tables of a snapshot the columns, constraints and indexes that
// they have in the catalog, for what works on snapshots: the cost of an index, and the
// advice on statements. What exports say of their sizes and their use stays. Of the
// other indexes of the exports, only those that are not valid stay: a dump leaves them
// out.
func Describe(snap *workload.Snapshot, c *catalog.Catalog) {
	for _, r := range c.All() {
		if !r.IsTable() && r.Kind != catalog.MatView || r.Assumed || r.Temporary {
			continue
		}
		t := snap.TableFor(r.Name.Schema, r.Name.Name)
		t.Kind, t.IsPartition = string(r.Kind), opt.Some(r.IsPartition())
		describeColumns(t, r)
		t.Constraints = nil
		for _, k := range r.Constraints {
			t.AddConstraint(constraintOf(c, k))
		}
		var own []*workload.Index
		for _, oid := range r.Indexes {
			if ix := c.Get(oid); ix != nil && ix.Index != nil {
				own = append(own, describeIndex(snap, t, r, ix))
			}
		}
		t.Indexes = slices.DeleteFunc(t.Indexes, func(ix *workload.Index) bool { return ix.Valid.Or(true) && !slices.Contains(own, ix) })
	}
	for _, r := range c.All() {
		for _, oid := range r.Parents {
			if parent := c.Get(oid); parent != nil && r.IsPartition() {
				snap.TableFor(r.Name.Schema, r.Name.Name).Parent = snap.TableFor(parent.Name.Schema, parent.Name.Name)
			}
		}
	}
	snap.Mark(workload.ViewSchema)
}

func describeColumns(t *workload.Table, r *catalog.Relation) {
	t.Columns = slices.DeleteFunc(t.Columns, func(col *workload.Column) bool { return len(r.Columns) > 0 && r.Column(col.Name) == nil })
	for _, col := range r.Columns {
		to := t.ColumnFor(col.Name)
		to.Type, to.NotNull, to.Default = col.Type.String(), opt.Some(col.NotNull), redact.SQL(col.Default.Text)
	}
}

func constraintOf(c *catalog.Catalog, k catalog.Constraint) workload.Constraint {
	out := workload.Constraint{
		Name: k.Name, Type: string(rune(k.Type)), Columns: k.Columns, OnDelete: k.OnDelete, OnUpdate: k.OnUpdate, Valid: opt.Some(k.Valid), Def: redact.SQL(k.Definition),
	}
	if k.Type != catalog.ForeignKey {
		return out
	}
	out.RefSchema, out.RefTable, out.RefCols = k.RefName.Schema, k.RefName.Name, k.RefColumns
	if ref := c.Get(k.Ref); ref != nil {
		out.RefSchema, out.RefTable = ref.Name.Schema, ref.Name.Name
		if key := ref.PrimaryKey(); len(out.RefCols) == 0 && key != nil {
			out.RefCols = key.Columns
		}
	}
	return out
}

func describeIndex(snap *workload.Snapshot, t *workload.Table, of, ix *catalog.Relation) *workload.Index {
	out := snap.IndexFor(t, ix.Name.Name)
	if out.Table != t { // two tables of the exports have an index of that name
		out = &workload.Index{Schema: t.Schema, Name: ix.Name.Name, Table: t}
	}
	if !slices.Contains(t.Indexes, out) {
		t.Indexes = append(t.Indexes, out)
	}
	text := CreateIndex(of, ix)
	if def, err := workload.ParseIndexDef(text); err == nil {
		out.Definition, out.Def = text, def.IndexDef
	}
	x := ix.Index
	out.Unique, out.Primary, out.ConstraintKnown = opt.Some(x.Unique), opt.Some(x.Primary), true
	out.ReplicaIdentity, out.IsPartition = opt.Some(of.Identity == ix.Name.Name), opt.Some(x.Parent != 0)
	if !x.Valid && of.Kind != catalog.Partitioned {
		out.Valid = opt.Some(false)
	}
	out.Constraint, out.ConstraintType = x.Constraint, ""
	if k := of.Constraint(x.Constraint); x.Constraint != "" && k != nil {
		out.ConstraintType, out.Exclusion = string(rune(k.Type)), opt.Some(k.Type == catalog.Exclusion)
	}
	return out
}

// CreateIndex returns the statement that creates an index as it is now.
func CreateIndex(on, ix *catalog.Relation) string {
	x := ix.Index
	unique := ""
	if x.Unique {
		unique = "UNIQUE "
	}
	out := fmt.Sprintf("CREATE %sINDEX %s ON %s USING %s %s", unique, lex.QuoteIdent(ix.Name.Name), on.Name, x.Method, KeyList(x))
	if len(x.Include) > 0 {
		out += " INCLUDE " + ColumnList(x.Include)
	}
	if x.NullsEqual {
		out += " NULLS NOT DISTINCT"
	}
	if x.Where.There() {
		out += " WHERE " + x.Where.Text
	}
	return out
}

// keyText returns a key of an index as SQL.
func keyText(k catalog.Key) string {
	if k.Column == "" {
		return k.Expr.Text // as written, with what follows the expression
	}
	return strings.TrimSpace(lex.QuoteIdent(k.Column) + " " + orderOf(k))
}

// orderOf returns what follows a column in the definition of an index.
func orderOf(k catalog.Key) string {
	var words []string
	if k.Collation != "" {
		words = append(words, "COLLATE "+lex.QuoteIdent(k.Collation))
	}
	if k.Opclass != "" {
		words = append(words, k.Opclass)
	}
	if k.Desc {
		words = append(words, "DESC")
	}
	switch {
	case k.NullsFirst && !k.Desc:
		words = append(words, "NULLS FIRST")
	case !k.NullsFirst && k.Desc:
		words = append(words, "NULLS LAST")
	}
	return strings.Join(words, " ")
}
