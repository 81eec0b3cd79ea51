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
	toastBlocks = rule.NewThreshold("blocks", 1_000_000, "blocks", "8 GB of TOAST")
	toastShare  = rule.NewThreshold("share", 0.5, "share", "of the blocks touched of the table itself")
	toastOfAll  = rule.NewThreshold("share_of_all", 0.1, "share", "of the blocks touched of all tables")
)

var toastReadHeavy = rule.Rule{
	ID:     "toast-read-heavy",
	Title:  "TOAST values are fetched again and again",
	Sees:   "A table whose TOAST blocks are touched a million times or more: half as often as the table's own blocks, and 10% of all blocks.",
	Why:    "Values of more than 2 kB are stored outside the row, in pieces. Each one is reassembled whenever a statement selects it, used or not.",
	Silent: "Less than that. Exports without pg_statio_user_tables. A statement on the table that another rule reports (slow-statement, select-star), which includes this.",
	Fix:    "Select the wide columns only where they are used, after LIMIT. Use a generated column for the small part that conditions need.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/storage-toast.html",
	},
	Thresholds: []*rule.Threshold{toastBlocks, toastShare, toastOfAll},
	Rank:       rule.RankWorkload - 3,
	Needs:      []workload.View{workload.ViewIOTables},
	Case: func(c *rule.Case, found func(rule.Found)) {
		all := 0.0
		for _, t := range c.Snapshot.Tables {
			all += t.HeapRead.Or(0) + t.HeapHit.Or(0) + t.ToastRead.Or(0) + t.ToastHit.Or(0)
		}
		for _, t := range c.Snapshot.Tables {
			toast := t.ToastRead.Or(0) + t.ToastHit.Or(0)
			heap := t.HeapRead.Or(0) + t.HeapHit.Or(0)
			if toast < toastBlocks.In(c) || toast < toastShare.In(c)*heap || toast < toastOfAll.In(c)*all {
				continue
			}
			var e rule.Evidence
			e.Number("TOAST blocks touched", opt.Of(toast), "blocks", "pg_statio_user_tables")
			e.Number("table blocks touched", opt.Of(heap), "blocks", "pg_statio_user_tables")
			e.Number("toast_blks_read", t.ToastRead, "blocks", "pg_statio_user_tables")
			f := rule.OnTable(t)
			f.Tag, f.Severity = finding.Concern, finding.Low
			f.Title = redact.Sprintf("TOAST reads: %s of all blocks touched are wide values of %s", figures.Share(toast/all), t.QName())
			f.Detail = redact.Sprintf("%s TOAST blocks and %s blocks of the table itself were touched.", figures.Count(toast), figures.Count(heap))
			f.Decide("Can the statements leave out the wide columns?", "the application's code", "leave the statements as they are")
			if s := topOn(c, t, func(s *workload.Statement) float64 { return s.TotalMs.Or(0) }); s != nil {
				f.Statement, f.Query, f.Named = s, c.Statements[s], []*workload.Table{t}
				e.Text("statement with most time on the table", s.Query, "pg_stat_statements")
			}
			f.Fix = redact.Plain("Name the columns that are used, and fetch the wide ones by key after LIMIT. If a condition reads a wide jsonb value, use a generated column or an index on the expression.")
			f.Evidence = e
			found(f)
		}
	},
}
