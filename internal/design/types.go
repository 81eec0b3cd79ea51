package design

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// IsText reports whether values of a type are text.
func IsText(t catalog.TypeRef) bool {
	return !t.Array && slices.Contains([]string{"text", "character varying", "character", "citext"}, t.Name)
}

// IsInteger reports whether values of a type are whole numbers.
func IsInteger(t catalog.TypeRef) bool {
	return !t.Array && slices.Contains([]string{"smallint", "integer", "bigint"}, t.Name)
}

// IsNumber reports whether values of a type are numbers.
func IsNumber(t catalog.TypeRef) bool {
	return IsInteger(t) || !t.Array && slices.Contains([]string{"numeric", "real", "double precision"}, t.Name)
}

// IsTime reports whether values of a type are dates or moments.
func IsTime(t catalog.TypeRef) bool {
	return !t.Array && slices.Contains([]string{"date", "timestamp with time zone", "timestamp without time zone"}, t.Name)
}
