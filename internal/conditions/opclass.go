package conditions

import (
	"strings"

	"github.com/pgverdict/pgverdict/workload"
)

// PatternOps returns the operator class by which a B-tree on a column answers LIKE 'prefix%'
// in any collation. Without a column, or if its type is not known, it is that of text.
func PatternOps(t *workload.Table, column string) string {
	switch {
	case IsPadded(t, column):
		return "bpchar_pattern_ops"
	case strings.HasPrefix(typeOf(t, column), "character varying"):
		return "varchar_pattern_ops"
	}
	return "text_pattern_ops"
}

// IsPadded reports whether a column has the type character(n), for which pg_trgm has no
// operator class.
func IsPadded(t *workload.Table, column string) bool {
	name := typeOf(t, column)
	return strings.HasPrefix(name, "character") && !strings.HasPrefix(name, "character varying")
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
