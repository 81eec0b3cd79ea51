package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	scanWaitMs    = rule.NewThreshold("ms", 100, "ms", "of the scan itself; shorter waits are normal")
	scanWaitShare = rule.NewThreshold("share", 0.5, "share", "of the execution")
	scanWaitRow   = rule.NewThreshold("row", 0.05, "ms", "that a row may take at most; reading and comparing one takes a microsecond")
)

var scanWaited = rule.Rule{
	ID:     "scan-waited",
	Title:  "Scan took long and did little",
	Sees:   "A scan with BUFFERS that took 100 ms and half of the execution, of which its blocks and rows explain at most 1%, even if each block and row took far longer than usual.",
	Why:    "The process did not work at that time, it waited: for a CPU, for memory that was swapped out, or for the virtual machine. No change of the query helps.",
	Silent: "Plans without BUFFERS. Scans whose condition or output calls a function or a subquery.",
	Fix:    "Run the plan again. If it is fast then, look at the host at that time: CPU throttling of the container, steal time, swapping.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/using-explain.html", "https://www.kernel.org/doc/html/latest/scheduler/sched-bwc.html",
	},
	Thresholds: []*rule.Threshold{scanWaitMs, scanWaitShare, scanWaitRow, rule.WaitSelect},
	Rank:       rule.RankRead,
	On:         []string{"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		hit, read, ok := opt.Two(n.SelfBuffers().SharedHit, n.SelfBuffers().SharedRead)
		rows, known := n.ScannedTotal().Get()
		compiled, _, _ := jitTotal(n.Plan)
		spent := n.SelfMs.Or(0) - n.Plan.ElsewhereMs() - compiled.Or(0)
		cost := n.Plan.CostOfMs(spent)
		if !ok || !known || spent < scanWaitMs.In(c) || cost.Share.Or(0) < scanWaitShare.In(c) || len(n.Children) > 0 && n.Type != "Bitmap Heap Scan" ||
			callIn(n.Text("Filter"), n.Text("Index Cond")) != "" || callIn(n.List("Output")...) != "" {
			return
		}
		written := n.SelfBuffers().SharedDirtied.Or(0) + n.SelfBuffers().SharedWritten.Or(0)
		work := (rows+n.Executions().Or(1))*scanWaitRow.In(c) + hit*rule.HitMs + (read+written)*rule.ReadMs
		if io := n.SelfIO(); io.Read.Known() {
			work = (rows+n.Executions().Or(1))*scanWaitRow.In(c) + (hit+read)*rule.HitMs + written*rule.ReadMs + io.Read.Or(0)
		}
		if work > rule.WaitSelect.In(c)*spent {
			return
		}
		e := rule.OfNode(n)
		e.Number("blocks", n.SelfBlocks(), "blocks", "plan")
		e.Number("rows scanned", n.ScannedTotal(), "rows", "plan")
		e.Number("time that its work takes, at most", opt.Of(work), "ms", "model")
		f := rule.Found{Cost: cost, Finding: finding.Finding{
			Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e, Where: finding.Where{Relation: n.RelationName()},
			Title:  redact.Sprintf("%s took %s for %s and %s", n.Ref(), figures.Ms(spent), figures.Plural(hit+read, "block"), RowsSaid(opt.Of(rows))),
			Detail: redact.Sprintf("Blocks and rows explain at most %s of that time: the process waited.", figures.Ms(work)),
			Fix:    redact.Plain("Run the plan again. If it is fast then, look at the host at that time: CPU throttling of the container (nr_throttled in cpu.stat), steal time and swapping (vmstat 1). If it is slow again, look at wait_event of its session in pg_stat_activity while it runs."),
		}}
		f.Decide("Was the host short of CPU time or memory?", "the same plan again, and the host's figures of that time", "run it again before you change anything")
		found(f)
	},
}
