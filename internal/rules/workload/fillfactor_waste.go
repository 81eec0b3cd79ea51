package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	fillBelow = rule.NewThreshold("fillfactor", 90, "%", "a tenth of room is little to pay for updates that may come")
	fillPages = rule.NewThreshold("pages", 1_280, "pages", "10 MB; of less nobody need be told")
	fillRows  = rule.NewThreshold("inserted", 10_000, "rows", "since the reset: the table is in use, and new rows would use the room")
)

var fillfactorWaste = rule.Rule{
	ID:     "fillfactor-waste",
	Title:  "Room is kept for updates that do not come",
	Sees:   "A table with a fillfactor below 90 into which rows were inserted for a week or longer, and none was updated.",
	Why:    "The room on each page is read and kept in the cache with the rows, and nothing goes there.",
	Silent: "Updates, however few; counters younger than a week; small tables; partitions, whose rows may have been updated while they were new.",
	Fix:    "Reset the fillfactor; it holds for pages written from then on.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-createtable.html#RELOPTION-FILLFACTOR",
	},
	Thresholds: []*rule.Threshold{fillBelow, fillPages, fillRows, youngWeek},
	Rank:       rule.RankText,
	Needs:      []workload.View{workload.ViewClass, workload.ViewDatabase, workload.ViewTables},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		fill := c.Option(t, "fillfactor", "", 100)
		updated, inserted, ok := opt.Two(t.Updated, t.Inserted)
		age, known := c.Snapshot.StatsAge()
		if fill >= fillBelow.In(c) || !ok || updated > 0 || inserted < fillRows.In(c) || !known || age.Hours() < youngWeek.In(c)*24 || t.IsPartition.Or(false) || t.Pages.Or(0) < fillPages.In(c) {
			return
		}
		var e rule.Evidence
		e.Number("fillfactor", opt.Of(fill), "%", "pg_class")
		e.Number("n_tup_upd", t.Updated, "rows", "pg_stat_user_tables")
		e.Number("n_tup_ins", t.Inserted, "rows", "pg_stat_user_tables")
		e.Number("table size", t.Bytes(), "bytes", "pg_class")
		f := rule.OnTable(t)
		f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Nit, e
		f.Title = redact.Sprintf("%s keeps %s of each page for updates, and none came in %s", t.QName(), figures.Share(1-fill/100), figures.Days(age.Hours()/24))
		f.Detail = redact.Sprintf("%s rows were inserted meanwhile.", figures.Count(inserted))
		f.Fix = redact.Sprintf("ALTER TABLE %s RESET (fillfactor); what is there is filled up by the next VACUUM FULL or pg_repack, which this alone is not worth.", t.QName())
		found(f)
	},
}
