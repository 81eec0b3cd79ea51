package migrations

import (
	"regexp"
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// isShorter reports whether a character type gets a smaller limit.
func isShorter(was, is catalog.TypeRef) bool {
	if !isText(was) || !isText(is) || len(is.Mods) == 0 || is.Array {
		return false
	}
	return len(was.Mods) == 0 || is.Mods[0] < was.Mods[0]
}

// isText reports whether values of a type are text to a client.
func isText(t catalog.TypeRef) bool {
	return t.Schema == "" && !t.Array && slices.Contains([]string{"text", "character varying", "character", "citext", "name"}, t.Name)
}

// isNarrow reports whether a type is an integer of four bytes or fewer.
func isNarrow(t catalog.TypeRef) bool {
	return !t.Array && (t.Name == "integer" || t.Name == "smallint")
}

// moneyWord matches names of columns that hold amounts of money.
var moneyWord = regexp.MustCompile(`(?i)(^|_)(price|amount|total|subtotal|balance|cost|fee|salary|tax|revenue)s?(_|$)`)
