package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	readDense = rule.NewThreshold("blocks_per_row_always", 4, "blocks", "more than any table without dead rows asks for")
)

var readEfficiency = rule.Rule{
	ID:     "read-efficiency",
	Title:  "Many pages for few rows",
	Sees:   "A scan that touched a page for nearly every row, or three times the pages that its rows fill: by an index whose order is not the table's, or of a table with little in its pages.",
	Why:    "A page is 8 kB, and is read whole for one row of it.",
	Silent: "Few pages; what is known of the table explains nothing; another finding explains it.",
	Fix:    "Where the order is to blame: an index that holds all columns the query needs, or the table rewritten in the index's order (CLUSTER takes ACCESS EXCLUSIVE). Where dead rows or empty pages are: VACUUM, then a rewrite.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/view-pg-stats.html", "https://www.postgresql.org/docs/current/sql-cluster.html",
	},
	Thresholds: []*rule.Threshold{readBlocks, readScattered, readDense, readCorrelate, readPages, readRows},
	Rank:       rule.RankRead,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if !n.Is("Seq Scan", "Index Scan", "Bitmap Heap Scan") {
			return
		}
		covers := append(rule.BitmapParts(n), n.Node)
		blocks := 0.0
		for _, part := range covers {
			blocks += n.Plan.Node(part).SelfBlocks().Or(0)
		}
		cost := n.Plan.CostOf(covers...)
		looked := n.ScannedTotal().Or(0)
		if blocks < readBlocks.In(c) || looked == 0 || !n.Plan.Material(cost) {
			return
		}
		if n.Catalog() {
			if blocks/max(n.Executions().Or(1), 1) >= readBlocks.In(c) && blocks >= readDense.In(c)*looked {
				found(bloatedCatalog(n, covers, blocks, looked, cost))
			}
			return
		}
		cause, e := whyManyPages(n, blocks, looked)
		if cause == "" {
			return
		}
		all := rule.OfNode(n)
		all.Number("blocks", opt.Of(blocks), "blocks", "plan")
		all.Number("rows looked at", opt.Of(looked), "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: n.Plan.Severity(cost), Evidence: append(all, e...),
				Title: redact.Sprintf("%s touched %s pages for %s rows", n.Ref(), figures.Count(blocks), figures.Count(looked)),
				Detail: redact.Sprintf("It took %s. %s Judgment needed: whether this statement is worth a rewrite of the table or a wider index. How often it runs (pg_stat_statements) settles it; without that, leave the table.",
					cost.Took(), cause),
				Fix: redact.Plain("An index that holds all columns that the query needs, so that the table is not read; or the table rewritten in the order in which it is read."),
			},
			Covered: covers,
		}
		if n.Type != "Seq Scan" && blocks < readScattered.In(c)*looked {
			f.Severity = min(f.Severity, finding.Low) // several rows a page are found all the same
		}
		if n.Type == "Seq Scan" {
			f.Fix = redact.Sprintf("VACUUM %s, if dead rows are still there (n_dead_tup). The room that they left goes only with a rewrite: pg_repack or pg_squeeze, or VACUUM FULL, which holds ACCESS EXCLUSIVE all the while.", n.RelationName())
		}
		if wider := widened(n); wider != nil {
			f.Fix = redact.Sprintf("Where it is worth it: %s Then the table is not read.", wider.say())
		}
		found(f)
	},
}

// bloatedCatalog is the finding on a table of the server's own: nobody adds an
// index there, but sessions that create and drop tables all day fill it with
// dead rows.
func bloatedCatalog(n *rule.Node, covers []*plan.Node, blocks, looked float64, cost rule.Cost) rule.Found {
	e := rule.OfNode(n)
	e.Number("blocks", opt.Of(blocks), "blocks", "plan")
	e.Number("rows looked at", opt.Of(looked), "rows", "plan")
	return rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: n.Plan.Severity(cost), Evidence: e,
			Title: redact.Sprintf("%s touched %s pages of the server's own catalogue for %s rows", n.Ref(), figures.Count(blocks), figures.Count(looked)),
			Detail: redact.Sprintf("It took %s. So few rows in so many pages are what dead rows leave. Judgment needed: whether they are dead rows of now or room that they left. "+
				"n_dead_tup in pg_stat_sys_tables settles it; without it, VACUUM does no harm.", cost.Took()),
			Fix: redact.Sprintf("VACUUM %s, which blocks nothing; if an old transaction keeps the rows, end that first. Where the room stays, VACUUM FULL in a quiet hour: it locks the catalogue.", n.RelationName()),
		},
		Covered: covers,
	}
}
