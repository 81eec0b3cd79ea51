package plans

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// keysetCondition is the condition of a page that begins behind the last row of another, written
// with OR: a < x OR (a = x AND id < y). An index is not searched by it.
type keysetCondition struct {
	columns  []string
	operator string // of the row comparison that says the same; empty if the directions differ
	first    string // the operator of the first column
}

// keysetOf returns the keyset condition among conditions, if there is one.
func keysetOf(conds []sql.Cond) (k keysetCondition, ok bool) {
	for _, c := range conds {
		if k.read(c) && len(k.columns) > 1 {
			return k, true
		}
		k = keysetCondition{}
	}
	return k, false
}

// read adds the columns of a condition: a range on one column, or the OR of a range on
// a column and of an equality on it with more about the next columns.
func (k *keysetCondition) read(c sql.Cond) bool {
	if c.Op == sql.Range && c.Left.Name != "" {
		k.columns = append(k.columns, c.Left.Name)
		switch operator := strings.TrimSuffix(c.Operator, "="); {
		case k.first == "":
			k.first, k.operator = operator, c.Operator
		case operator != k.first:
			k.operator = ""
		case k.operator != "":
			k.operator = c.Operator // whether the row itself belongs to the page, the last column says
		}
		return true
	}
	if c.Op != sql.Or || len(c.Any) < 2 || len(c.Any[0]) != 1 || c.Any[0][0].Op != sql.Range || !k.read(c.Any[0][0]) {
		return false
	}
	first := c.Any[0][0]
	var rest [][]sql.Cond // the other branches, without the equality
	for _, branch := range c.Any[1:] {
		if len(branch) < 2 || branch[0].Op != sql.Eq || branch[0].Left != first.Left || branch[0].Const.Raw() != first.Const.Raw() {
			return false
		}
		rest = append(rest, branch[1:])
	}
	if len(rest) == 1 && len(rest[0]) == 1 {
		return k.read(rest[0][0])
	}
	return len(rest) > 1 && k.read(sql.Cond{Op: sql.Or, Any: rest})
}

// fix says how to write the condition so that the index of a walk is searched by it.
func (k keysetCondition) fix(w walk) string {
	quoted := make([]string, len(k.columns))
	for i, column := range k.columns {
		quoted[i] = lex.QuoteIdent(column)
	}
	list := strings.Join(quoted, ", ")
	say := "Write the condition as a row comparison, (" + list + ") " + k.operator + " (value" + strings.Repeat(", value", len(quoted)-1) + ")"
	if k.operator == "" {
		say = "Add the condition " + quoted[0] + " " + k.first + "= value in front of the OR, with its first value"
	}
	if order, _ := w.order(); len(order) > 0 && order[0].Column.Name != k.columns[0] {
		return say + ", and create an index on (" + list + "), which then starts the scan at the page."
	}
	return say + ". The index " + w.scan.Index + " then starts the scan at the page, without reading what is before it."
}
