package rule

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/workload"
)

// SeveritySteps is the scale of every performance finding: the first line
// that holds, by one execution, by the day, or by the share of the workload.
var SeveritySteps = []struct {
	Severity        finding.Severity
	Share, Ms       float64 // of one execution: both
	PerDayMs, OfAll float64 // either
}{
	{finding.High, 0.5, 1_000, 600_000, 0.10},
	{finding.Medium, 0.3, 100, 60_000, 0.02},
	{finding.Low, 0.1, 10, 10_000, 0.005},
}

// Severity weighs a cost. A workload that was joined has the last word where
// it is two steps milder: a query of two seconds that runs once a month is
// no emergency.
func (p *Plan) Severity(c Cost) finding.Severity {
	if !c.Ms.Known() {
		return p.severityByCost(c)
	}
	once, often := finding.Nit, finding.Nit
	for i := len(SeveritySteps) - 1; i >= 0; i-- {
		s := SeveritySteps[i]
		if c.Share.Or(0) >= s.Share && c.Ms.Or(0) >= s.Ms {
			once = s.Severity
		}
		if c.PerDay.Or(0) >= s.PerDayMs || c.total.Or(0) >= s.OfAll {
			often = s.Severity
		}
	}
	if c.PerDay.Known() && once >= often+2 {
		return often
	}
	return max(once, often)
}

// severityByCost stands in where the plan has no times: the share of the
// blocks, else of the planner's cost; medium at most.
func (p *Plan) severityByCost(c Cost) finding.Severity {
	all := p.Root.Buffers.SharedHit.Or(0) + p.Root.Buffers.SharedRead.Or(0)
	share := 0.0
	if b, ok := c.blocks.Get(); ok && all > 0 {
		share = b / all
	} else if !p.Analyzed {
		share = 1 // the rule has compared costs already
	}
	switch {
	case share >= 0.3:
		return finding.Medium
	case share >= 0.1:
		return finding.Low
	}
	return finding.Nit
}

// ShareOfAll is a part of a whole; absent where the whole is not known, or nothing.
func ShareOfAll(part, whole float64) opt.Float {
	if whole <= 0 {
		return opt.Float{}
	}
	return opt.Of(part / whole)
}

// CallsPerDay is how often a statement runs, where the export has a window and
// more than a call or two of it.
func (c *Case) CallsPerDay(s *workload.Statement) opt.Float { return c.Snapshot.CallsPerDay(s) }

// TotalMs is the whole execution time of the exported statements; 0 where it is
// not known, since statements are missing or the time of one could not be read.
func (c *Case) TotalMs() float64 { return totalMs.Of(c) }

// totalMs is asked for by every rule, of every statement.
var totalMs = Derive(func(c *Case) float64 {
	if c.Snapshot.IsCut(workload.ViewStatements) {
		return 0
	}
	sum := 0.0
	for _, s := range c.Snapshot.Statements {
		if !s.TopLevel {
			continue
		}
		if !s.TotalMs.Known() {
			return 0
		}
		sum += s.TotalMs.Or(0)
	}
	return sum
})
