package planner

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// distanceFrom is the column of an ORDER BY column <-> value.
func (sc *scope) distanceFrom(k sql.Key) *columnRef {
	left, _, ok := strings.Cut(strings.TrimPrefix(k.Expr.Raw(), "("), " "+DistanceOperator+" ")
	if !ok || k.Desc {
		return nil
	}
	for i := sc.from; i < sc.till; i++ {
		for _, c := range sc.l.Relations[i].Table.Columns {
			if lex.QuoteIdent(c.Name) == left {
				if selectivity.IsSpatial(c.Type) {
					return &columnRef{i, c.Name}
				}
			}
		}
	}
	return nil
}

// DistanceOperator is the distance operator of ORDER BY for a nearest-neighbour search.
const DistanceOperator = "<->"

// NearestFirst is the column, with its relation, by whose distance from a value the
// query sorts.
func (l *Level) NearestFirst() (relation int, column string, ok bool) {
	if len(l.orderBy) == 0 {
		return 0, "", false
	}
	m := l.classes[l.orderBy[0].class].distance
	if m == nil {
		return 0, "", false
	}
	return m.relation, m.column, true
}
