package review

import (
	"slices"

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
