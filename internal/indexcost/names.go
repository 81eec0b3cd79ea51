package indexcost

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// identifiers are the names in a piece of SQL that may be columns: no function names,
// and nothing after a cast. It reads words alone, so it also works on text that does
// not parse. Keywords among them do no harm.
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

// storageOption is one of an index's storage parameters, as pg_get_indexdef prints
// them: fillfactor='70', fastupdate=off.
func storageOption(with, name string) (string, bool) {
	for part := range strings.SplitSeq(strings.Trim(strings.TrimSpace(with), "()"), ",") {
		key, value, found := strings.Cut(part, "=")
		if found && strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.ToLower(strings.Trim(strings.TrimSpace(value), "'")), true
		}
	}
	return "", false
}
