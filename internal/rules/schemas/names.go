package schemas

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// breaks fills in a finding on a name that does not follow a convention; better is a
// name that does. It calls for no statement: what a rename takes is a change of code.
func breaks(f *rule.Found, name, how string, k *design.Convention, better string) {
	f.Title = redact.Sprintf("%s %s; most %s are %s", name, how, k.Kind, k.Value)
	f.Detail = redact.Sprintf("%d of %d %s are %s. Whoever writes a query has to look the name up.", k.Kept, k.Of, k.Kind, k.Value)
	f.Fix = renameTo(better)
}

// renameTo is the fix of a table's or column's name.
func renameTo(better string) redact.Text {
	return redact.Sprintf("Rename it to %s, together with the code that uses it.", quoted(better))
}

// inPlural returns a name with its last word in the plural, in its case.
func inPlural(name string, c design.Case) string { return withLast(name, c, design.InPlural) }

// inSingular returns a name with its last word in the singular, in its case.
func inSingular(name string, c design.Case) string { return withLast(name, c, design.InSingular) }

func withLast(name string, c design.Case, change func(string) string) string {
	words := design.Words(name)
	words[len(words)-1] = change(words[len(words)-1])
	return c.Of(words)
}

// caseOf returns the case of a name.
func caseOf(name string) design.Case {
	for _, c := range []design.Case{design.Snake, design.Camel, design.Pascal} {
		if c.Has(name) {
			return c
		}
	}
	return design.Upper
}

// isReserved reports whether a name is a reserved word: it has to be quoted though its
// letters do not ask for it.
func isReserved(name string) bool {
	return needsQuotes(name) && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// needsQuotes reports whether SQL takes a name only in quotes.
func needsQuotes(name string) bool { return quoted(name) != name }

// quotesAreUsual tells whether a third of the names or more has to be quoted.
var quotesAreUsual = rule.Derive(func(c *rule.Case) bool {
	quotes, of := 0, 0
	count := func(name string) {
		if of++; needsQuotes(name) && !isReserved(name) {
			quotes++
		}
	}
	for _, t := range c.Schema.Tables {
		count(t.Name.Name)
		for _, col := range t.Columns {
			count(col.Name)
		}
	}
	return 3*quotes >= of
})
