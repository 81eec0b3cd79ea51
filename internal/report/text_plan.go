package report

import (
	"fmt"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
)

// plans draws the plans of the report.
func (p *page) plans(r *Report) {
	drawn, more := r.drawn(p.full)
	for _, i := range drawn {
		p.plan(r, i)
	}
	if more > 0 {
		fmt.Fprintf(p, "\n%s not shown: --format json has all of them\n", figures.Plural(more, "more plan"))
	}
}

func (p *page) plan(r *Report, position int) {
	pl := &r.Plans[position]
	facts := pl.facts()
	if len(r.Plans) > 1 {
		facts = append([]string{fmt.Sprintf("%d: %s", position+1, r.Inputs[pl.Input].Path)}, facts...)
	}
	if len(facts) == 0 {
		facts = []string{""}
	}
	if pl.Side != "" {
		facts[0] = strings.TrimSuffix(pl.Side+", "+facts[0], ", ")
	}
	p.WriteString("\n")
	for i, fact := range facts {
		head := "PLAN  "
		if i > 0 {
			head = strings.Repeat(" ", len(head))
		}
		p.hang(bold, head, len(head), fact)
	}
	d := r.tree(position, p.full, p.columns)
	d.write(p, p.paint)
}
