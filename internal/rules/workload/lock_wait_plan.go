package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	waitShare = rule.NewThreshold("share", 0.5, "share", "of the execution, spent in writing or locking the rows itself")
	waitMs    = rule.NewThreshold("ms", 100, "ms", "shorter waits come and go")
)

// lockWaitInPlan sees a write that took long and did little.
func lockWaitInPlan(c *rule.Case, n *rule.Node, found func(rule.Found)) {
	if !n.Is("ModifyTable", "LockRows") || n.Has("Remote SQL") || n.Input() == nil {
		return
	}
	work, ok := workMs(n).Get()
	spent := n.SelfMs.Or(0) - n.Plan.ElsewhereMs()
	cost := n.Plan.CostOfMs(spent)
	if !ok || spent < waitMs.In(c) || cost.Share.Or(0) < waitShare.In(c) || work > rule.WaitExplained.In(c)*spent {
		return
	}
	rows := n.Input().RowsTotal
	e := rule.OfNode(n)
	e.Number("rows", rows, "rows", "plan")
	e.Number("blocks", n.SelfBlocks(), "blocks", "plan")
	e.Number("what its work takes at most", opt.Of(work), "ms", "model")
	verb := "wrote"
	if n.Type == "LockRows" {
		verb = "locked"
	}
	found(rule.Found{Cost: cost, Finding: finding.Finding{
		Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
		Title: redact.Sprintf("%s %s %s in %s, and touched %s blocks: it seems to have waited", n.Ref(), verb, figures.Plural(rows.Or(0), "row"), figures.Ms(spent), figures.Count(n.SelfBlocks().Or(0))),
		Detail: redact.Sprintf("Its work explains %s at most. Judgment needed: whether another transaction held these rows. "+
			"SELECT pid, pg_blocking_pids(pid), wait_event_type, query FROM pg_stat_activity WHERE wait_event_type = 'Lock', while it is slow, settles it; without that, log_lock_waits = on shows the next one.", figures.Ms(work)),
		Fix:   redact.Plain("Nothing in the plan: end the transaction that holds the rows sooner, write rows in one order everywhere, and set lock_timeout where a wait must not last."),
		Where: finding.Where{Relation: written(n)},
	}})
}

// workMs is what the node's own work can have taken at most; absent where the
// plan has no buffers.
func workMs(n *rule.Node) opt.Float {
	hit, read, ok := opt.Two(n.SelfBuffers.SharedHit, n.SelfBuffers.SharedRead)
	if !ok {
		return opt.Float{}
	}
	rows := n.Input().RowsTotal.Or(0)
	return opt.Of(rows*rule.RowMs + (hit+n.SelfBuffers.SharedDirtied.Or(0))*rule.HitMs + (read+n.SelfBuffers.SharedWritten.Or(0))*rule.ReadMs + n.Number("WAL Bytes").Or(0)*rule.WalMsPerByte)
}

// written is the table that a node writes or locks the rows of.
func written(n *rule.Node) string {
	if n.Relation != "" {
		return n.RelationName()
	}
	if scan := rule.CostliestScan(rule.Subtree(n.Node)); scan != nil {
		return n.Plan.Node(scan).RelationName()
	}
	return ""
}
