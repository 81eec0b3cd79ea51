package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	tooManyIndexes = rule.NewThreshold("indexes", 8, "indexes", "a new row writes an entry to each of them")
	tooManyWrites  = rule.NewThreshold("writes", 100_000, "rows", "inserted, updated or deleted; fewer cost too little to matter")
)

var indexTooMany = rule.Rule{
	ID:         "index-too-many",
	Title:      "Many indexes on a table that is written more than read",
	Sees:       "A table with more than eight indexes whose counters show more rows written than scans.",
	Why:        "Each INSERT and each non-HOT UPDATE writes to every index, and VACUUM cleans every index.",
	Silent:     "There are no counters, or the table is read more often than it is written.",
	Fix:        "Review the least used indexes: which queries need them, and could another index serve these?",
	Sources:    []string{manual + "indexes-intro.html", manual + "storage-hot.html"},
	Thresholds: []*rule.Threshold{tooManyIndexes, tooManyWrites},
	Rank:       rule.RankDesign,
	Needs:      []workload.View{workload.ViewTables},
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		of, list := c.Exported(t.Relation), c.IndexesOf(t)
		if of == nil || float64(len(list)) <= tooManyIndexes.In(c) {
			return
		}
		written := opt.Sum(opt.Sum(of.Inserted, of.Updated), of.Deleted)
		scans := rule.InUse(of)
		if written.Or(0) < tooManyWrites.In(c) || written.Or(0) < scans {
			return
		}
		f := c.InSchema(t, finding.Concern, finding.Low)
		f.Number("indexes", opt.Of(float64(len(list))), "indexes", "schema")
		f.Number("rows written", written, "rows", "pg_stat_user_tables")
		f.Number("scans", opt.Of(scans), "scans", "pg_stat_user_tables")
		f.Title = redact.Sprintf("%s has %d indexes and is written more than it is read", t.Name.Short(), len(list))
		f.Detail = redact.Sprintf("%s written, %s. Each new row version writes to every index.", rule.Counted(written.Or(0), "row"), figures.Plural(scans, "scan"))
		f.Decide("Does a query need each of these indexes?", "pg_stat_user_indexes of every replica, and the queries", "keep the indexes, and add none.")
		f.Fix = redact.Plain("Drop the indexes that no query needs, and merge those that begin with the same columns.")
		found(f)
	},
}
