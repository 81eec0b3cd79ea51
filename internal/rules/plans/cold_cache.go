package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	coldShare  = rule.NewThreshold("share", 0.5, "share", "of the execution spent on reading blocks, over the processes that read")
	coldBlocks = rule.NewThreshold("blocks", 10_000, "blocks", "80 MB, where the plan has no reading times")
	coldSlow   = rule.NewThreshold("ms_per_block", 10, "ms", "a disk that answers that slowly has a problem of its own")
)

var coldCache = rule.Rule{
	ID:     "cold-cache",
	Title:  "The time is reading, not work",
	Sees:   "An execution that spent half of its time reading blocks which were not in the cache.",
	Why:    "Run again, it may take a fraction of the time: a plan that was taken cold says little of what is usual.",
	Silent: "Another finding explains why so many blocks are read.",
	Fix:    "Run it again before judging. Where it is always cold: the table is larger than the cache, or it is read rarely.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-statistics.html#GUC-TRACK-IO-TIMING",
	},
	Thresholds: []*rule.Threshold{coldShare, coldBlocks, coldSlow},
	Rank:       rule.RankRead - 5,
	Plan: func(c *rule.Case, p *rule.Plan, found func(rule.Found)) {
		exec := p.ExecMs().Or(0)
		read, hit := p.Root.Buffers.SharedRead.Or(0), p.Root.Buffers.SharedHit.Or(0)
		if exec < 100 || read == 0 {
			return
		}
		var waited opt.Float
		processes := 1.0
		for n := range p.Nodes() {
			processes = max(processes, n.Processes)
		}
		if v, ok := p.Root.IOReadMs().Get(); ok {
			waited = opt.Of(v / processes)
		}
		switch w, ok := waited.Get(); {
		case ok && w < coldShare.In(c)*exec:
			return
		case !ok && (read < coldBlocks.In(c) || read < coldShare.In(c)*(read+hit)):
			return
		}
		var e rule.Evidence
		e.Number("reading", waited, "ms", "plan")
		e.Number("blocks read", opt.Of(read), "blocks", "plan")
		e.Number("blocks found in the cache", opt.Of(hit), "blocks", "plan")
		detail := "Judgment needed: whether it is usually so. A second run right after the first settles it; without one, do not judge the plan by its time."
		if w, ok := waited.Get(); ok {
			each := w * processes / read
			e.Number("time of a block", opt.Of(each), "ms", "plan")
			if each > coldSlow.In(c) {
				detail += " " + figures.Ms(each) + " a block is slow for any disk: that is a matter of the storage."
			}
		}
		f := rule.OnPlan(finding.Concern, finding.Low, e, "", detail, "EXPLAIN (ANALYZE, BUFFERS) a second time, and compare.")
		f.Title = redact.Sprintf("%s was read from outside of the cache: %s of blocks", figures.Share(read/(read+hit)), figures.Bytes(read*8192))
		found(f)
	},
}
