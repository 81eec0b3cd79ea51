package report

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
)

// columns returns the column names of the figures.
func (p *Plan) columns() []string {
	if p.analyzed() {
		return []string{"self ms", "%", "rows", "x est", "blocks"}
	}
	return []string{"total cost", "rows"}
}

// cells returns the figures of a node by column.
func (p *Plan) cells(n *Node) []string {
	if !p.analyzed() {
		return []string{figures.Count(n.Cost.Or(0)), figures.Count(n.ExpectedTotal.Or(0))}
	}
	self, share, blocks := "", "", ""
	if v, ok := n.SelfMs.Get(); ok {
		self = figures.Tenths(v)
		share = fmt.Sprintf("%.0f", 100*n.SelfShare.Or(0))
		if n.SelfShare.Or(0) < 0.01 {
			share = "0"
		}
	}
	if hit, ok := n.SelfSharedHit.Get(); ok {
		blocks = figures.Count(hit + n.SelfSharedRead.Or(0))
	}
	rows, est := "", ""
	if v, ok := n.RowsTotal.Get(); ok {
		rows = figures.Count(v)
		if expected, ok := n.ExpectedTotal.Get(); ok && expected > 0 && v > 0 {
			est = figures.Tenths(v / expected)
		}
	}
	return []string{self, share, rows, est, blocks}
}
