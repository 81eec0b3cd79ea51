package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	waitShare = rule.NewThreshold("share", 0.5, "share", "of the execution, spent on writing or locking the rows themselves")
	waitMs    = rule.NewThreshold("ms", 100, "ms", "shorter waits are normal")
)

// lockWaitInPlan reports a write that took long and did little.
func lockWaitInPlan(c *rule.Case, n *rule.Node, found func(rule.Found)) {
	if n.Has("Remote SQL") || n.Input() == nil {
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
	e.Number("time that its work takes, at most", opt.Of(work), "ms", "model")
	verb := "wrote"
	if n.Type == "LockRows" {
		verb = "locked"
	}
	found(rule.Found{Cost: cost, Finding: finding.Finding{
		Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
		Title:    redact.Sprintf("Suspected lock wait in %s, which %s %s in %s and touched %s blocks", n.Ref(), verb, figures.Plural(rows.Or(0), "row"), figures.Ms(spent), figures.Count(n.SelfBlocks().Or(0))),
		Detail:   redact.Sprintf("Blocks, rows and WAL explain at most %s of that time.", figures.Ms(work)),
		Question: redact.Plain("Did another transaction hold locks on these rows?"),
		Settles:  redact.Plain("SELECT pid, pg_blocking_pids(pid), wait_event_type, query FROM pg_stat_activity WHERE wait_event_type = 'Lock', run while the statement is slow"),
		Default:  redact.Plain("set log_lock_waits = on, which logs the next such wait"),
		Fix:      redact.Plain("End the transaction that holds the rows sooner. Write rows in the same order everywhere. Set lock_timeout if a wait must not last."),
		Where:    finding.Where{Relation: written(n)},
	}})
}

// workMs returns the time that the node's own work can have taken at most; absent
// for a plan without buffers.
func workMs(n *rule.Node) opt.Float {
	hit, read, ok := opt.Two(n.SelfBuffers().SharedHit, n.SelfBuffers().SharedRead)
	if !ok {
		return opt.Float{}
	}
	rows := n.Input().RowsTotal.Or(0)
	return opt.Of(rows*rule.RowMs + (hit+n.SelfBuffers().SharedDirtied.Or(0))*rule.HitMs + (read+n.SelfBuffers().SharedWritten.Or(0))*rule.ReadMs + n.Number("WAL Bytes").Or(0)*rule.WalMsPerByte)
}

// written returns the table whose rows a node writes or locks.
func written(n *rule.Node) string {
	if n.Relation != "" {
		return n.RelationName()
	}
	if scan := rule.CostliestScan(rule.Subtree(n.Node)); scan != nil {
		return n.Plan.Node(scan).RelationName()
	}
	return ""
}
