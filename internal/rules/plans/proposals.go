package plans

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// propose adds an index proposal to a finding: a new index with what it saves, or the
// existing one that the plan does not use. what names the part of the plan that cost is of.
func propose(f *rule.Found, n *rule.Node, p rule.Proposal, what string, cost rule.Cost, e rule.Evidence) {
	e.Number("scan cost", p.ScanBefore, "planner units", "plan")
	e.Number("scan cost with the index", p.ScanAfter, "planner units", "model")
	f.Evidence = e
	if o, ok := periodOf(n); ok {
		o.explain(f, n, what, cost)
		return
	}
	if ix := p.Serving; ix != nil {
		f.Detail = redact.Sprintf("%s %s.", what, cost.Took())
		f.Unused = redact.Sprintf("The index %s can serve these conditions, but the plan does not use it.", ix.QName())
		f.Fix = redact.Sprintf("Do not create another index. %s", whyNotUsed(n, p))
		f.Evidence = append(f.Evidence, finding.Evidence{Name: "existing index", Value: ix.Definition, Source: "pg_index"})
		f.Remedies = append(f.Remedies, rule.Exists(ix))
		return
	}
	f.Detail = redact.Sprintf("%s %s.", what, cost.Took())
	if before, after, ok := opt.Two(p.ScanBefore, p.ScanAfter); ok && before > 0 {
		f.ImpactMs = opt.Both(cost.Ms, p.SavedShare(), func(ms, share float64) float64 { return ms * share })
		f.More = redact.Sprintf("The estimated cost is %s, and %s with the index.", figures.Count(before), figures.Count(after))
	}
	f.Fix = redact.Text{}
	if slices.ContainsFunc(n.Filter(), rule.Excludes) && !p.Index.Where.Empty() {
		f.Fix = redact.Append(f.Fix, "The index serves only statements with this literal value, not with a parameter (--show-literals prints the value).")
	}
	if r := p.Refuted; r != nil {
		if p.ScanAfter.Known() {
			f.More = redact.Append(f.More, "The cost with the index uses the actual row counts.")
		}
		if r.Misled {
			off := "too many"
			if r.Came > r.Expected {
				off = "too few"
			}
			f.First = redact.Sprintf("Run ANALYZE %s first: the planner expects %s rows and %s came (%s times %s), so it may not use the index.",
				n.RelationName(), figures.Count(r.Expected), figures.Count(r.Came), figures.Count(r.Factor()), off)
		}
	}
	sayUnsure(f, p)
	f.Remedies = append(f.Remedies, rule.Remedy{Create: &p})
}

// sayUnsure adds what a proposed index does not serve, if nothing shows which condition
// removes the rows.
func sayUnsure(f *rule.Found, p rule.Proposal) {
	if len(p.Unsure) > 0 {
		f.More = redact.Append(f.More, "The plan does not show which of the conditions removes the rows. The index does not serve the one on %s.", strings.Join(p.Unsure, ", "))
	}
}
