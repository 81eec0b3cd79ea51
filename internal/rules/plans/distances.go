package plans

import (
	"cmp"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

// distance is an order by how far rows lie from a value.
type distance struct {
	operator string
	key      string   // the sort key, whose casts name the vectors' type
	of       sql.Cond // the distance, as a condition on what is compared with the value
	desc     bool
	wrapped  bool   // the sort key is an expression of the distance
	valueOf  string // the other table, whose column the value is; empty for a value known at the start
}

// distanceOperators are those that access methods can order rows by.
var distanceOperators = map[string]bool{"<->": true, "<=>": true, "<#>": true, "<+>": true, "<~>": true, "<%>": true, "<<->": true, "<<#>>": true}

// distanceOf returns the distance that a sort begins with; nil if it begins with another key.
func distanceOf(sort *plan.Node) *distance {
	keys := sort.List("Sort Key")
	if len(keys) == 0 {
		return nil
	}
	var d distance
	d.key = strings.TrimSuffix(strings.TrimSuffix(keys[0].Raw(), " NULLS FIRST"), " NULLS LAST")
	d.key, d.desc = strings.CutSuffix(d.key, " DESC")
	for t := range lex.Tokens(d.key) {
		if t.Kind == lex.Operator && distanceOperators[t.Text] {
			d.operator = cmp.Or(d.operator, t.Text)
		}
	}
	conds, err := sql.ParseCond(d.key)
	if d.operator == "" || err != nil || len(conds) != 1 {
		return nil
	}
	d.of = conds[0]
	d.wrapped = d.of.Operator != d.operator
	return &d
}

// indexed returns the column or expression that is compared with the value, as an
// index definition writes it.
func (d *distance) indexed() redact.Text {
	if d.of.Left.Name != "" {
		return redact.Plain(lex.QuoteIdent(d.of.Left.Name))
	}
	return redact.Sprintf("(%s)", d.of.Expr)
}
