package schemas

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
)

var (
	makesUUID   = regexp.MustCompile(`(?i)\b(?:gen_random_uuid|uuid_generate_v\d\w*|uuidv[47])\(`)
	datePattern = regexp.MustCompile(`\d{4}-\d\d-\d\d|\\d\{4\}-\\d\{2\}|\[0-9\]\{4\}-|(?i)\bnow\(\)|CURRENT_(?:DATE|TIMESTAMP)`)
)

// isUUIDText reports whether a text column holds UUIDs that this database makes.
func isUUIDText(t *design.Table, col *catalog.Column) bool { return isUUID(t, col, 0) }

// isUUID follows foreign keys, up to a depth.
func isUUID(t *design.Table, col *catalog.Column, depth int) bool {
	base := t.Schema.BaseType(col)
	if !design.IsText(base) || depth > 3 {
		return false
	}
	if makesUUID.MatchString(col.Default.Text) {
		return true
	}
	if k := t.References(col.Name); k != nil && len(k.Columns) == 1 {
		if target := t.Target(k); target != nil && target != t {
			if key := target.Column(first(t.Schema.Referred(k))); key != nil {
				return isUUID(target, key, depth+1)
			}
		}
	}
	words := design.Words(col.Name)
	named := (slices.Contains(words, "uuid") || slices.Contains(words, "guid")) && !slices.Contains(words, "external") && !slices.Contains(words, "remote")
	wide := len(base.Mods) == 1 && (base.Mods[0] == 36 || base.Mods[0] == 32)
	return named && lastWord(col) != "version" || wide && !design.IsOutside(col.Name) && oneOf(lastWord(col), "id uid key ref reference identifier") && (base.Mods[0] == 36 || base.Name == "character")
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// withoutTextCast returns a default without its cast to text.
func withoutTextCast(text string) string {
	text = strings.TrimSuffix(strings.TrimSuffix(text, "::text"), "::character varying")
	if inner, ok := strings.CutPrefix(text, "("); ok && strings.HasSuffix(inner, ")") {
		return withoutTextCast(strings.TrimSuffix(inner, ")"))
	}
	return text
}

// firstLiteral returns the first literal of an expression.
func firstLiteral(text string) string {
	_, rest, _ := strings.Cut(text, "'")
	value, _, _ := strings.Cut(rest, "'")
	return value
}
