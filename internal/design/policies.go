package design

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// IsAlways reports whether an expression is true of every row, as it is written.
func IsAlways(e catalog.Expr) bool {
	text := strings.ToLower(strings.NewReplacer("(", "", ")", "", " ", "").Replace(e.Text))
	return text == "true" || text == "1=1" || text == "true::boolean"
}

// Applies reports whether a policy applies to a command: SELECT, INSERT, UPDATE, DELETE.
func Applies(p *catalog.Policy, command string) bool {
	return p.Command == command || p.Command == "ALL"
}

// ForEveryone reports whether a policy is for all roles.
func ForEveryone(p *catalog.Policy) bool {
	return len(p.Roles) == 0 || slices.Contains(p.Roles, catalog.Public)
}

// Comparison is a condition of a policy that compares a column with a value that
// depends on the session, and not on the row.
type Comparison struct {
	Column string
	Cast   bool // the column is cast to another type first
}

// Comparisons returns what each row has to satisfy by an expression: its conjuncts
// that compare a column of the table.
func (t *Table) Comparisons(e catalog.Expr) []Comparison {
	var list []Comparison
	var visit func(sql.Node)
	visit = func(n sql.Node) {
		switch n.Kind {
		case "BoolExpr":
			if n.Get("boolop").String() == "AND_EXPR" {
				for _, arg := range n.List("args") {
					visit(arg)
				}
			}
		case "A_Expr":
			names, kind := n.Strs("name"), n.Get("kind").String()
			if len(names) == 0 || names[len(names)-1] != "=" || kind != "AEXPR_OP" && kind != "AEXPR_IN" && kind != "AEXPR_OP_ANY" {
				return
			}
			left, right := n.Child("lexpr"), n.Child("rexpr")
			if c, ok := t.compared(left); ok && t.isOfSession(right) {
				list = append(list, c)
			} else if c, ok := t.compared(right); ok && t.isOfSession(left) && kind == "AEXPR_OP" {
				list = append(list, c)
			}
		case "SubLink":
			if c, ok := t.compared(n.Child("testexpr")); ok && n.Get("subLinkType").String() == "ANY_SUBLINK" {
				list = append(list, c)
			}
		}
	}
	visit(e.Node)
	return list
}

// compared reads a column of the table, with a cast or without.
func (t *Table) compared(n sql.Node) (c Comparison, ok bool) {
	cast := false
	for n.Kind == "TypeCast" {
		n, cast = n.Child("arg"), true
	}
	col := t.columnOf(n)
	if col == nil {
		return c, false
	}
	return Comparison{col.Name, cast && !IsText(col.Type)}, true
}

// columnOf returns the column of the table that a node names; nil if it names none.
func (t *Table) columnOf(n sql.Node) *catalog.Column {
	parts := n.Strs("fields")
	if n.Kind != "ColumnRef" || len(parts) == 0 || len(parts) > 1 && parts[len(parts)-2] != t.Name.Name {
		return nil
	}
	return t.Column(parts[len(parts)-1])
}

// isOfSession reports whether a value depends on the session or on other tables: it is
// no constant, and it does not depend on the row.
func (t *Table) isOfSession(n sql.Node) bool {
	found := false
	ddl.Walk(n, func(n sql.Node) bool {
		found = found || n.Kind == "FuncCall" || n.Kind == "SubLink" || n.Kind == "SQLValueFunction"
		return !found
	})
	return found && !t.readsRow(n)
}

// readsRow reports whether a value depends on the row of the table, as far as no
// sub-select hides it.
func (t *Table) readsRow(n sql.Node) bool {
	found := false
	ddl.Walk(n, func(n sql.Node) bool {
		found = found || t.columnOf(n) != nil
		return !found && n.Kind != "SubLink"
	})
	return found
}

// Call is a function that a policy calls for each row.
type Call struct {
	Name    string // as it is written
	OnRow   bool   // its arguments are columns of the row
	Looks   bool   // its body reads tables, or is interpreted
	Unknown bool   // its definition is not known
}

// CallsPerRow returns the functions that an expression calls again for each row, while
// their value may be the same for all of them: current_setting() and functions of the
// schema that are not immutable. A sub-select without FROM is evaluated once.
func (t *Table) CallsPerRow(e catalog.Expr) []Call {
	var list []Call
	ddl.Walk(e.Node, func(n sql.Node) bool {
		switch n.Kind {
		case "SubLink":
			return n.Get("subLinkType").String() == "EXISTS_SUBLINK"
		case "FuncCall":
			names := n.Strs("funcname")
			if len(names) == 0 {
				return true
			}
			call := Call{Name: strings.Join(names, "."), OnRow: t.readsRow(n)}
			f := t.Schema.Function(nameOf(names))
			switch {
			case f != nil && f.Volatility == "IMMUTABLE":
				return true
			case f != nil:
				call.Looks = f.Language == "plpgsql" || strings.Contains(strings.ToLower(f.Body+f.Definition), "select")
			case names[len(names)-1] == "current_setting":
			case len(names) > 1 && names[0] != "pg_catalog" && !call.OnRow:
				call.Unknown = true
			default:
				return true
			}
			if (!call.OnRow || call.Looks) && !slices.Contains(list, call) {
				list = append(list, call)
			}
			return false
		}
		return true
	})
	return list
}

func nameOf(parts []string) catalog.Name {
	if len(parts) == 1 {
		return catalog.Name{Name: parts[0]}
	}
	return catalog.Name{Schema: parts[len(parts)-2], Name: parts[len(parts)-1]}
}

// IsLed reports whether an index of the table finds all rows with a value of a column:
// one without a predicate that begins with it.
func (t *Table) IsLed(column string) bool {
	return slices.ContainsFunc(t.Indexes(), func(ix *catalog.Relation) bool {
		columns := ix.Index.Columns()
		return len(columns) > 0 && columns[0] == column && ix.Index.Valid && !ix.Index.Where.There() && (ix.Index.Method == "btree" || ix.Index.Method == "hash")
	})
}
