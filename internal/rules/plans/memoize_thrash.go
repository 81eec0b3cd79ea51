package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	memoLookups = rule.NewThreshold("lookups", 10_000, "lookups", "fewer cost little either way")
	memoHits    = rule.NewThreshold("hit_share", 0.5, "share", "below this the cache costs more than it saves")
)

var memoizeThrash = rule.Rule{
	ID:     "memoize-thrash",
	Title:  "Memoize cache is too small for its keys",
	Sees:   "A Memoize node with evictions or overflows whose hit ratio is below 50%.",
	Why:    "Each miss runs the inner side again, and also pays for the cache entry. The planner expected fewer distinct keys.",
	Silent: "Most lookups are hits, nothing was evicted, or there are few lookups.",
	Fix:    "Improve the statistics on the number of distinct keys, raise work_mem for this statement, or set enable_memoize = off for it.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-ENABLE-MEMOIZE",
	},
	Thresholds: []*rule.Threshold{memoLookups, memoHits},
	Rank:       rule.RankShape - 2,
	On:         []string{"Memoize"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Parent == nil {
			return
		}
		hits, misses := n.Number("Cache Hits").Or(0), n.Number("Cache Misses").Or(0)
		evicted := n.Number("Cache Evictions").Or(0) + n.Number("Cache Overflows").Or(0)
		if evicted == 0 || hits+misses < memoLookups.In(c) || hits >= memoHits.In(c)*(hits+misses) {
			return
		}
		covers := rule.Subtree(n.Node)
		cost := n.Plan.CostOf(covers...)
		if !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("Cache Hits", opt.Of(hits), "", "plan")
		e.Number("Cache Misses", opt.Of(misses), "", "plan")
		e.Number("Cache Evictions", n.Number("Cache Evictions"), "", "plan")
		e.Number("Cache Overflows", n.Number("Cache Overflows"), "", "plan")
		e.Number("Peak Memory Usage", n.Number("Peak Memory Usage"), "kB", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
				Title:  redact.Sprintf("%s: %s hits in %s lookups, %s entries evicted", n.Ref(), figures.Count(hits), figures.Count(hits+misses), figures.Count(evicted)),
				Detail: redact.Sprintf("Memoize and the lookups below %s. There are more distinct keys than fit into its memory.", cost.Took()),
				Fix:    redact.Plain("Run ANALYZE, with a higher statistics target for the key column. Or raise work_mem for this statement. Otherwise set SET LOCAL enable_memoize = off for this statement."),
			},
			Covered: covers,
		}
		if scan := rule.CostliestScan(covers); scan != nil {
			f.Where.Relation = n.Plan.Node(scan).RelationName()
		}
		found(f)
	},
}
