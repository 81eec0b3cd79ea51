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
	fillBelow = rule.NewThreshold("fillfactor", 90, "%", "10% of free space is a low price for updates that may follow")
	fillPages = rule.NewThreshold("pages", 1_280, "pages", "10 MB: smaller tables do not matter")
	fillRows  = rule.NewThreshold("inserted", 10_000, "rows", "since the last statistics reset: the table is in use, and new rows would use the space")
)

var fillfactorWaste = rule.Rule{
	ID:     "fillfactor-waste",
	Title:  "Low fillfactor on a table without updates",
	Sees:   "A table with a fillfactor below 90 that had inserts and no updates for a week or longer.",
	Why:    "The free space on each page is read and cached together with the rows, but never used.",
	Silent: "Any updates. Less than a week since the last statistics reset. Small tables. Partitions, whose rows may have been updated while they were new.",
	Fix:    "Reset the fillfactor. The new value applies to pages written from then on.",
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
		e.Number("fillfactor", opt.Of(fill), "", "pg_class")
		e.Number("n_tup_upd", t.Updated, "rows", "pg_stat_user_tables")
		e.Number("n_tup_ins", t.Inserted, "rows", "pg_stat_user_tables")
		e.Number("table size", t.Bytes(), "bytes", "pg_class")
		f := rule.OnTable(t)
		f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Nit, e
		f.Title = redact.Sprintf("Fillfactor of %s leaves %s of each page empty; no updates in %s", t.QName(), figures.Share(1-fill/100), figures.Days(age.Hours()/24))
		f.Detail = redact.Sprintf("%s rows were inserted in that time.", figures.Count(inserted))
		f.Fix = redact.Sprintf("Run ALTER TABLE %s RESET (fillfactor). Existing pages are filled only by the next VACUUM FULL or pg_repack, which is not worth running for this alone.", t.QName())
		found(f)
	},
}
