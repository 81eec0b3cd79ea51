package review

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
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
		Basis:     "plan", Serves: []report.Serves{},
		Gain: b.ofPlan(c.plan) + c.saves,
		Cost: "up to " + figures.Bytes(c.memory) + " of memory per node and connection; no cost on writes",
		Lock: report.Lock{Mode: "none", Blocks: "nothing", Duration: "instant", Cautions: []string{
			"run it in the transaction of the statement, or use ALTER ROLE ... SET for a reporting role. Do not change it for the whole server",
		}},
	}
	if c.plan != nil {
		r.Serves = append(r.Serves, report.Serves{Plan: opt.Of(c.plan.Position), Method: "defaults"})
		if c.plan.Statement != nil {
			r.Serves[0].QueryID, r.Serves[0].Calls = queryID(c.plan.Statement), c.plan.Statement.Calls
		}
	}
	if c.impact > 0 {
		r.Gain += "; saves up to " + figures.Ms(c.impact) + " per execution"
	}
	return r
}

// ofPlan names a plan, if there are several.
func (b *builder) ofPlan(p *rule.Plan) string {
	if p == nil || len(b.c.Plans) < 2 {
		return ""
	}
	return fmt.Sprintf("plan %d ", p.Number())
}
