package indexadvisor

import (
	"fmt"
	"math"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// A GiST index keeps shapes as their bounding boxes. How full CREATE INDEX
// leaves its pages was measured over values that lie at random, 20,000 and
// 100,000 of them, on 15.18, 17.11 and 18.6: alike for boxes, circles and
// polygons; points are sorted first (15 and later).
const (
	boxBytes     = 32
	boxFill      = 0.60
	pointFill    = 0.66
	pointsSorted = 15
	otherFill    = 0.6 // of ranges and addresses, a guess: 0.45 to 0.9 were measured, by how they lie
)

// typeOf is a column's type; empty where it is not known.
func (u *use) typeOf(column string) string {
	if c := u.table.Column(column); c != nil {
		return c.Type
	}
	return ""
}

// isShape reports whether a GiST index keeps a type's values as boxes.
func isShape(typ string) bool {
	return typ == "point" || typ == "box" || typ == "circle" || typ == "polygon"
}

// gistSize is a fresh build's size where the entries' size and how the pages
// are filled follow from the type; of ranges and addresses that depends on how
// the values lie, which no statistics tell.
func (m *Model) gistSize(t *workload.Table, def workload.IndexDef, rows float64) (Float, string) {
	if len(def.Keys) != 1 || len(def.Include) > 0 || def.Keys[0].Column == "" {
		return Float{}, "the size of a GiST index of several columns or of an expression is not modelled"
	}
	c := t.Column(def.Keys[0].Column)
	switch {
	case c == nil || c.Type == "":
		return Float{}, fmt.Sprintf("the type of %s is not in the data: add the schema (pg_dump -s)", def.Keys[0].Column)
	case !isShape(c.Type):
		return Float{}, fmt.Sprintf("the size of a GiST index over %s depends on how its values lie", c.Type)
	}
	if server, known := m.snap.ServerVersion(); c.Type == "point" && known && server.Major < pointsSorted {
		return Float{}, "the size of a GiST index over points was not measured before PostgreSQL 15"
	}
	pages, why := m.gistPages(t, def, rows)
	if why != "" {
		return Float{}, why
	}
	return opt.Of(blockSize * pages), ""
}

// gistPages is gistSize, or for a cost alone a guess of it.
func (m *Model) gistPages(t *workload.Table, def workload.IndexDef, rows float64) (pages float64, why string) {
	c := t.Column(def.Keys[0].Column)
	of := coverageOf(t, def.Where)
	covered, known := of.share.Get()
	if !known {
		return 0, of.note
	}
	if c == nil || c.Type == "" {
		return 0, fmt.Sprintf("the type of %s is not in the data: add the schema (pg_dump -s)", def.Keys[0].Column)
	}
	entry, fill := math.Ceil((tupleHeader+boxBytes)/maxAlign)*maxAlign, boxFill
	nulls := nullShare(t, c.Name)
	switch {
	case c.Type == "point":
		fill = pointFill
	case !isShape(c.Type):
		e, why := m.entryOf(t, def)
		if why != "" {
			return 0, why
		}
		entry, fill, nulls = tupleBytes(e.keys), otherFill, 0 // which tupleBytes counts
	}
	bytes := entry*(1-nulls) + nullsHeader*nulls + linePointer
	return math.Max(math.Ceil(rows*covered*bytes/(fill*leafRoom)), 1), ""
}

// gistAccess is a use of a GiST or an SP-GiST index as gistcostestimate and
// spgcostestimate take it: entries by their bounding values, or in the order of
// a distance where that is asked for.
func gistAccess(a access) access {
	a.height = math.Floor(math.Log(math.Max(a.indexPages, 1)) / math.Log(100))
	a.correlation, a.lookups = 0, 1
	return a
}

// returns reports whether a scan of an index of another method than B-tree can
// be one of the index alone: its entries hold the value itself.
func returns(method, typ string) bool {
	typ = baseType(typ)
	return (method == "gist" || method == "spgist") &&
		(typ == "point" || typ == "box" || typ == "inet" || typ == "cidr" || strings.HasSuffix(typ, "range"))
}

// containShare is what the planner takes for a containment or an overlap whose
// value, or whose statistics, it does not have: rangesel, networksel, areasel
// and contsel, array_contain_selectivity, tsmatchsel, matchingsel.
func containShare(typ string, c sql.Cond) float64 {
	typ = baseType(typ)
	overlap := c.Operator == "&&"
	switch {
	case strings.HasSuffix(typ, "range"), strings.HasSuffix(typ, "[]"), typ == "inet", typ == "cidr":
		if overlap {
			return 0.01
		}
		return 0.005
	case isShape(typ), typ == "path", typ == "lseg", typ == "line":
		if overlap {
			return 0.005
		}
		return 0.001
	case typ == "tsvector":
		return 0.005
	}
	return 0.01
}
