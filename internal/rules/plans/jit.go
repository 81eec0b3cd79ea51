package plans

import (
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var jitMs = rule.NewThreshold("ms", 50, "ms", "less is not worth changing a setting")

// jitTotal returns the time of just-in-time compilation in all processes of a plan, and
// their number.
func jitTotal(p *rule.Plan) (total opt.Float, processes float64, ok bool) {
	processes = 1
	for n := range p.Nodes() {
		processes += n.Number("Workers Launched").Or(0)
	}
	timing, ok := rule.Group(p.Summary, "JIT", "Timing", "Total")
	return timing.Number, processes, ok
}
