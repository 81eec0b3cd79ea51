package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var unknownObject = rule.Rule{
	ID:      "unknown-object",
	Title:   "Statement names an object that is not there",
	Sees:    "A table, column, constraint, index or type that neither the schema nor an earlier statement has, without IF EXISTS.",
	Why:     "The server refuses the statement, and the release stops. The schema may also be older than production.",
	Silent:  "No schema is given, and no file creates the table. The statement is in a body that may not run it, or that catches its failure. Another DO block may have made the object. With a schema played from older migrations it is a low question.",
	Fix:     "Correct the name, or apply the missing migration first.",
	Sources: []string{manual + "errcodes-appendix.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if s.Effect.Missing == "" || !known(c, s) || outerOf(s) != s || !strings.Contains(s.Effect.Refused, "does not exist") || migration.Bookkeeping(s.Effect.Missing) || inDoBlock(c, s) {
			return
		}
		f := refused(c, s)
		f.Fix = redact.Plain("Correct the name, or apply the migration that creates it first.")
		if near := nearest(c, s.Effect.Missing); near != "" {
			f.Fix = redact.Sprintf("Did you mean %s? Otherwise apply the migration that creates it first.", near)
		}
		found(f)
	},
}

// nearest returns a name of the schema that differs by at most two letters; empty if
// there is none.
func nearest(c *rule.Case, name string) string {
	if c.Migration.Catalog == nil {
		return ""
	}
	best, least := "", 3
	try := func(have string) {
		if d := distance(strings.ToLower(have), strings.ToLower(name)); d > 0 && d < least && len(have) > 3 {
			best, least = have, d
		}
	}
	table, _, isColumn := strings.Cut(name, ".")
	for _, r := range c.Migration.Catalog.All() {
		try(r.Name.Short())
		if isColumn && r.Name.Short() == table {
			for _, col := range r.Columns {
				try(table + "." + col.Name)
			}
		}
	}
	return best
}

// distance is the number of letters to change, add or remove (Levenshtein).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > 2 || len(y)-len(x) > 2 {
		return 3
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, cost)
		}
	}
	return row[len(y)]
}
