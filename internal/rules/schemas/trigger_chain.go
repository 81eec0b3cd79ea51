package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mostRowTriggers = rule.NewThreshold("triggers", 3, "triggers", "more than these on one event are hard to follow and cost each row")

var triggerChain = rule.Rule{
	ID:         "trigger-chain",
	Title:      "Many row triggers on one event",
	Sees:       "More than 3 row triggers that run on the same event of a table.",
	Why:        "Each row pays for all of them, they run in the order of their names, and one that writes starts those of other tables.",
	Silent:     "Fewer triggers. Disabled triggers.",
	Fix:        "Join them into one function per event, or do the work per statement.",
	Sources:    []string{manual + "trigger-definition.html"},
	Thresholds: []*rule.Threshold{mostRowTriggers},
	Rank:       rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, event := range [...]string{"INSERT", "UPDATE", "DELETE"} {
			var names []string
			for _, g := range t.Triggers {
				if g.Row && !g.Disabled && slices.Contains(g.Events, event) {
					names = append(names, quoted(g.Name))
				}
			}
			if float64(len(names)) <= mostRowTriggers.In(c) {
				continue
			}
			slices.Sort(names)
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.Number("row triggers", opt.Of(float64(len(names))), "", "schema")
			f.Title = redact.Sprintf("%s has %d row triggers on %s", t.Name.Short(), len(names), event)
			f.Detail = redact.Sprintf("%s. They run in the order of their names, and each row pays for all.", rule.Words(names))
			f.Decide("Does each of them have to run for each row?", "what their functions do", "join those that do similar work.")
			f.Fix = redact.Plain("Join them into one function, or use statement triggers with transition tables.")
			found(f)
			return
		}
	},
}
