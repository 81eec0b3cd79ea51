package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/report"
)

// rewriteQuery is the draft of another form of a query.
func (b *builder) rewriteQuery(c *change) report.Recommendation {
	d := c.draft
	r := report.Recommendation{
		Action:    "rewrite_query",
		Title:     "rewrite the query with " + d.Name,
		Statement: "-- Draft: " + d.Name + ".\n" + b.show(d.Query) + ";",
		Rewrite:   &report.Rewrite{Original: b.show(d.Original), Draft: b.show(d.Query), EqualIf: orEmpty(d.EqualIf), Notes: orEmpty(d.Notes)},
		Serves:    b.serves(c),
		Gain:      "unknown, see the finding",
		Cost:      "a change in the application",
		Lock:      report.Lock{Mode: "none", Blocks: "nothing", Duration: "", Cautions: []string{}},
	}
	r.Basis, r.Verify = "query", "compare the rows of both forms - verify the draft before shipping"
	for _, i := range c.findings {
		if index := b.show(b.found[i].Index); index != "" && !slices.Contains(r.Rewrite.Notes, index) {
			r.Rewrite.Notes = append(r.Rewrite.Notes, index)
		}
	}
	most := c.impact
	for _, i := range c.findings {
		if f := b.found[i]; most == 0 && f.Plan != nil {
			most = f.Cost.Ms.Or(0)
		}
	}
	served := b.servedShare(c)
	if most > 0 {
		r.Gain = listed("up to "+figures.Ms(most)+" per execution", served)
	} else if served != "" {
		r.Gain = served
	}
	if r.Rewrite.Draft != d.Query.Raw() {
		r.NotRunnable = "its literals are hidden. --show-literals prints the statement in full"
	}
	return r
}

// rewriteByHand returns the change for the finding that the verdict is about if it calls
// for another query, and all proposed changes are for other findings; nil otherwise.
func (b *builder) rewriteByHand(all []*change, asked int) *change {
	if len(all) == 0 || asked < 0 || !b.found[asked].CallsForRewrite() || b.show(b.found[asked].Fix) == "" {
		return nil
	}
	if slices.ContainsFunc(all, func(c *change) bool { return slices.Contains(c.findings, asked) }) {
		return nil
	}
	f := b.found[asked]
	return &change{byHand: true, findings: []int{asked}, severity: f.Severity, impact: f.ImpactMs.Or(0), requests: []request{{finding: asked, plan: f.Plan, statement: f.Statement}}}
}

// describeRewrite says in a comment how to rewrite a query of which there is no draft.
func (b *builder) describeRewrite(c *change) report.Recommendation {
	f := b.found[c.findings[0]]
	r := report.Recommendation{
		Action: "rewrite_query", Title: "rewrite the query", Basis: "plan",
		Statement:   "-- " + strings.Join(report.Wrap(b.show(f.Fix), 76), "\n-- "),
		Serves:      b.serves(c),
		Gain:        "unknown, see the finding",
		Cost:        "a change in the application",
		Lock:        report.Lock{Mode: "none", Blocks: "nothing", Cautions: []string{}},
		NotRunnable: "there is no draft, because the query has a form that is not rewritten",
	}
	if f.Plan != nil {
		if in := b.called("", f.Plan.Number()); in != "" {
			r.Title = fmt.Sprintf("rewrite the query of %s", in)
		}
		if f.Plan.Plan.Query.Empty() {
			r.NotRunnable = "to get a draft, add the text of the query to the input"
		}
	}
	if ms := max(c.impact, f.Cost.Ms.Or(0)); ms > 0 {
		r.Gain = "up to " + figures.Ms(ms) + " per execution"
	}
	return r
}
