package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	coldShare   = rule.NewThreshold("share", 0.5, "share", "of the execution time spent reading blocks, divided by the number of processes")
	coldBlocks  = rule.NewThreshold("blocks", 10_000, "blocks", "80 MB, if the plan has no I/O timings")
	coldPage    = rule.NewThreshold("ms_per_page", 0.2, "ms", "of a scan in a plan without buffers; a page in memory takes about 0.01 ms")
	coldLookups = rule.NewThreshold("lookups", 100, "loops", "of an index scan in such a plan")
	coldSlow    = rule.NewThreshold("ms_per_block", 10, "ms", "a disk this slow is a problem by itself")
)

var coldCache = rule.Rule{
	ID:     "cold-cache",
	Title:  "Most of the time is disk reads",
	Sees:   "An execution that spent at least half of its time reading blocks that were not in shared_buffers. In a plan without buffers: a bitmap heap scan or lookups that took half of the time, and 0.2 ms or more for each page or row.",
	Why:    "A second run may take a fraction of the time. A plan measured with a cold cache says little about the usual time.",
	Silent: "Another finding explains why so many blocks are read.",
	Fix:    "Run the query again before you judge its time. If the cache is always cold, the table is larger than the cache or is rarely read.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-statistics.html#GUC-TRACK-IO-TIMING",
	},
	Thresholds: []*rule.Threshold{coldShare, coldBlocks, coldPage, coldLookups, coldSlow},
	Rank:       rule.RankRead - 5,
	Plan: func(c *rule.Case, p *rule.Plan, found func(rule.Found)) {
		exec := p.ExecMs().Or(0)
		read, hit := p.Root.Buffers.SharedRead.Or(0), p.Root.Buffers.SharedHit.Or(0)
		if exec < 100 {
			return
		}
		if !p.Root.Buffers.SharedRead.Known() && !p.Root.Buffers.SharedHit.Known() {
			slowPages(c, p, exec, found)
			return
		}
		if read == 0 {
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

// slowPages reports a scan by an index that takes longer for each page than a page in
// memory does, in a plan that does not show the reads. A lookup fetches at most a page for
// each row. One long index scan can read more of its index than it returns rows.
func slowPages(c *rule.Case, p *rule.Plan, exec float64, found func(rule.Found)) {
	for n := range p.Nodes() {
		self, known := n.SelfMs.Get()
		if !known || self < coldShare.In(c)*exec {
			continue
		}
		pages, unit := n.ScannedTotal().Or(0), "row"
		if b, ok := bitmapOf(p.Node(n)); ok && n.Processes == 1 { // of a parallel one, the pages of the leader alone may be known
			pages, unit = b.exact+b.lossy, "page"
		} else if !n.Is("Index Scan") || n.Loops.Or(0) < coldLookups.In(c) {
			continue
		}
		each := self * n.Processes / pages
		if pages == 0 || each < coldPage.In(c) {
			continue
		}
		var e rule.Evidence
		e.Number(unit+"s", opt.Of(pages), unit+"s", "plan")
		e.Number("time per "+unit, opt.Of(each), "ms", "plan")
		f := rule.OnPlan(finding.Concern, finding.Low, e, "", "", "Run EXPLAIN (ANALYZE, BUFFERS) twice and compare. If the second run is fast, the time was that of disk reads.")
		f.Title = redact.Sprintf("#%d %s took %s for each of %s", n.ID, n.Label(), figures.Ms(each), figures.Plural(pages, unit))
		f.Detail = redact.Plain("From memory this takes about 0.01 ms. The plan has no buffers.")
		f.Covered = []*plan.Node{n}
		f.Decide("Are these disk reads, or is the condition expensive?", "EXPLAIN (ANALYZE, BUFFERS) with track_io_timing = on", "do not judge the plan by its time")
		found(f)
		return
	}
}
