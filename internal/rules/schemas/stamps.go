package schemas

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// reportStamps reports the tables that lack stamps which most tables have, each once.
func reportStamps(c *rule.Case, found func(rule.Found), stamps []design.Stamp, why, question string, excused func(*design.Table, design.Stamp) bool) {
	lacks, with := map[*design.Table][]string{}, map[*design.Table]int{}
	for _, s := range stamps {
		without, n := c.Schema.Without(s)
		for _, t := range without {
			if !excused(t, s) {
				lacks[t], with[t] = append(lacks[t], quoted(usualName(c.Schema, s))), n
			}
		}
	}
	for _, t := range c.Schema.Tables {
		if lacks[t] == nil {
			continue
		}
		f := c.InSchema(t, finding.Concern, finding.Nit)
		f.Title = redact.Sprintf("%s has no %s, unlike %d other tables", t.Name.Short(), rule.Words(lacks[t]), with[t])
		f.Detail = redact.Plain(why)
		f.Decide(question, "what support and audits ask for", "add what the other tables have.")
		f.Fix = redact.Sprintf("Add %s.", rule.Words(lacks[t]))
		found(f)
	}
}

// usualName returns the name that most columns of a stamp have.
func usualName(s *design.Schema, stamp design.Stamp) string {
	best, count := "", map[string]int{}
	for _, t := range s.Tables {
		var col *catalog.Column
		if col = t.Stamped(stamp); col == nil {
			continue
		}
		if count[col.Name]++; count[col.Name] > count[best] {
			best = col.Name
		}
	}
	return best
}
