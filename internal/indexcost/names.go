package indexcost

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// identifiers are the names in a piece of SQL that may be columns: not
// function names, not what follows a cast. It works on words alone, so that
// it also serves on text that no grammar accepts; keywords are among what it
// gives, and do no harm to who looks columns up.
func identifiers(text string) map[string]bool {
	names := map[string]bool{}
	var last, before lex.Token
	take := func() {
		if name, ok := last.Name(); ok && before.Text != "::" {
			names[name] = true
		}
	}
	for t := range lex.Tokens(text) {
		if t.Text != "(" || t.Start != last.End {
			take()
		}
		last, before = t, last
	}
	take()
	return names
}

// storageOption looks up one of an index's storage parameters, as
// pg_get_indexdef prints them: fillfactor='70', fastupdate=off.
func storageOption(with, name string) (string, bool) {
	for part := range strings.SplitSeq(strings.Trim(strings.TrimSpace(with), "()"), ",") {
		key, value, found := strings.Cut(part, "=")
		if found && strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.ToLower(strings.Trim(strings.TrimSpace(value), "'")), true
		}
	}
	return "", false
}
