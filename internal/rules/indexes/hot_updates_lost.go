package indexes

import (
	"fmt"
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
	lostShare   = rule.NewThreshold("lost_share", 0.3, "share", "of all updates of the table: every third one then writes into every index")
	lostUpdates = rule.NewThreshold("updates", 1_000, "rows", "fewer cost nothing that matters")
)

var hotUpdatesLost = rule.Rule{
	ID:    "hot-updates-lost",
	Title: "A proposed index ends HOT updates",
	Sees:  "A proposed index with a column, as key, included or in its predicate, that three in ten of the table's updates or more set, which are HOT today.",
	Why: "An update that changes an indexed column writes into every index of the table, the old ones too, and leaves a dead entry in each. " +
		"On a counter or a status that is set all day this can cost more than the index saves.",
	Silent: "Few updates; updates that are not HOT today; statements that are not in the export.",
	Fix:    "See whether the index does without that column: a key less, no INCLUDE, no predicate. Else hold what it saves against what it costs, which stand beside it.",
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
		e.Number("updates that stop being HOT", w.HOTUpdatesLostShare, "share", "model")
		e.Number("WAL of such an update over all indexes", w.WALBytesPerLostHOT, "bytes", "model")
		e.Number("n_tup_upd", t.Updated, "rows", "pg_stat_user_tables")
		e.Number("n_tup_hot_upd", t.HotUpdated, "rows", "pg_stat_user_tables")
		f := rule.OnTable(t)
		f.Table = nil // it explains nothing of the table as it is
		f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
		f.Title = redact.Sprintf("%s of the updates of %s stop being HOT with an index on %s", figures.Share(lost), t.QName(), ix.String())
		written := ""
		if bytes, known := w.WALBytesPerLostHOT.Get(); known {
			written = fmt.Sprintf(" Each of them then writes %s into %d indexes.", figures.Bytes(bytes), w.IndexesPerLostHOT)
		}
		f.Detail = redact.Sprintf("They set %s.%s Judgment needed: whether the updates or the reads that it serves have to be fast. "+
			"Whoever runs the application knows; without that, go by what it saves against what it costs.", listed(setBy(c, t, ix)), written)
		f.Fix = redact.Plain("If the updates matter more: leave that column out of the keys, of INCLUDE and of the predicate, and see what the plan costs then.")
		found(f)
	},
}

// setBy are the columns of an index that the known statements set.
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
		return "its columns"
	}
	return strings.Join(names, ", ")
}
