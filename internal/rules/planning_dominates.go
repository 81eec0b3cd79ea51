package rules

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
)

var (
	planningMs    = Threshold{"ms", 10, "ms", "less is not worth a look"}
	planningOften = Threshold{"calls_per_day", 1_000, "calls", "below that planning has to take 100 ms to matter"}
	planningLong  = Threshold{"long_ms", 100, "ms", "worth a look however rarely the query runs"}
)

var planningDominates = Rule{
	ID:     "planning-dominates",
	Title:  "Planning takes longer than the query",
	Sees:   "A planning time of 10 ms or more that is as long as the execution.",
	Why:    "Each execution pays it anew: for partitions that could not be left out beforehand, for many joins, for many indexes, for large statistics.",
	Silent: "It takes less than 10 ms; a query of which it is known that it runs rarely.",
	Fix:    "A prepared statement, which plans once; a condition on the partition key; fewer partitions, indexes or joins.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-BEST-PRACTICES", "https://www.postgresql.org/docs/current/sql-prepare.html",
	},
	Thresholds: []*Threshold{&planningMs, &planningOften, &planningLong},
	Rank:       rankRead,
	Plan: func(c *Case, p *Plan, found func(Found)) {
		planning, exec, ok := both(p.PlanningMs, p.ExecMs())
		if !ok || planning < planningMs.Value || planning < exec {
			return
		}
		if p.Statement != nil {
			if calls, known := c.CallsPerDay(p.Statement).Get(); known && calls < planningOften.Value && planning < planningLong.Value {
				return
			}
		}
		var e evidence
		e.number("Planning Time", opt.Of(planning), "ms", "plan")
		e.number("Execution Time", opt.Of(exec), "ms", "plan")
		tables := map[string]bool{}
		for n := range p.Nodes() {
			if n.Relation != "" {
				tables[n.Relation] = true
			}
		}
		e.number("tables in the plan", opt.Of(float64(len(tables))), "", "plan")
		found(onPlan(finding.Confirmed, max(p.severity(p.costOfMs(planning)), finding.Low), e,
			fmt.Sprintf("Planning took %s, the execution %s", ms(opt.Of(planning)), ms(opt.Of(exec))),
			fmt.Sprintf("The plan names %d tables. The first query of a session also reads the catalogue: plan it twice before judging.", len(tables)),
			"A prepared statement plans once and executes often; with partitions, a condition on the partition key."))
	},
}
