package schemas

import (
	"fmt"
	"strings"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/lex"
)

// manual is where the server's documentation is.
const manual = "https://www.postgresql.org/docs/current/"

// quoted returns a name as SQL.
func quoted(name string) string { return lex.QuoteIdent(name) }

// columnOf names a column with its table.
func columnOf(t *design.Table, column string) string { return t.Name.Short() + "." + quoted(column) }

// some names the first of some columns, and says how many there are beside these.
func some(list []design.Spot) string {
	const most = 4
	var names []string
	for _, s := range list[:min(len(list), most)] {
		names = append(names, s.String())
	}
	if more := len(list) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names, ", "), more)
	}
	return strings.Join(names, ", ")
}
