package schemas

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

// columnsOf names columns with their table: orders.customer_id, or
// orders (tenant_id, customer_id).
func columnsOf(t *design.Table, columns []string) string {
	if len(columns) == 1 {
		return columnOf(t, columns[0])
	}
	return t.Name.Short() + " " + design.ColumnList(columns)
}

// foreignKey says which foreign key is meant.
func foreignKey(t *design.Table, k *catalog.Constraint) string { return columnsOf(t, k.Columns) }

// largest returns the largest value of an integer type as text.
func largest(typ catalog.TypeRef) string {
	if typ.Name == "smallint" {
		return "32,767"
	}
	return "2,147,483,647"
}

// sized adds the size of a table to the figures of a finding and returns it.
func sized(c *rule.Case, f *rule.Found, t *design.Table) rule.Extent {
	e := c.ExtentOfTable(t)
	f.Number("rows", e.Rows, "rows", "exports")
	f.Number("size", e.Bytes, "bytes", "exports")
	return e
}

// all says how much of a table is meant: all 1.1 M rows of orders.
func all(e rule.Extent, t *design.Table) redact.Text {
	if n := e.Rows; n.Known() {
		return redact.Sprintf("all %s of %s", rule.Counted(n.Or(0), "row"), t.Name.Short())
	}
	return redact.Sprintf("all of %s", t.Name.Short())
}

// toBigint returns the statement that makes a column a bigint.
func toBigint(t *design.Table, col *catalog.Column) string {
	return fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s TYPE bigint", t.Name.Short(), quoted(col.Name))
}

// insertsPerDay returns how many rows are inserted into a table per day, as far as
// exports tell.
func insertsPerDay(c *rule.Case, t *design.Table) opt.Float {
	table := c.Exported(t.Relation)
	if table == nil {
		return opt.Float{}
	}
	return c.Migration.Tables.TablePerDay(table, func(t *workload.Table) opt.Float { return t.Inserted })
}
