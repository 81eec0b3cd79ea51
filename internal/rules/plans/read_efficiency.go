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
	readDense = rule.NewThreshold("blocks_per_row_always", 4, "blocks", "more than any table without dead rows needs")
)

var readEfficiency = rule.Rule{
	ID:     "read-efficiency",
	Title:  "Many pages read for few rows",
	Sees:   "A scan that touched almost one page per row, or three times the pages that its rows fill: by an index whose order is not that of the table, or in a table with few rows per page.",
	Why:    "A page is 8 kB and is read whole even for one row.",
	Silent: "There are few pages, nothing known about the table explains them, or another finding does.",
	Fix:    "If the order is the cause: create an index with all columns that the query needs, or rewrite the table in index order (CLUSTER takes ACCESS EXCLUSIVE). If dead rows or empty pages are the cause: run VACUUM, then rewrite the table.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/view-pg-stats.html", "https://www.postgresql.org/docs/current/sql-cluster.html",
	},
	Thresholds: []*rule.Threshold{readBlocks, readScattered, readDense, readCorrelate, readPages, readRows},
	Rank:       rule.RankRead,
	On:         []string{"Seq Scan", "Index Scan", "Bitmap Heap Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		covers := append(rule.BitmapParts(n), n.Node)
		blocks := 0.0
		for _, part := range covers {
			blocks += n.Plan.Node(part).SelfBlocks().Or(0)
		}
		cost := n.Plan.CostOf(covers...)
		looked := n.ScannedTotal().Or(0)
		if blocks < readBlocks.In(c) || looked == 0 || !n.Plan.Significant(cost) {
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
		all.Number("rows examined", opt.Of(looked), "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: n.Plan.Severity(cost), Evidence: append(all, e...),
				Title:    redact.Sprintf("%s touched %s pages for %s rows", n.Ref(), figures.Count(blocks), figures.Count(looked)),
				Detail:   redact.Sprintf("The scan %s. %s", cost.Took(), cause),
				Question: redact.Plain("Is this statement worth a wider index or a rewrite of the table?"),
				Settles:  redact.Plain("how often the statement runs (pg_stat_statements)"),
				Default:  redact.Plain("leave the table as it is"),
				Fix:      redact.Plain("Create an index with all columns that the query needs, so that the table is not read. Or rewrite the table in the order in which it is read."),
			},
			Covered: covers,
		}
		if n.Type != "Seq Scan" && blocks < readScattered.In(c)*looked {
			f.Severity = min(f.Severity, finding.Low) // there are still several rows per page
		}
		if n.Type == "Seq Scan" {
			f.Question = redact.Plain("Is this statement worth a rewrite of the table?")
			f.Fix = redact.Sprintf("Run VACUUM %s if there are still dead rows (n_dead_tup). Only a rewrite returns the empty space: pg_repack or pg_squeeze, or VACUUM FULL, which holds ACCESS EXCLUSIVE for its whole duration.", n.RelationName())
		}
		if wider := widened(n); wider != nil {
			f.Fix = redact.Sprintf("If so, %s Then the table is not read.", wider.say())
		}
		found(f)
	},
}

// bloatedCatalog is the finding on a system catalog: no index is added there, but
// sessions that create and drop tables all day fill it with dead rows.
func bloatedCatalog(n *rule.Node, covers []*plan.Node, blocks, looked float64, cost rule.Cost) rule.Found {
	e := rule.OfNode(n)
	e.Number("blocks", opt.Of(blocks), "blocks", "plan")
	e.Number("rows examined", opt.Of(looked), "rows", "plan")
	return rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: n.Plan.Severity(cost), Evidence: e,
			Title:    redact.Sprintf("%s touched %s pages of a system catalog for %s rows", n.Ref(), figures.Count(blocks), figures.Count(looked)),
			Detail:   redact.Sprintf("The scan %s. Dead rows leave so many pages for so few rows.", cost.Took()),
			Question: redact.Plain("Are these pages full of dead rows, or empty?"),
			Settles:  redact.Plain("n_dead_tup in pg_stat_sys_tables"),
			Default:  redact.Plain("run VACUUM, which does no harm"),
			Fix:      redact.Sprintf("Run %s. If an old transaction keeps the dead rows, end that first. If the table stays large, run VACUUM FULL in a quiet hour: it locks the catalog.", n.Upkeep("VACUUM")),
		},
		Covered: covers,
	}
}
