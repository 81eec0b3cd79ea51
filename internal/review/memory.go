package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// setMemory is work_mem for the statements whose sorts or hashes did not fit: one
// setting that is enough for all of them.
func (b *builder) setMemory(c *change) report.Recommendation {
	setting, which, need := rule.WorkMem{Bytes: c.memory}.Setting(), "this statement", ""
	if n := len(c.plans); n > 1 {
		which = fmt.Sprintf("%d statements", n)
		need = ", the most that one of them needs"
	}
	r := report.Recommendation{
		Action:    "set_work_mem",
		Title:     "work_mem " + setting + " for " + which,
		Statement: fmt.Sprintf("BEGIN;\nSET LOCAL work_mem = '%s';\n%s\nCOMMIT;", setting, b.statementOfMemory(c)),
		Rollback:  "-- none needed: the setting ends with the transaction",
		Basis:     "plan", Serves: b.serves(c),
		Gain: c.saves,
		Cost: "up to " + figures.Bytes(c.memory) + " of memory per node and process" + need + "; no cost on writes",
		Lock: report.Lock{Mode: "none", Blocks: "nothing", Duration: "instant", Cautions: []string{
			"for a reporting role, use ALTER ROLE ... SET instead. Do not change work_mem for the whole server",
		}},
	}
	var numbers []int
	for _, s := range r.Serves {
		numbers = append(numbers, s.Plan.Or(0)+1)
	}
	slices.Sort(numbers)
	if in := b.called("", numbers...); in != "" {
		r.Gain += " in " + in
	}
	if c.impact > 0 && len(c.plans) == 1 {
		r.Gain = "up to " + figures.Ms(c.impact) + " per execution; " + r.Gain
	}
	return r
}

// statementOfMemory returns the query that runs with more memory, or a comment in its
// place if its text is not known or has a hidden literal.
func (b *builder) statementOfMemory(c *change) string {
	p := c.plans[0]
	text := p.Plan.Query.Raw()
	if len(c.plans) == 1 && p.Query != nil && p.Query.Kind == sql.Select && b.show(p.Plan.Query) == text && !strings.Contains(text, "$") && !strings.Contains(text, "--") {
		return strings.TrimRight(text, "; \n\t") + ";"
	}
	return "-- run the statement here"
}
