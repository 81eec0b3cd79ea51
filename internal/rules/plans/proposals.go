package plans

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// propose words what an index proposal means for a finding: a new index with
// what it saves, or the one that exists and was passed over.
func propose(f *rule.Found, n *rule.Node, p rule.Proposal, cost rule.Cost, e rule.Evidence) {
	e.Number("scan cost", p.ScanBefore, "planner units", "plan")
	e.Number("scan cost with the index", p.ScanAfter, "planner units", "model")
	f.Evidence = e
	if ix := p.Serving; ix != nil {
		f.Detail = redact.Sprintf("It took %s. The index %s answers these conditions already, and the planner did not take it.", cost.Took(), ix.QName())
		f.Fix = redact.Sprintf("No new index. %s", whyNotUsed(n, p))
		f.Evidence = append(f.Evidence, finding.Evidence{Name: "index that serves", Value: ix.Definition, Source: "pg_index"})
		f.Remedies = append(f.Remedies, rule.Remedy{Refused: &rule.Refused{Index: *rule.IndexLike(ix), Why: "exists already as " + ix.QName()}})
		return
	}
	f.Detail = redact.Sprintf("It took %s.", cost.Took())
	if before, after, ok := opt.Two(p.ScanBefore, p.ScanAfter); ok && before > 0 {
		f.ImpactMs = opt.Map(cost.Ms, func(ms float64) float64 { return ms * max(1-after/before, 0) })
		f.Detail = redact.Sprintf("%s By the planner's arithmetic the scan costs %s, and %s with the index.",
			f.Detail, figures.Count(before), figures.Count(after))
	}
	f.Fix = redact.Text{}
	if slices.ContainsFunc(n.Filter(), rule.Excludes) && !p.Index.Where.Empty() {
		f.Fix = redact.Append(f.Fix, "It serves a statement that has the value itself in its text, and none that has a parameter there; --show-literals prints the value.")
	}
	f.Remedies = append(f.Remedies, rule.Remedy{Create: &p})
}
