package plans

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	serialShare = rule.NewThreshold("share", 0.3, "share", "of the execution")
	serialMs    = rule.NewThreshold("ms", 50, "ms", "less is not significant")
)

var serializationDominates = rule.Rule{
	ID:     "serialization-dominates",
	Title:  "Most of the time is serialization of the result",
	Sees:   "EXPLAIN (SERIALIZE) in which converting the rows for the client takes at least 30% of the time, and at least 50 ms.",
	Why:    "Every value is decompressed, also from TOAST, and converted to text or binary for the client. EXPLAIN without SERIALIZE does not show this time. The network adds to it.",
	Silent: "Serialization takes less, or the plan was taken without SERIALIZE (17 and later).",
	Fix:    "Select fewer columns and fewer rows. Leave wide columns out of lists.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-explain.html",
	},
	Thresholds: []*rule.Threshold{serialShare, serialMs},
	Rank:       rule.RankRead,
	Plan: func(c *rule.Case, p *rule.Plan, found func(rule.Found)) {
		took, ok := rule.Group(p.Summary, "Serialization", "Time")
		spent, exec := took.Number.Or(0), p.ExecMs().Or(0)
		if !ok || spent < serialMs.In(c) || exec <= 0 || spent < serialShare.In(c)*exec {
			return
		}
		cost := p.CostOfMs(spent)
		var e rule.Evidence
		e.Number("Serialization Time", took.Number, "ms", "plan")
		volume, _ := rule.Group(p.Summary, "Serialization", "Output Volume")
		e.Number("Output Volume", volume.Number, "kB", "plan")
		e.Number("row width", p.Root.PlanWidth, "bytes", "plan")
		f := rule.OnPlan(finding.Confirmed, min(p.Severity(cost), finding.Medium), e,
			fmt.Sprintf("Serialization of a %s result took %s", figures.KB(volume.Number.Or(0)), rule.Ms(took.Number)),
			fmt.Sprintf("This is %s of the execution. %s rows were converted for the client, TOAST values included. Network and client time add to that.", figures.Share(cost.Share.Or(0)), figures.Count(p.Root.RowsTotal.Or(0))),
			"Select only the columns and rows that are used. Read wide columns only for a single row.")
		f.Cost = cost
		found(f)
	},
}
