package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var speculativeDays = rule.NewThreshold("days", 30, "days", "since the statistics reset, unless there are two exports: month-end jobs ran")

var indexSpeculative = rule.Rule{
	ID:    "index-speculative",
	Title: "Index that no query used",
	Sees: "An index without a scan since the last statistics reset, on a table that is read. The reset is more than 30 days ago, or two exports show that there was none in " +
		"between either.",
	Why:        "The index was made for a query that nobody runs. Every write maintains it.",
	Silent:     "The index keeps rows unique, belongs to a constraint or serves a foreign key. The table is not in use.",
	Fix:        "Drop the index, and create it again when a query needs it.",
	Sources:    []string{manual + "monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW"},
	Thresholds: []*rule.Threshold{speculativeDays},
	Rank:       rule.RankDesign,
	Needs:      []workload.View{workload.ViewIndexes, workload.ViewTables},
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		of := c.Exported(t.Relation)
		age, _ := c.Snapshot.ResetAge()
		days, basis, _ := c.Snapshot.Window()
		if of == nil || rule.InUse(of) == 0 || c.SettingIsOff("track_counts") || basis != workload.BasisTwo && age.Hours()/24 < speculativeDays.In(c) {
			return
		}
		for _, ix := range c.IndexesOf(t) {
			scans, known := ix.Kept.SinceReset().Scans.Get()
			if !known || scans > 0 || !onlySearches(ix) || rule.OnForeignKey(ix.Kept) {
				continue
			}
			f := c.OnStored(t, ix, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("%s was never scanned", ix.Name.Short())
			f.Detail = redact.Sprintf("No scan in %s, while %s was read. Every write of %[2]s maintains the index.", figures.Days(max(age.Hours()/24, days)), t.Name.Short())
			f.Decide("Can replicas and rare jobs (month-end, yearly) do without this index?", "pg_stat_user_indexes of every replica", "keep the index.")
			f.Fix = redact.Plain("Drop the index, and keep its definition.")
			f.DropIndex(t, ix.Relation)
			found(f)
		}
	},
}
