package plans

import (
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// measures are PostGIS's functions of a distance, which no index knows; in its
// stead ST_DWithin asks one first. Up to 2.5 plans show them with a bar in
// front.
var measures = map[string]bool{"st_distance": true, "st_distancesphere": true, "st_distance_sphere": true, "st_distancespheroid": true, "st_3ddistance": true}

// byMeasure reports whether a condition bounds a distance that is computed of
// each row.
func byMeasure(c sql.Cond) bool {
	return c.Op == sql.Range && measures[strings.TrimPrefix(c.Func, "_")]
}

// withinInstead is what to write for a bounded distance.
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
	return redact.Sprintf("Write ST_DWithin(%s, point, radius) in the place of the distance: it asks a GiST index for the neighbourhood first. The index has to be on what it is given: USING gist (%s).", strings.Trim(as, "()"), as)
}

// containing gives a condition of the filter that GIN or GiST could answer if
// the index were on the expression that the condition is on, and that index:
// overlaps of a column cast to geography, parts of a document.
func containing(n *rule.Node) (sql.Cond, *indexadvisor.Index) {
	if !dropsNearlyAll(n) || n.Answered() {
		return sql.Cond{}, nil
	}
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
