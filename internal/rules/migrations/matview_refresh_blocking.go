package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var matviewRefreshBlocking = rule.Rule{
	ID:      "matview-refresh-blocking",
	Title:   "REFRESH MATERIALIZED VIEW without CONCURRENTLY",
	Sees:    "REFRESH MATERIALIZED VIEW without CONCURRENTLY of a view that was there before.",
	Why:     "It holds ACCESS EXCLUSIVE for the whole refresh: queries on the view wait.",
	Silent:  "WITH NO DATA. The view is new or was never filled.",
	Fix:     "Create a unique index over all rows of the view once, then REFRESH ... CONCURRENTLY.",
	Sources: []string{manual + "sql-refreshmaterializedview.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.RefreshView) {
			if a.Concurrent || s.Tree.Get("skipData").Bool() {
				continue
			}
			f := c.Blocking(s, a.Table, finding.High)
			f.Title = redact.Sprintf("REFRESH blocks all queries on %s until it is done", named(c, s, a.Table))
			f.Detail = redact.Plain("It holds ACCESS EXCLUSIVE for as long as the view's query and the index builds take.")
			f.Fix = redact.Plain("Create a unique index on the view once, then run REFRESH MATERIALIZED VIEW CONCURRENTLY.")
			found(f)
		}
	},
}
