package plans

import (
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// measures are PostGIS's distance functions, which no index serves; ST_DWithin uses one.
// Up to PostGIS 2.5 plans show them with an underscore in front.
var measures = map[string]bool{"st_distance": true, "st_distancesphere": true, "st_distance_sphere": true, "st_distancespheroid": true, "st_3ddistance": true}

// byMeasure reports whether a condition bounds a distance that is computed for each
// row.
func byMeasure(c sql.Cond) bool {
	return c.Op == sql.Range && measures[strings.TrimPrefix(c.Func, "_")]
}

// withinInstead returns what to write for a bounded distance.
func withinInstead(c sql.Cond) redact.Text {
	column := "column"
	if len(c.ExprColumns) > 0 {
		column = c.ExprColumns[0].Name
	}
	as := column
	for _, typ := range [...]string{"geography", "geometry"} {
		if strings.Contains(c.Expr.Raw(), "::"+typ) {
			as = "(" + column + "::" + typ + ")"
		}
	}
	return redact.Sprintf("Use ST_DWithin(%s, point, radius) instead of the distance: ST_DWithin can use a GiST index. That index has to be on its argument: USING gist (%s).", strings.Trim(as, "()"), as)
}

// containing returns a condition of the filter that a GIN or GiST index on its
// expression could serve, and that index: overlaps of a column cast to geography,
// parts of a document.
func containing(n *rule.Node) (sql.Cond, *indexadvisor.Index) {
	for _, c := range n.Filter() {
		if c.Op != sql.Contains || c.Left.Name != "" || len(c.ExprColumns) != 1 || c.Value >= sql.Runtime {
			continue
		}
		method := ""
		switch expr := c.Expr.Raw(); {
		case c.Func == "" && (strings.HasSuffix(expr, "::geography") || strings.HasSuffix(expr, "::geometry")):
			method = "gist"
		case c.Func == "" && strings.Contains(expr, " -> ") && (c.Operator == "@>" || c.Operator == "?" || c.Operator == "?|" || c.Operator == "?&"):
			method = "gin"
		default:
			continue
		}
		ix := indexOn(n, c)
		ix.Method = method
		return c, ix
	}
	return sql.Cond{}, nil
}
