package indexes

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	lostShare   = rule.NewThreshold("lost_share", 0.3, "share", "of all updates of the table: every third update then writes to every index")
	lostUpdates = rule.NewThreshold("updates", 1_000, "rows", "fewer updates cost too little to matter")
)

var hotUpdatesLost = rule.Rule{
	ID:     "hot-updates-lost",
	Title:  "Proposed index prevents HOT updates",
	Sees:   "A proposed index with a column (key, INCLUDE or predicate) that at least 30% of the table's updates set, if these updates are HOT today.",
	Why:    "An UPDATE that changes an indexed column writes to every index of the table and leaves a dead entry in each. For a counter or status column this can cost more than the index saves.",
	Silent: "Few updates. Updates that are not HOT today. Statements that are not in the export.",
	Fix:    "Check whether the index works without that column: one key less, no INCLUDE, no predicate. Otherwise compare what the index saves with what it costs.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/storage-hot.html",
	},
	Thresholds: []*rule.Threshold{lostShare, lostUpdates},
	Rank:       rule.RankTable - 2,
	Proposed: func(c *rule.Case, ix indexadvisor.Index, found func(rule.Found)) {
		t := c.Snapshot.Table(ix.Schema, ix.Table)
		if t == nil || t.Updated.Or(0) < lostUpdates.In(c) {
			return
		}
		w := c.Advisor.WriteCost(ix)
		lost := w.HOTUpdatesLostShare.Or(0)
		if lost < lostShare.In(c) {
			return
		}
		var e rule.Evidence
		e.Number("updates no longer HOT", w.HOTUpdatesLostShare, "share", "model")
		e.Number("WAL per such update, all indexes", w.WALBytesPerLostHOT, "bytes", "model")
		e.Number("n_tup_upd", t.Updated, "rows", "pg_stat_user_tables")
		e.Number("n_tup_hot_upd", t.HotUpdated, "rows", "pg_stat_user_tables")
		f := rule.OnTable(t)
		f.Table = nil // it explains nothing about the table today
		f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
		f.Title = redact.Sprintf("%s of updates of %s are no longer HOT with an index on %s", figures.Share(lost), t.QName(), ix.String())
		f.Detail = redact.Sprintf("These updates set %s.", listed(setBy(c, t, ix)))
		if bytes, known := w.WALBytesPerLostHOT.Get(); known {
			f.More = redact.Append(f.More, "Each writes %s more WAL (all %d indexes).", figures.Bytes(bytes), w.IndexesPerLostHOT)
		}
		f.Decide("Which matters more, update speed or the reads that the index serves?", "the owners of the application", "compare what the index saves with what it costs")
		f.Fix = redact.Plain("Leave that column out of the keys, INCLUDE and the predicate, if update speed matters more. Then check what the plan costs.")
		found(f)
	},
}

// setBy returns the columns of an index that the known statements set.
func setBy(c *rule.Case, t *workload.Table, ix indexadvisor.Index) []string {
	blocking := c.Advisor.BlockingColumns(ix)
	var columns []string
	for _, s := range c.On(t) {
		q := c.Statements[s]
		if !rule.Writes(q, t) {
			continue
		}
		for _, set := range q.Set {
			if blocking[set.Column] && !slices.Contains(columns, set.Column) {
				columns = append(columns, set.Column)
			}
		}
	}
	slices.Sort(columns)
	return columns
}

func listed(names []string) string {
	if len(names) == 0 {
		return "columns of the index"
	}
	return strings.Join(names, ", ")
}
