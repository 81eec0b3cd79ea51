package workload

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	ageHigh     = rule.NewThreshold("share", 0.5, "share", "of the 2.1 billion: autovacuum should have frozen the rows at a tenth of it, so it does not get through")
	ageCritical = rule.NewThreshold("critical_share", 0.8, "share", "a busy server uses up the rest in days")
)

// oldestXID is the distance at which transaction IDs wrap around; the server
// refuses to give out new ones 3 million before it (varsup.c).
const oldestXID = 1 << 31

var txidAge = rule.Rule{
	ID:     "txid-age",
	Title:  "The database is on its way to refusing writes",
	Sees:   "An oldest transaction ID, or multixact ID, that is half of the way to wraparound behind, or more.",
	Why:    "Shortly before wraparound the server takes no more transactions that write, in any database, until the oldest rows are frozen by VACUUM; on a large table that takes hours.",
	Silent: "Younger ones: autovacuum freezes them by itself from autovacuum_freeze_max_age on (200 million by default).",
	Fix:    "Remove what keeps vacuum from freezing (an old transaction, a replication slot, a prepared transaction), then VACUUM the oldest tables first.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND",
	},
	Thresholds: []*rule.Threshold{ageHigh, ageCritical},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewDatabase},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil {
			return
		}
		for _, counter := range []struct{ what, column, limit string }{
			{"transaction", "datfrozenxid_age", "autovacuum_freeze_max_age"},
			{"multixact", "datminmxid_age", "autovacuum_multixact_freeze_max_age"},
		} {
			age, ok := c.Snapshot.DatabaseStats[counter.column].Get()
			share := age / oldestXID
			if !ok || share < ageHigh.In(c) {
				continue
			}
			var e rule.Evidence
			e.Number(counter.column, opt.Of(age), "", "pg_stat_database")
			e.Number("share of the way to wraparound", opt.Of(share), "share", "pg_stat_database")
			e.Number(counter.limit, c.Snapshot.SettingNumber(counter.limit), "", "pg_settings")
			f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.High}}
			if share >= ageCritical.In(c) {
				f.Tag, f.Severity = finding.Critical, finding.Severe
			}
			f.Title = redact.Sprintf("The oldest %s ID is %s old, %s of the way to wraparound", counter.what, figures.Count(age), figures.Share(share))
			f.Detail = redact.Sprintf("With %s more the server refuses every statement that writes, in all its databases, until VACUUM has frozen the oldest rows. "+
				"Autovacuum begins with that at %s, switched off or not: it has not got through, or something keeps it from freezing.",
				figures.Count(max(oldestXID-3_000_000-age, 0)), figures.Count(c.Snapshot.SettingNumber(counter.limit).Or(200_000_000)))
			f.Fix = redact.Plain("End old transactions (pg_stat_activity by backend_xmin), drop stale replication slots (pg_replication_slots.xmin, catalog_xmin) and prepared transactions (pg_prepared_xacts). " +
				"Then VACUUM (FREEZE, INDEX_CLEANUP off) the oldest tables, the largest age first; it blocks neither reads nor writes. Not VACUUM FULL, which needs a transaction ID.")
			if counter.what == "transaction" {
				if oldest := oldestTables(c, age); len(oldest) > 0 {
					f.Where.Relation = oldest[0].QName()
					f.Detail = redact.Sprintf("%s The oldest tables: %s.", f.Detail, agesOf(oldest))
				}
			}
			f.Evidence = e
			found(f)
		}
	},
}

// oldestTables are the tables that hold the database's age up, the oldest
// first; three at most. None where those are the server's own.
func oldestTables(c *rule.Case, age float64) []*workload.Table {
	var list []*workload.Table
	for _, t := range c.Snapshot.Tables {
		if t.FrozenXIDAge.Or(0) >= ageHigh.In(c)*age {
			list = append(list, t)
		}
	}
	slices.SortStableFunc(list, func(a, b *workload.Table) int { return cmp.Compare(b.FrozenXIDAge.Or(0), a.FrozenXIDAge.Or(0)) })
	return list[:min(len(list), 3)]
}

func agesOf(list []*workload.Table) string {
	var out []string
	for _, t := range list {
		size := ""
		if b, ok := t.Bytes().Get(); ok {
			size = ", " + figures.Bytes(b)
		}
		out = append(out, fmt.Sprintf("%s (%s%s)", t.QName(), figures.Count(t.FrozenXIDAge.Or(0)), size))
	}
	return strings.Join(out, ", ")
}
