package review

import (
	"fmt"
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// setMemory is work_mem for the one statement whose sort or hash did not fit.
func (b *builder) setMemory(c *change) report.Recommendation {
	setting := rule.WorkMem{Bytes: c.memory}.Setting()
	r := report.Recommendation{
		Action:    "set_work_mem",
		Title:     "work_mem " + setting + " for this statement",
		Statement: fmt.Sprintf("SET LOCAL work_mem = '%s';", setting),
		Rollback:  "RESET work_mem;",
		Basis:     "plan", Serves: b.serves(c),
		Gain: c.saves,
		Cost: "up to " + figures.Bytes(c.memory) + " of memory per node and connection; no cost on writes",
		Lock: report.Lock{Mode: "none", Blocks: "nothing", Duration: "instant", Cautions: []string{
			"run it in the transaction of the statement, or use ALTER ROLE ... SET for a reporting role. Do not change it for the whole server",
		}},
	}
	var numbers []int
	for _, s := range r.Serves {
		numbers = append(numbers, s.Plan.Or(0)+1)
	}
	slices.Sort(numbers)
	if in := b.called("", numbers...); in != "" {
		r.Gain += " in " + in
	}
	if c.impact > 0 {
		r.Gain = "up to " + figures.Ms(c.impact) + " per execution; " + r.Gain
	}
	return r
}
