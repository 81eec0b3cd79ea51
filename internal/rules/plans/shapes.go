package plans

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/selectivity"
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
// expression could serve, and that index: overlaps of a column cast to geography, or of
// the range between two columns, parts of a document.
func containing(n *rule.Node) (sql.Cond, *indexadvisor.Index) {
	for _, c := range n.Filter() {
		if c.Op != sql.Contains || c.Left.Name != "" || len(c.ExprColumns) == 0 || c.Value >= sql.Runtime {
			continue
		}
		method := ""
		switch expr := c.Expr.Raw(); {
		case rangeOfColumns(c):
			method = "gist"
		case len(c.ExprColumns) > 1:
			continue
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

// ranges are the constructors of ranges. With a value is the type of their bounds if there is
// always a value between two: only then a range without its bounds is not empty.
var ranges = map[string]string{
	"tstzrange": "timestamp with time zone", "tsrange": "timestamp without time zone", "numrange": "numeric",
	"daterange": "", "int4range": "", "int8range": "",
}

// mutable matches what an index may not be built on, in a range between columns: a cast of
// a column, a function.
var mutable = regexp.MustCompile(`[\w")]::|\w\([^)]*\w\(`)

// rangeOfColumns reports whether a condition is on the range between columns as they are.
func rangeOfColumns(c sql.Cond) bool {
	_, constructs := ranges[c.Func]
	return constructs && !mutable.MatchString(c.Expr.Raw())
}

// period is a condition on the beginning of a period and one on its end.
type period struct{ begins, ends sql.Cond }

// periodOf finds a lower bound on one column and an upper one on another of the same type, with
// nothing else that an index finds the rows by, if far fewer rows match than the planner
// expects of two independent conditions.
func periodOf(n *rule.Node) (o period, ok bool) {
	var below, above []sql.Cond
	for _, c := range n.Filter() {
		switch {
		case !c.Sargable():
		case c.Op != sql.Range || c.Left.Name == "" || c.Value >= sql.Runtime:
			return o, false
		case strings.HasPrefix(c.Operator, "<"):
			below = append(below, c)
		case strings.HasPrefix(c.Operator, ">"):
			above = append(above, c)
		}
	}
	if len(below) != 1 || len(above) != 1 || below[0].Left.Name == above[0].Left.Name || below[0].Cast != above[0].Cast {
		return o, false
	}
	expected, known := n.ExpectedTotal.Get()
	return period{begins: below[0], ends: above[0]}, known && n.RowsTotal.Known() && expected > 10*max(n.RowsNear(expected).Or(0), 1)
}

// explain says why no B-tree finds the rows, and what does.
func (o period) explain(f *rule.Found, n *rule.Node, what string, cost rule.Cost) {
	f.Detail = redact.Sprintf("%s %s. The planner expects %s rows of two independent conditions, and %s came. No statistics on %s and %s correct that, and a B-tree finds the rows by one of them only, which leaves many.",
		what, cost.Took(), figures.Count(n.ExpectedTotal.Or(0)), figures.Count(n.RowsTotal.Or(0)), o.begins.Left.Name, o.ends.Left.Name)
	f.Fix = redact.Plain(o.say(n))
	if f.Fix.Empty() {
		f.Fix = redact.Plain("Bound both columns from both sides, such as by the longest period that occurs: an index on one of them then finds few rows.")
	}
}

// say tells how an index finds what overlaps; empty if the type of the columns has no such
// range.
func (o period) say(n *rule.Node) string {
	begins, ends := lex.QuoteIdent(o.begins.Left.Name), lex.QuoteIdent(o.ends.Left.Name)
	typ := o.begins.Cast
	if t := n.Table(); t != nil {
		if col := t.Column(o.begins.Left.Name); col != nil && col.Type != "" {
			typ = selectivity.BaseType(col.Type)
		}
	}
	constructor := ""
	for name, of := range ranges {
		if typ != "" && of == typ {
			constructor = name
		}
	}
	if constructor == "" {
		return ""
	}
	whole := fmt.Sprintf("%s(%s, %s, '[]')", constructor, begins, ends)
	return fmt.Sprintf("If %s and %s are the beginning and the end of a period, and never NULL, create an index USING gist (%s), and write %[3]s && %[4]s(value for %[2]s, value for %[1]s, '%[5]s').",
		begins, ends, whole, constructor, bound(o.ends, "[", "(")+bound(o.begins, "]", ")"))
}

// bound is a bracket: that of a range with its bound, or without.
func bound(c sql.Cond, with, without string) string {
	if strings.HasSuffix(c.Operator, "=") {
		return with
	}
	return without
}
