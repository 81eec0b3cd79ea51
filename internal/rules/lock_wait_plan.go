package rules

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	waitShare = NewThreshold("share", 0.5, "share", "of the execution, spent in writing or locking the rows itself")
	waitMs    = NewThreshold("ms", 100, "ms", "shorter waits come and go")
)

// lockWaitInPlan sees a write that took long and did little.
func lockWaitInPlan(c *Case, n *Node, found func(Found)) {
	if !n.Is("ModifyTable", "LockRows") || n.Has("Remote SQL") || n.input() == nil {
		return
	}
	work, ok := n.workMs().Get()
	spent := n.SelfMs.Or(0) - n.Plan.elsewhereMs()
	cost := n.Plan.costOfMs(spent)
	if !ok || spent < waitMs.In(c) || cost.share.Or(0) < waitShare.In(c) || work > waitExplained.In(c)*spent {
		return
	}
	rows := n.input().RowsTotal
	e := ofNode(n)
	e.number("rows", rows, "rows", "plan")
	e.number("blocks", n.SelfBlocks(), "blocks", "plan")
	e.number("what its work takes at most", opt.Of(work), "ms", "model")
	verb := "wrote"
	if n.Type == "LockRows" {
		verb = "locked"
	}
	found(Found{cost: cost, Finding: finding.Finding{
		Tag: finding.Concern, Severity: min(n.Plan.severity(cost), finding.Medium), Evidence: e,
		Title: redact.Sprintf("%s %s %s in %s, and touched %s blocks: it seems to have waited", n.name(), verb, figures.Plural(rows.Or(0), "row"), figures.Ms(spent), figures.Count(n.SelfBlocks().Or(0))),
		Detail: redact.Sprintf("Its work explains %s at most. Judgment needed: whether another transaction held these rows. "+
			"SELECT pid, pg_blocking_pids(pid), wait_event_type, query FROM pg_stat_activity WHERE wait_event_type = 'Lock', while it is slow, settles it; without that, log_lock_waits = on shows the next one.", figures.Ms(work)),
		Fix:   redact.Plain("Nothing in the plan: end the transaction that holds the rows sooner, write rows in one order everywhere, and set lock_timeout where a wait must not last."),
		Where: finding.Where{Relation: n.written()},
	}})
}

// workMs is what the node's own work can have taken at most; absent where the
// plan has no buffers.
func (n *Node) workMs() opt.Float {
	hit, read, ok := both(n.SelfBuffers.SharedHit, n.SelfBuffers.SharedRead)
	if !ok {
		return opt.Float{}
	}
	rows := n.input().RowsTotal.Or(0)
	return opt.Of(rows*rowMs + (hit+n.SelfBuffers.SharedDirtied.Or(0))*hitMs + (read+n.SelfBuffers.SharedWritten.Or(0))*readMs + n.Number("WAL Bytes").Or(0)*walMsPerByte)
}

// elsewhereMs is time that a node's own may hold and that is named elsewhere:
// triggers, of which those before a row run inside of it, and compilation.
func (p *Plan) elsewhereMs() float64 {
	sum := 0.0
	for _, t := range p.Triggers {
		sum += t.Ms.Or(0)
	}
	if jit, ok := group(p.Summary, "JIT", "Timing", "Total"); ok {
		sum += jit.Number.Or(0)
	}
	return sum
}

// written is the table that a node writes or locks the rows of.
func (n *Node) written() string {
	if n.Relation != "" {
		return n.RelationName()
	}
	if scan := costliestScan(subtree(n.Node)); scan != nil {
		return n.Plan.node(scan).RelationName()
	}
	return ""
}

// input is the child whose rows the node takes; nil if it has none.
func (n *Node) input() *plan.Node {
	if inputs := inputsOf(n.Node); len(inputs) > 0 {
		return inputs[0]
	}
	return nil
}
