package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	coldShare  = rule.NewThreshold("share", 0.5, "share", "of the execution time spent reading blocks, divided by the number of processes")
	coldBlocks = rule.NewThreshold("blocks", 10_000, "blocks", "80 MB, if the plan has no I/O timings")
	coldSlow   = rule.NewThreshold("ms_per_block", 10, "ms", "a disk this slow is a problem by itself")
)

var coldCache = rule.Rule{
	ID:     "cold-cache",
	Title:  "Most of the time is disk reads",
	Sees:   "An execution that spent at least half of its time reading blocks that were not in shared_buffers.",
	Why:    "A second run may take a fraction of the time. A plan measured with a cold cache says little about the usual time.",
	Silent: "Another finding explains why so many blocks are read.",
	Fix:    "Run the query again before you judge its time. If the cache is always cold, the table is larger than the cache or is rarely read.",
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
		e.Number("read time", waited, "ms", "plan")
		e.Number("blocks read", opt.Of(read), "blocks", "plan")
		e.Number("blocks found in shared_buffers", opt.Of(hit), "blocks", "plan")
		detail, more := "The plan has no I/O timings (track_io_timing).", ""
		if w, ok := waited.Get(); ok {
			each := w * processes / read
			e.Number("time per block", opt.Of(each), "ms", "plan")
			detail = "Reading these blocks took " + figures.Ms(w) + "."
			if each > coldSlow.In(c) {
				more = figures.Ms(each) + " per block is slow for any disk: check the storage."
			}
		}
		f := rule.OnPlan(finding.Concern, finding.Low, e, "", detail, "Run EXPLAIN (ANALYZE, BUFFERS) a second time and compare.")
		f.Title = redact.Sprintf("%s of the blocks (%s) were not in shared_buffers", figures.Share(read/(read+hit)), figures.Bytes(read*8192))
		f.More = redact.Plain(more)
		f.Decide("Is the cache usually this cold when the query runs?", "a second run right after the first", "do not judge the plan by its time")
		found(f)
	},
}
