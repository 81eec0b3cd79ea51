package plans

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	serialShare = rule.NewThreshold("share", 0.3, "share", "of the execution")
	serialMs    = rule.NewThreshold("ms", 50, "ms", "less is not worth a look")
)

var serializationDominates = rule.Rule{
	ID:     "serialization-dominates",
	Title:  "The time goes into writing the result out",
	Sees:   "EXPLAIN (SERIALIZE) in which turning the rows into what is sent takes a third of the time, 50 ms or more.",
	Why:    "Every value is unpacked, also from TOAST, and turned into text or bytes for the client. EXPLAIN without SERIALIZE does not show it, and the network's time comes on top.",
	Silent: "It takes less; the plan was taken without SERIALIZE (before 17 there is none).",
	Fix:    "Fewer columns and fewer rows; wide columns left out of lists.",
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
			fmt.Sprintf("Writing %s of result out took %s of the %s", figures.KB(volume.Number.Or(0)), rule.Ms(took.Number), rule.Ms(p.ExecMs())),
			fmt.Sprintf("It turned %s rows into what is sent, values out of line included. The network's and the client's time come on top.", figures.Count(p.Root.RowsTotal.Or(0))),
			"Ask for the columns and rows that are used; leave wide columns to the page that shows one row.")
		f.Cost = cost
		found(f)
	},
}
