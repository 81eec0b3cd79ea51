package design

import (
	"regexp"
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// states are words that say yes or no of a row if a column ends with one of them.
var states = words("active enabled disabled verified visible hidden deleted archived locked confirmed approved published flag")

var (
	yesNo  = regexp.MustCompile(`(?i)^\(*'(?:y|n|t|f|j|yes|no)'`)
	zeroOr = regexp.MustCompile(`(?i)=\s*ANY\s*\(+\s*ARRAY\[\s*\(?0\)?\s*,\s*\(?1\)?\s*\]|\bIN\s*\(\s*(?:0\s*,\s*1|1\s*,\s*0|'y'\s*,\s*'n'|'n'\s*,\s*'y')\s*\)|=\s*ANY\s*\(+\s*ARRAY\['[yntf]'::[a-z()" 0-9]+,\s*'[yntf]'`)
)

// IsFlag reports whether a column that is no boolean holds yes or no: its name says so,
// a default of one letter, or a CHECK with the two values.
func (t *Table) IsFlag(col *catalog.Column) bool {
	base := t.Schema.BaseType(col)
	letter := base.Name == "character" && (len(base.Mods) == 0 || base.Mods[0] == 1) || base.Name == "character varying" && len(base.Mods) == 1 && base.Mods[0] == 1
	small := IsInteger(base) && base.Name != "bigint" || base.Name == "bit" && (len(base.Mods) == 0 || base.Mods[0] == 1)
	if base.Array || !letter && !small || t.References(col.Name) != nil || t.HasKey(col.Name) {
		return false
	}
	words := Words(col.Name)
	if len(words) == 0 || hasWord(words, "count", "level", "version", "type", "id", "at", "by", "days", "number", "no") {
		return false
	}
	if slices.ContainsFunc(t.Checks(), func(k *catalog.Constraint) bool { return k.Mentions(col.Name) && zeroOr.MatchString(k.Expr.Text) }) {
		return true
	}
	if letter && yesNo.MatchString(col.Default.Text) {
		return true
	}
	first, last := words[0], words[len(words)-1]
	return len(words) > 1 && slices.Contains([]string{"is", "has", "can", "should", "was", "did"}, first) || states[last]
}
