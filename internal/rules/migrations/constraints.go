package migrations

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// columnList names the columns of a constraint, or its name where nothing tells them.
func columnList(k *catalog.Constraint) string {
	if k == nil || len(k.Columns) == 0 {
		return ""
	}
	return " " + columnWords(k.Columns)
}

// usesIndex reports whether a constraint is made of an index that is there.
func usesIndex(a *ddl.Action) bool { return a.Node.Child("def").Get("indexname").String() != "" }

// added are the constraints of some types that a statement adds to a table that was
// there before.
func added(c *rule.Case, s *migration.Statement, types ...byte) []*ddl.Action {
	return slices.DeleteFunc(onExisting(c, s, ddl.AddConstraint), func(a *ddl.Action) bool {
		return a.Constraint == nil || !slices.Contains(types, a.Constraint.Type)
	})
}

// isNotNullCheck reports whether a constraint is CHECK (column IS NOT NULL), and no
// more.
func isNotNullCheck(k catalog.Constraint, column string) bool {
	if k.Type != catalog.Check {
		return false
	}
	if k.Expr.Node.Kind == "NullTest" {
		return k.Expr.Node.Get("nulltesttype").String() == "IS_NOT_NULL" && len(k.Expr.Columns) == 1 && k.Expr.Mentions(column)
	}
	text := strings.Trim(strings.Join(strings.Fields(k.Expr.Text), " "), "() ")
	return strings.EqualFold(text, quoted(column)+" is not null") || strings.EqualFold(text, column+" is not null")
}

// provenNotNull reports whether a column has no NULL, by its definition or by a
// validated CHECK.
func provenNotNull(t *catalog.Relation, column string) bool {
	if c := t.Column(column); c != nil && c.NotNull {
		return true
	}
	return slices.ContainsFunc(t.Constraints, func(k catalog.Constraint) bool { return k.Valid && isNotNullCheck(k, column) })
}

// heldBefore returns the earlier statement of the same transaction that took a lock
// on a relation which blocks writes; nil if there is none.
func heldBefore(s *migration.Statement, r *catalog.Relation) *migration.Statement {
	if s.Tx == nil || r == nil {
		return nil
	}
	for _, earlier := range s.Tx.Statements {
		if earlier == s {
			break
		}
		if earlier.Effect.Lock(r.OID).BlocksWrites() {
			return earlier
		}
	}
	return nil
}

// sameColumns reports whether two constraints are of one type and about the same
// columns.
func sameColumns(a, b *catalog.Constraint) bool {
	if a == nil || b == nil || a.Type != b.Type {
		return false
	}
	x, y := a.Columns, b.Columns
	if a.Type == catalog.Check {
		x, y = a.Expr.Columns, b.Expr.Columns
	}
	x, y = slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(y))
	return len(x) > 0 && slices.Equal(x, y)
}

// constraintWords names a type of constraint.
func constraintWords(k *catalog.Constraint) string {
	if k == nil {
		return "constraint"
	}
	switch k.Type {
	case catalog.Check:
		return "CHECK constraint"
	case catalog.ForeignKey:
		return "foreign key"
	case catalog.PrimaryKey:
		return "primary key"
	case catalog.Unique:
		return "unique constraint"
	case catalog.Exclusion:
		return "exclusion constraint"
	}
	return "NOT NULL constraint"
}

// successor returns the statement that adds a constraint of the kind and columns of
// one that is dropped; nil if there is none.
func successor(c *rule.Case, s *migration.Statement, dropped *ddl.Action) *migration.Statement {
	for _, d := range afterInRelease(c, s, dropped.Table, ddl.AddConstraint) {
		if sameColumns(dropped.Constraint, d.a.Constraint) {
			return d.s
		}
	}
	return nil
}

// within reports whether keys read no other columns.
func within(keys []catalog.Key, columns []string) bool {
	for _, k := range keys {
		for _, name := range append([]string{k.Column}, k.Expr.Columns...) {
			if name != "" && !slices.Contains(columns, name) {
				return false
			}
		}
	}
	return true
}

func isUnique(k *catalog.Constraint) bool {
	return k != nil && len(k.Columns) > 0 && (k.Type == catalog.Unique || k.Type == catalog.PrimaryKey)
}
