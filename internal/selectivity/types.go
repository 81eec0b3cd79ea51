package selectivity

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/sql"
)

// BaseType is a type's name without its modifier.
func BaseType(typ string) string {
	open := strings.IndexByte(typ, '(')
	if open < 0 {
		return typ
	}
	end := strings.IndexByte(typ, ')')
	if end < open {
		return typ[:open]
	}
	return strings.TrimSpace(typ[:open]) + typ[end+1:]
}

// IsShape reports whether a GiST index stores a type's values as boxes.
func IsShape(typ string) bool {
	return typ == "point" || typ == "box" || typ == "circle" || typ == "polygon"
}

// IsSpatial reports whether a type's values are ranges or shapes, which may overlap.
func IsSpatial(typ string) bool {
	base := BaseType(typ)
	switch base {
	case "point", "box", "polygon", "circle", "geometry", "geography":
		return true
	}
	return strings.HasSuffix(base, "range")
}

// Unclassed reports whether no operator class of GiST or SP-GiST has the operator of a
// containment (pg_amop of PostgreSQL 15): shapes contain shapes of their own type, box @>
// box, but no point, and points are contained in areas alone.
func Unclassed(c sql.Cond) bool {
	switch BaseType(c.Cast) {
	case "point":
		return c.Operator == "@>"
	case "path", "lseg", "line":
		return c.Operator == "<@"
	}
	return false
}
