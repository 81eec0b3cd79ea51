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
	pieceBlocks = rule.NewThreshold("blocks", 1_000_000, "blocks", "8 GB of them")
	pieceShare  = rule.NewThreshold("share", 0.5, "share", "of the blocks touched of the table itself")
	pieceOfAll  = rule.NewThreshold("share_of_all", 0.1, "share", "of the blocks touched of all tables")
)

var toastReadHeavy = rule.Rule{
	ID:     "toast-read-heavy",
	Title:  "Wide values are fetched over and over",
	Sees:   "A table whose TOAST blocks are touched a million times or more, half as often as the table's own, a tenth of all blocks.",
	Why:    "Values of more than 2 kB stand outside of the row, and each is put together from its pieces whenever it is asked for, looked at or not.",
	Silent: "Less than that; exports without pg_statio_user_tables; a statement on it that another rule names (slow-statement, select-star): it says so there.",
	Fix:    "Ask for the wide columns only where they are used, after LIMIT; a generated column for the small part that conditions look at.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/storage-toast.html",
	},
	Thresholds: []*rule.Threshold{pieceBlocks, pieceShare, pieceOfAll},
	Rank:       rule.RankWorkload - 3,
	Needs:      []workload.View{workload.ViewIOTables},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil {
			return
		}
		all := 0.0
		for _, t := range c.Snapshot.Tables {
			all += t.HeapRead.Or(0) + t.HeapHit.Or(0) + t.ToastRead.Or(0) + t.ToastHit.Or(0)
		}
		for _, t := range c.Snapshot.Tables {
			toast := t.ToastRead.Or(0) + t.ToastHit.Or(0)
			heap := t.HeapRead.Or(0) + t.HeapHit.Or(0)
			if toast < pieceBlocks.In(c) || toast < pieceShare.In(c)*heap || toast < pieceOfAll.In(c)*all {
				continue
			}
			var e rule.Evidence
			e.Number("TOAST blocks touched", opt.Of(toast), "blocks", "pg_statio_user_tables")
			e.Number("blocks of the table touched", opt.Of(heap), "blocks", "pg_statio_user_tables")
			e.Number("toast_blks_read", t.ToastRead, "blocks", "pg_statio_user_tables")
			f := rule.OnTable(t)
			f.Tag, f.Severity = finding.Concern, finding.Low
			f.Title = redact.Sprintf("%s of all blocks touched are wide values of %s", figures.Share(toast/all), t.QName())
			f.Detail = redact.Sprintf("%s TOAST blocks were touched, beside %s of the table's own. Judgment needed: whether the statements use the wide columns. "+
				"The application's code settles it; without it, leave them.", figures.Count(toast), figures.Count(heap))
			if s := costliestOn(c, t); s != nil {
				f.Statement, f.Query, f.Named = s, c.Statements[s], []*workload.Table{t}
				e.Text("the statement that takes most time on it", s.Query, "pg_stat_statements")
			}
			f.Fix = redact.Plain("Name the columns that are used; fetch the wide ones by key after LIMIT. Where a condition looks into a wide jsonb: a generated column or an index on the expression.")
			f.Evidence = e
			found(f)
		}
	},
}

// costliestOn is the statement that takes most time of those on a table.
func costliestOn(c *rule.Case, t *workload.Table) *workload.Statement {
	var top *workload.Statement
	for _, s := range c.On(t) {
		if s.TopLevel && (top == nil || s.TotalMs.Or(0) > top.TotalMs.Or(0)) {
			top = s
		}
	}
	return top
}
