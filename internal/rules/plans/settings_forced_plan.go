package plans

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var settingsForcedPlan = rule.Rule{
	ID:     "settings-forced-plan",
	Title:  "A setting forced this plan",
	Sees:   "enable_... = off among the settings of a plan, or a node that was taken although a setting forbids it.",
	Why:    "It is not the plan that the planner would choose: what is found in it may not be what is wrong in production.",
	Silent: "The settings are at their defaults.",
	Fix:    "Take the plan again with the setting at its default; where production has it, reset it, and find out why it was set.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-query.html#RUNTIME-CONFIG-QUERY-ENABLE",
	},
	Estimates: true,
	Rank:      rule.RankSettings,
	Plan: func(c *rule.Case, p *rule.Plan, found func(rule.Found)) {
		var e rule.Evidence
		var why []string
		for _, s := range p.Settings {
			if strings.HasPrefix(s.Name, "enable_") && s.Value.Text.Raw() == "off" {
				why = append(why, s.Name+" = off")
				e = append(e, finding.Evidence{Name: s.Name, Value: "off", Source: "plan"})
			}
		}
		var inSpite []string
		for n := range p.Nodes() {
			if n.Disabled() && len(inSpite) < 3 {
				name := p.Node(n).Ref()
				inSpite = append(inSpite, name)
				e = append(e, finding.Evidence{Name: "disabled node", Value: name, Source: "plan"})
			}
		}
		if len(why) == 0 && len(inSpite) > 0 {
			f := rule.OnPlan(finding.Confirmed, finding.Low, e, "", "A node that is forbidden is taken only where there is no other way: no index that is there can answer this part of the query as it is written, and the setting changed nothing about it.",
				"The setting is a test and no cure: look at why no index can be used, whether there is none, or the condition or the order is none that it answers.")
			f.Title = redact.Plain(strings.Join(inSpite, ", ") + " was taken although a setting forbids it: there is no other way")
			found(f)
			return
		}
		if len(why) == 0 {
			return
		}
		f := rule.OnPlan(finding.Confirmed, finding.Medium, e, "", "The planner would have chosen otherwise: compare with a plan under the settings of production.",
			"Take the plan again with the setting at its default.")
		f.Title = redact.Plain(fmt.Sprintf("A setting forced this plan: %s", strings.Join(slices.Compact(why), ", ")))
		found(f)
	},
}
