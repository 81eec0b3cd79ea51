package plans

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	planningMs    = rule.NewThreshold("ms", 10, "ms", "less is not significant")
	planningOften = rule.NewThreshold("calls_per_day", 1_000, "calls", "with fewer, planning has to take 100 ms to matter")
	planningLong  = rule.NewThreshold("long_ms", 100, "ms", "significant however rarely the query runs")
	planningAlone = rule.NewThreshold("explain_ms", 1_000, "ms", "of an EXPLAIN without ANALYZE, network time included")
	planningMany  = rule.NewThreshold("tables", 8, "", "partitions or joins that explain the time; with fewer, the session may just have read the catalog for its first query")
)

// unitsPerMs is the estimated cost from which a statement may take 1 ms: a planner unit
// is about 0.01 ms if the blocks are cached.
const unitsPerMs = 10

var planningDominates = rule.Rule{
	ID:     "planning-dominates",
	Title:  "Planning takes longer than execution",
	Sees:   "A planning time of at least 10 ms that is as long as the execution, or an EXPLAIN without ANALYZE that took at least 1 s. In the workload: statements whose planning takes as long as their execution, together at least 1% of total execution time.",
	Why:    "Each execution pays for it again: for partitions that cannot be pruned early, for many joins, for many indexes, for large statistics.",
	Silent: "Planning takes less than 10 ms, or the query is known to run rarely. A nit if a plan of few tables took less than 100 ms to plan: the first query of a session also reads the catalog. In the workload: pg_stat_statements.track_planning is off, or planning takes less than 10 s per day.",
	Fix:    "Use a prepared statement with plan_cache_mode = force_generic_plan, which is planned once per session. Add a condition on the partition key. Reduce partitions, indexes or joins.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-BEST-PRACTICES", "https://www.postgresql.org/docs/current/sql-prepare.html",
	},
	Thresholds: []*rule.Threshold{planningMs, planningOften, planningLong, planningAlone, planningMany, planningShare, planningDay, planningMedium, rule.SlowCalls},
	Rank:       rule.RankRead,
	Estimates:  true,
	Case:       planningInCounters,
	Plan: func(c *rule.Case, p *rule.Plan, found func(rule.Found)) {
		if took := explained(p); took.Or(0) >= planningAlone.In(c) {
			var e rule.Evidence
			e.Number("Time", took, "ms", "plan")
			f := rule.OnPlan(finding.Confirmed, finding.Medium, e,
				fmt.Sprintf("EXPLAIN alone took %s: planning, nothing was executed", rule.Ms(took)),
				fmt.Sprintf("The plan has %s; pruned partitions are not shown. Planning may also have waited for a lock on a table.", figures.Plural(len(relations(p)), "table")),
				"Run EXPLAIN again first: the first query of a session also reads the catalog. If the second is fast, look for the lock (pg_stat_activity, pg_blocking_pids). Otherwise reduce partitions, indexes or joins, or use a prepared statement.")
			if float64(len(relations(p))) < planningMany.In(c) && p.Root.TotalCost.Or(0) >= unitsPerMs*took.Or(0) {
				f.Tag, f.Severity, f.Aside = finding.Concern, finding.Low, true
				f.Title = redact.Sprintf("Time below the plan is %s, although nothing was executed", rule.Ms(took))
				f.Decide("Is this the time of EXPLAIN, or was the statement's own time added?", "EXPLAIN (SUMMARY) of the statement, which prints its planning time", "take it as the statement's own time, which the estimated cost explains")
			}
			found(f)
			return
		}
		planning, exec, ok := opt.Two(p.PlanningMs, p.ExecMs())
		if !ok || planning < planningMs.In(c) || planning < exec {
			return
		}
		often := false
		if p.Statement != nil {
			calls, known := c.CallsPerDay(p.Statement).Get()
			if known && calls < planningOften.In(c) && planning < planningLong.In(c) {
				return
			}
			often = known
		}
		var e rule.Evidence
		e.Number("Planning Time", opt.Of(planning), "ms", "plan")
		e.Number("Execution Time", opt.Of(exec), "ms", "plan")
		tables, pruned := relations(p), 0.0
		for n := range p.Nodes() {
			pruned += n.Number("Subplans Removed").Or(0)
		}
		e.Number("tables in the plan", opt.Of(float64(len(tables))), "", "plan")
		severity := max(p.Severity(p.CostOfMs(planning)), finding.Low)
		why, fix := "The first query of a session also reads the catalog, so run EXPLAIN again before acting.", "Use a prepared statement with plan_cache_mode = force_generic_plan, which is planned once per session. With partitions, add a condition on the partition key."
		if !often && float64(len(tables))+pruned < planningMany.In(c) {
			why = "Planning so few tables takes a few ms, unless the session reads the catalog for its first query, or a table has many partitions or indexes: partitions that the planner ruled out are not in the plan."
			fix = "Run EXPLAIN again in the same session. If planning is slow again, use a prepared statement with plan_cache_mode = force_generic_plan, which is planned once per session."
			if planning < planningLong.In(c) {
				severity = finding.Nit
			}
		}
		f := rule.OnPlan(finding.Confirmed, severity, e,
			fmt.Sprintf("Planning took %s, execution %s", rule.Ms(opt.Of(planning)), rule.Ms(opt.Of(exec))),
			fmt.Sprintf("The plan has %s. %s", figures.Plural(len(tables), "table"), why), fix)
		if foreign(p) {
			f.Detail = redact.Append(f.Detail, "It has a foreign table: the wrapper may ask the remote server for estimates, or even run the query there, while it plans.")
			f.Fix = redact.Plain("Switch the remote estimates of the foreign table off (postgres_fdw: use_remote_estimate; tds_fdw: row_estimate_method), and run ANALYZE on the foreign table if the wrapper supports that.")
		}
		f.Share, f.Whole = opt.Of(planning/(planning+exec)), opt.Of(planning+exec)
		found(f)
	},
}

// foreign reports whether a plan reads a foreign table.
func foreign(p *rule.Plan) bool {
	for n := range p.Nodes() {
		if n.Type == "Foreign Scan" {
			return true
		}
	}
	return false
}

// explained returns how long an EXPLAIN without ANALYZE took.
func explained(p *rule.Plan) opt.Float {
	for _, s := range p.Summary {
		if s.Name == "Time" && !p.Analyzed {
			return s.Value.Number
		}
	}
	return opt.Float{}
}

// relations returns the tables in a plan.
func relations(p *rule.Plan) map[string]bool {
	tables := map[string]bool{}
	for n := range p.Nodes() {
		if n.Relation != "" {
			tables[n.Relation] = true
		}
	}
	return tables
}
