package rules

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	hotUpdates = Threshold{"updates", 10_000, "rows", "fewer cost nothing that matters"}
	hotDay     = Threshold{"updates_per_day", 1_000, "rows", "where the counters' age is known"}
	hotShare   = Threshold{"hot_share", 0.5, "share", "most updates write into every index"}
)

var lowHOTRatio = Rule{
	ID:     "low-hot-ratio",
	Title:  "Most updates write into every index",
	Sees:   "A table with 10,000 updates or more, of which fewer than half are HOT.",
	Why:    "An update that is not HOT adds an entry to each of the table's indexes, and leaves a dead one for vacuum in each.",
	Silent: "Few updates.",
	Fix:    "Where an updated column is indexed: see whether that index is worth it. Else leave room on the pages: a fillfactor of 80 to 90.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/storage-hot.html",
	},
	Thresholds: []*Threshold{&hotUpdates, &hotDay, &hotShare},
	Rank:       rankTable - 1,
	Table: func(c *Case, t *workload.Table, found func(Found)) {
		updated, hot, ok := both(t.Updated, t.HotUpdated)
		perDay := c.Snapshot.TablePerDay(t, func(t *workload.Table) opt.Float { return t.Updated })
		if !ok || updated < hotUpdates.Value || hot >= hotShare.Value*updated || perDay.Known() && perDay.Or(0) < hotDay.Value || len(t.Indexes) == 0 {
			return
		}
		var e evidence
		e.number("n_tup_upd", t.Updated, "rows", "pg_stat_user_tables")
		e.number("n_tup_hot_upd", t.HotUpdated, "rows", "pg_stat_user_tables")
		e.number("updates a day", perDay, "rows", "pg_stat_user_tables")
		e.number("indexes", opt.Of(float64(len(t.Indexes))), "", "pg_index")
		f := onTable(t)
		f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Low, e
		f.Title = redact.Sprintf("%s of the %s updates of %s are HOT", figures.Share(hot/updated), figures.Count(updated), t.QName())
		var blamed []string
		for _, ix := range t.Indexes {
			if c.Advisor.UpdatesKeptFromHOT(ix).Or(0) > 0 {
				blamed = append(blamed, ix.Name)
			}
		}
		moved := t.NewpageUpdated.Or(0)
		e.number("n_tup_newpage_upd", t.NewpageUpdated, "rows", "pg_stat_user_tables")
		f.Evidence = e
		known := c.writersOf(t, func(s *workload.Statement) bool { return c.Statements[s].Kind == sql.Update })
		switch {
		case len(blamed) > 0:
			f.Detail = redact.Sprintf("The statements update columns of %s: without it they could be HOT.", strings.Join(blamed, ", "))
			f.Fix = redact.Sprintf("See what reads by %s, and whether it is worth that.", strings.Join(blamed, ", "))
		case moved >= hotShare.Value*(updated-hot) && updated > hot:
			f.Detail = redact.Sprintf("%s of the others had to go to another page (n_tup_newpage_upd): there was no room for the new version beside the old one.", figures.Share(moved/(updated-hot)))
			f.Fix = redact.Sprintf("ALTER TABLE %s SET (fillfactor = 85); it holds for pages written from then on.", t.QName())
		case known != nil && c.option(t, "fillfactor", "", 100) >= 100:
			f.Detail = redact.Plain("No index that the known statements update stands in the way, and the pages are filled to the brim (fillfactor 100): there is no room for the new version beside the old one.")
			f.Fix = redact.Sprintf("ALTER TABLE %s SET (fillfactor = 85); it holds for pages written from then on.", t.QName())
		default:
			f.Detail = redact.Plain("Which columns the updates set is not in the input (pg_stat_statements), or there was no room on the page.")
			f.Fix = redact.Plain("Export pg_stat_statements, so that the updated columns can be held against the indexes.")
		}
		found(f)
	},
}
