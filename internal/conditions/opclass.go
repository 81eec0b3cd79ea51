package conditions

import (
	"strings"

	"github.com/pgverdict/pgverdict/workload"
)

// PatternOps returns the operator class by which a B-tree on a column answers LIKE 'prefix%'
// in any collation; empty if the default one does. None does for citext. Without a column, or if its type is not
// known, it is that of text.
func PatternOps(t *workload.Table, column string) string {
	switch name := typeOf(t, column); {
	case name == "name":
		return ""
	case strings.HasPrefix(name, "character varying"):
		return "varchar_pattern_ops"
	case strings.HasPrefix(name, "character"):
		return "bpchar_pattern_ops"
	}
	return "text_pattern_ops"
}

// WithoutTrigrams returns the type of a column whose patterns no index of pg_trgm serves, of
// those that are compared with patterns; empty if one does.
func WithoutTrigrams(t *workload.Table, column string) string {
	switch name := typeOf(t, column); {
	case name == "name", name == "citext":
		return name
	case strings.HasPrefix(name, "character") && !strings.HasPrefix(name, "character varying"):
		return "character(n)"
	}
	return ""
}

// IsUnordered reports whether a column has a type that no B-tree can have as its key.
func IsUnordered(t *workload.Table, column string) bool {
	return unordered[strings.TrimSuffix(typeOf(t, column), "[]")]
}

// unordered are the types of the server without a B-tree operator class.
var unordered = map[string]bool{
	"json": true, "jsonpath": true, "xml": true, "point": true, "line": true, "lseg": true, "box": true, "path": true, "polygon": true, "circle": true,
	"xid": true, "cid": true, "aclitem": true, "refcursor": true, "txid_snapshot": true, "pg_snapshot": true,
}

func typeOf(t *workload.Table, column string) string {
	if t == nil {
		return ""
	}
	if col := t.Column(column); col != nil {
		return col.Type
	}
	return ""
}
