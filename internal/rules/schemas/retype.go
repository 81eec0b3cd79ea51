package schemas

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// eachColumn calls a function for the columns of a table that it does not inherit, with
// the type below a domain.
func eachColumn(t *design.Table, of func(col *catalog.Column, base catalog.TypeRef)) {
	for i := range t.Columns {
		if col := &t.Columns[i]; !col.Inherited {
			of(col, t.Schema.BaseType(col))
		}
	}
}

// retype adds the change of a column's type to a finding. using is the new value;
// without one the server casts. A default is dropped before and set again, as
// otherwise says; empty: the same.
func retype(f *rule.Found, t *design.Table, col *catalog.Column, to, using, otherwise string) {
	alter := "ALTER TABLE " + t.Name.Short() + " ALTER COLUMN " + quoted(col.Name)
	if using != "" {
		using = " USING " + using
	}
	change := alter + " TYPE " + to + using
	if col.Default.There() && col.Generated == "" {
		if otherwise == "" {
			otherwise = col.Default.Text
		}
		change = alter + " DROP DEFAULT; " + change + "; " + alter + " SET DEFAULT " + otherwise
	}
	f.AddDDL("%s", change)
}

// lastWord returns the last word of a column's name.
func lastWord(col *catalog.Column) string {
	words := design.Words(col.Name)
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

// oneOf reports whether a word is in a list that is separated by blanks.
func oneOf(word, list string) bool { return strings.Contains(" "+list+" ", " "+word+" ") }
