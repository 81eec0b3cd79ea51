package schemas

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var sqlASCII = rule.Rule{
	ID:      "sql-ascii",
	Title:   "Encoding SQL_ASCII",
	Sees:    "A dump of a database with encoding SQL_ASCII.",
	Why:     "The server stores bytes and checks nothing: two clients with other encodings write text that neither can read, and lengths count bytes.",
	Silent:  "Every other encoding.",
	Fix:     "Move to a database with encoding UTF8, after the bytes were checked.",
	Sources: []string{manual + "multibyte.html"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		if !strings.EqualFold(c.Schema.Encoding, "SQL_ASCII") {
			return
		}
		f := c.OnObject("", 0, catalog.Place{}, finding.Confirmed, finding.Medium)
		f.Title = redact.Plain("Encoding of the database is SQL_ASCII")
		f.Detail = redact.Plain("The server stores the bytes that clients send and checks nothing. Clients with other encodings write text that no one can read back for sure.")
		f.Fix = redact.Plain("Restore the dump into a database with encoding UTF8. Find the bytes that are not UTF-8 before.")
		found(f)
	},
}
