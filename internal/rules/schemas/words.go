package schemas

import "github.com/pgverdict/pgverdict/workload"

// manual is where the server's documentation is.
const manual = "https://www.postgresql.org/docs/current/"

// quoted returns a name as SQL.
func quoted(name string) string { return workload.QuoteIdent(name) }
