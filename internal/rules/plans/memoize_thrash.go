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
	memoHits    = rule.NewThreshold("hit_share", 0.5, "share", "below that the cache costs more than it spares")
)

var memoizeThrash = rule.Rule{
	ID:     "memoize-thrash",
	Title:  "A cache of lookups is too small for its keys",
	Sees:   "A Memoize node that had to throw entries out (evictions or overflows) and found less than half of what was asked for.",
	Why:    "Each miss runs the inner side again and pays for the entry as well. The planner expected fewer different keys.",
	Silent: "Most lookups are hits; nothing was evicted; few lookups.",
	Fix:    "Better statistics of how many different keys there are; more memory for this statement; or enable_memoize off for it.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-ENABLE-MEMOIZE",
	},
	Thresholds: []*rule.Threshold{memoLookups, memoHits},
	Rank:       rule.RankShape - 2,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type != "Memoize" || n.Parent == nil {
			return
		}
		hits, misses := n.Number("Cache Hits").Or(0), n.Number("Cache Misses").Or(0)
		thrown := n.Number("Cache Evictions").Or(0) + n.Number("Cache Overflows").Or(0)
		if thrown == 0 || hits+misses < memoLookups.In(c) || hits >= memoHits.In(c)*(hits+misses) {
			return
		}
		covers := rule.Subtree(n.Node)
		cost := n.Plan.CostOf(covers...)
		if !n.Plan.Material(cost) {
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
				Title:  redact.Sprintf("%s found %s of %s lookups, and threw %s entries out", n.Ref(), figures.Count(hits), figures.Count(hits+misses), figures.Count(thrown)),
				Detail: redact.Sprintf("It and the lookups below took %s. There are more different keys than its memory holds.", cost.Took()),
				Fix:    redact.Plain("ANALYZE, and a higher statistics target for the key's column; more work_mem for this statement; else SET LOCAL enable_memoize = off for it."),
			},
			Covered: covers,
		}
		if scan := rule.CostliestScan(covers); scan != nil {
			f.Where.Relation = n.Plan.Node(scan).RelationName()
		}
		found(f)
	},
}
