package selectivity

import "strings"

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
