package rules

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/plan"
)

var hashSpillShare = NewThreshold("join_share", 0.1, "share", "two batches of a join that takes less are a fact, not a finding")

// What a row takes in the hash table beyond its width: measured 154 bytes at
// width 109 on PostgreSQL 15.
const hashRowOverhead = 45

var hashSpill = Rule{
	ID:         "hash-spill",
	Title:      "A hash join's table did not fit into memory",
	Sees:       "A Hash node with more than one batch.",
	Why:        "Both sides of the join are written to temporary files in parts and read back.",
	Silent:     "Two batches at most in a join that takes less than a tenth of the time.",
	Fix:        "Fewer columns, or a filter before the join; a better estimate where the batches grew at run time; then hash_mem_multiplier or work_mem for this statement.",
	Sources:    []string{"https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-HASH-MEM-MULTIPLIER"},
	Thresholds: []*Threshold{hashSpillShare},
	Rank:       rankSpill,
	Node: func(c *Case, n *Node, found func(Found)) {
		batches := n.Number("Hash Batches").Or(0)
		if n.Type != "Hash" || batches <= 1 || n.Parent == nil {
			return
		}
		covers := []*plan.Node{n.Parent, n.Node}
		cost := n.Plan.costOf(covers...)
		if share, ok := cost.share.Get(); ok && share < hashSpillShare.In(c) && batches <= 2 || !n.Plan.material(cost) {
			return
		}
		join := n.Plan.node(n.Parent)
		e := ofNode(n)
		e.number("Hash Batches", n.Number("Hash Batches"), "", "plan")
		e.number("Original Hash Batches", n.Number("Original Hash Batches"), "", "plan")
		e.number("Peak Memory Usage", n.Number("Peak Memory Usage"), "kB", "plan")
		e.number("temporary blocks written", n.Parent.Buffers.TempWritten, "blocks", "plan")
		need := n.hashBytes()
		e.number("memory that would do", need, "bytes", "model")
		f := Found{
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: join.spillSeverity(cost, &e),
				Title:  redact.Sprintf("%s of %s needed %s batches", n.name(), join.name(), figures.Count(batches)),
				Detail: redact.Sprintf("The join took %s.", cost.took()),
				Fix:    redact.Plain("Join fewer columns or fewer rows, or give this statement more memory for hashing."),
			},
			covers: covers,
		}
		if original, ok := n.Number("Original Hash Batches").Get(); ok && original < batches {
			f.Detail = redact.Sprintf("%s It was planned with %s: the rows were underestimated (%s expected, %s came).", f.Detail,
				figures.Count(original), figures.Count(n.PlanRows.Or(0)), figures.Count(n.Rows.Or(0)))
		}
		f.Evidence = e
		if bytes, ok := need.Get(); ok {
			multiplier, why := c.hashMemMultiplier()
			f.giveMemory(c, bytes/multiplier, why, noSpill)
		}
		found(f)
	},
}

// hashBytes is the memory that the hash table of a Hash node would have needed.
func (n *Node) hashBytes() opt.Float {
	rows := n.Rows
	if n.Parallel {
		rows = n.RowsTotal // one table, built by all processes
	}
	return opt.Both(rows, n.PlanWidth, func(rows, width float64) float64 { return rows * (width + hashRowOverhead) })
}

// hashMemMultiplier is by how much a hash table may exceed work_mem: the
// setting, else the version's default (13 and 14: 1, from 15: 2). Where
// neither is known the smaller one is taken, and said.
func (c *Case) hashMemMultiplier() (float64, string) {
	if c.Snapshot != nil {
		if v, ok := c.Snapshot.SettingNumber("hash_mem_multiplier").Get(); ok && v >= 1 {
			return v, fmt.Sprintf(" (hash_mem_multiplier is %g)", v)
		}
	}
	switch {
	case c.Server.Has(pgversion.HashMemDoubled):
		return 2, " (with hash_mem_multiplier at its default of 2)"
	case c.Server.Lacks(pgversion.HashMemDoubled):
		return 1, " (with hash_mem_multiplier at its default of 1)"
	}
	return 1, " (or half of it where hash_mem_multiplier is 2, the default from 15 on)"
}
