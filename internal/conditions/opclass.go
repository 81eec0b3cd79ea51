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

func typeOf(t *workload.Table, column string) string {
	if t == nil {
		return ""
	}
	if col := t.Column(column); col != nil {
		return col.Type
	}
	return ""
}
