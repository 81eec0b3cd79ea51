package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/workload"
)

// manual is where the server's documentation is.
const manual = "https://www.postgresql.org/docs/current/"

// quoted returns a name as SQL.
func quoted(name string) string { return workload.QuoteIdent(name) }

// columnOf names a column with its table.
func columnOf(t *design.Table, column string) string { return t.Name.Short() + "." + quoted(column) }
