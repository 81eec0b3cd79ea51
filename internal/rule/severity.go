package rule

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/workload"
)

// SeveritySteps is the severity scale of every performance finding: the first line
// whose limits are reached, per execution, per day, or by the share of the
// workload.
var SeveritySteps = []struct {
	Severity        finding.Severity
	Share, Ms       float64 // per execution: both
	PerDayMs, OfAll float64 // either
}{
	{finding.High, 0.5, 1_000, 600_000, 0.10},
	{finding.Medium, 0.3, 100, 60_000, 0.02},
	{finding.Low, 0.1, 10, 10_000, 0.005},
}

// Severity rates a cost. If statistics of the statement rate it two steps lower,
// they decide: a query of two seconds that runs once a month is no emergency. It
// remains a finding: who pastes its plan asks why it is slow.
func (p *Plan) Severity(c Cost) finding.Severity {
	if p.summed != nil {
		c = *p.summed
	}
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
		return max(often, finding.Low)
	}
	return max(once, often)
}

// severityByCost rates a plan without times by the share of the blocks, or else of
// the estimated cost; medium at most.
func (p *Plan) severityByCost(c Cost) finding.Severity {
	all := p.Root.Buffers.SharedHit.Or(0) + p.Root.Buffers.SharedRead.Or(0)
	share := 0.0
	if b, ok := c.blocks.Get(); ok && all > 0 {
		share = b / all
	} else if c.estimate.Known() || !p.Analyzed {
		share = c.estimate.Or(1)
	}
	switch {
	case share >= 0.3:
		return finding.Medium
	case share >= 0.1:
		return finding.Low
	}
	return finding.Nit
}

// ShareOfAll returns a part of a whole; absent if the whole is unknown or zero.
func ShareOfAll(part, whole float64) opt.Float {
	if whole <= 0 {
		return opt.Float{}
	}
	return opt.Of(part / whole)
}

// CallsPerDay returns how often a statement runs, if the export covers a known
// period and more than a few calls.
func (c *Case) CallsPerDay(s *workload.Statement) opt.Float { return c.Snapshot.CallsPerDay(s) }

// TotalMs returns the total execution time: of all statements of the server, if the export
// has the part that each is, or else of the exported ones; 0 if it is unknown, because
// statements or a time are missing.
func (c *Case) TotalMs() float64 { return totalMs.Of(c) }

// totalMs is derived once: every rule uses it for every statement.
var totalMs = Derive(func(c *Case) float64 {
	if total, ok := c.Snapshot.TotalMs().Get(); ok {
		return total
	}
	if c.Snapshot.IsCut(workload.ViewStatements) || c.Snapshot.Doubtful() {
		return 0
	}
	sum := 0.0
	if c.Snapshot.Logged() {
		sum = c.Snapshot.Log.DroppedMs + c.Snapshot.Log.BareMs
	}
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
