package design

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// created returns the type of a column if the schema created it; else nil.
func (t *Table) created(col *catalog.Column) *catalog.Type {
	return t.Schema.Type(catalog.Name{Schema: col.Type.Schema, Name: col.Type.Name})
}

// IsLimited reports whether a column takes only some of the values of its type: a CHECK
// of the table or of a domain says which, a foreign key or the partitions do, or it is
// computed. A CHECK of the length, or that there is a value, does not count.
func (t *Table) IsLimited(col *catalog.Column) bool {
	if d := t.created(col); d != nil && (d.Kind != 'd' || slices.ContainsFunc(d.Checks, func(k catalog.Constraint) bool { return limits(k.Expr.Node, "value") })) {
		return true
	}
	if t.Strategy == "LIST" && slices.Contains(t.Keys, col.Name) {
		return true // by the partitions
	}
	return col.Generated != "" || t.References(col.Name) != nil ||
		slices.ContainsFunc(t.Checks(), func(k *catalog.Constraint) bool { return limits(k.Expr.Node, col.Name) })
}

// limits reports whether an expression is about the values of a column, and not only
// about their length or whether there is one.
func limits(n sql.Node, column string) bool {
	found := false
	ddl.Walk(n, func(n sql.Node) bool {
		switch n.Kind {
		case "NullTest":
			return false
		case "FuncCall":
			return !slices.Contains([]string{"char_length", "character_length", "length", "octet_length", "num_nonnulls", "num_nulls"}, function(n))
		case "A_Expr":
			if text := constantText(n.Child("rexpr")); text != nil && *text == "" {
				return false // <> ''
			}
		case "ColumnRef":
			found = found || isColumn(n, column)
		}
		return !found
	})
	return found
}

// NullsChecked reports whether a CHECK says which of several columns, of which a column
// is one, are NULL: as in an exclusive arc, where exactly one of them has a value.
func (t *Table) NullsChecked(column string) bool {
	return slices.ContainsFunc(t.Checks(), func(k *catalog.Constraint) bool {
		return k.Expr.Mentions(column) && len(k.Expr.Columns) > 1 && testsNull(k.Expr.Node, column)
	})
}

// testsNull reports whether an expression asks if a column is NULL.
func testsNull(n sql.Node, column string) bool {
	found := false
	ddl.Walk(n, func(n sql.Node) bool {
		if f := function(n); n.Kind == "NullTest" || f == "num_nonnulls" || f == "num_nulls" {
			ddl.Walk(n, func(n sql.Node) bool {
				found = found || isColumn(n, column)
				return !found
			})
		}
		return !found
	})
	return found
}

func isColumn(n sql.Node, column string) bool {
	names := n.Strs("fields")
	return n.Kind == "ColumnRef" && len(names) > 0 && names[len(names)-1] == column
}

// function returns the name of a function that an expression calls; empty if it calls
// none at its top.
func function(n sql.Node) string {
	if names := n.Strs("funcname"); n.Kind == "FuncCall" && len(names) > 0 {
		return names[len(names)-1]
	}
	return ""
}

// constantText returns the text of a literal; nil if the expression is another one.
func constantText(n sql.Node) *string {
	for n.Kind == "TypeCast" {
		n = n.Child("arg")
	}
	if n.Kind != "A_Const" || !n.Get("sval").Exists() {
		return nil
	}
	text := n.Get("sval.sval").String()
	return &text
}

// RefusesNull reports whether a column never is NULL: by its definition, by its domain,
// or by a CHECK.
func (t *Table) RefusesNull(col *catalog.Column) bool {
	if d := t.created(col); col.NotNull || d != nil && d.Kind == 'd' && d.NotNull {
		return true
	}
	return slices.ContainsFunc(t.Checks(), func(k *catalog.Constraint) bool { return alwaysTests(k.Expr.Node, col.Name) })
}

// alwaysTests reports whether an expression, or a part of it that has to be true, is
// that a column IS NOT NULL.
func alwaysTests(n sql.Node, column string) bool {
	switch {
	case n.Kind == "NullTest":
		return n.Get("nulltesttype").String() == "IS_NOT_NULL" && isColumn(n.Child("arg"), column)
	case n.Kind == "BoolExpr" && n.Get("boolop").String() == "AND_EXPR":
		return slices.ContainsFunc(n.List("args"), func(a sql.Node) bool { return alwaysTests(a, column) })
	}
	return false
}

// RequiredIn returns how many of the tables with a column of the same name and type
// require it, and how many these are.
func (s *Schema) RequiredIn(col *catalog.Column) (n, of int) {
	key := func(col *catalog.Column) string { return col.Name + " " + col.Type.String() }
	if s.required == nil {
		s.required = map[string][2]int{}
		for _, t := range s.Tables {
			for i := range t.Columns {
				count := s.required[key(&t.Columns[i])]
				count[1]++
				if t.RefusesNull(&t.Columns[i]) {
					count[0]++
				}
				s.required[key(&t.Columns[i])] = count
			}
		}
	}
	count := s.required[key(col)]
	return count[0], count[1]
}
