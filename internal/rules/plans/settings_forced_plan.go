package plans

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var settingsForcedPlan = rule.Rule{
	ID:     "settings-forced-plan",
	Title:  "An enable_* setting forced this plan",
	Sees:   "enable_... = off among the settings of a plan or in its session before it, or a node that a setting disables.",
	Why:    "The planner would choose another plan: what is found here may not be the problem in production.",
	Silent: "The settings are at their defaults.",
	Fix:    "Take the plan again with the setting at its default. If production has the setting, reset it and find out why it was set.",
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
		for _, name := range p.SwitchedOff() {
			if !slices.Contains(why, name+" = off") {
				why = append(why, name+" = off")
				e = append(e, finding.Evidence{Name: name, Value: "off", Source: "session"})
			}
		}
		var disabled []string
		find := "Find out why no index can be used: there may be none, or the condition or the order may not fit."
		for n := range p.Nodes() {
			if n.Disabled() && len(disabled) < 3 {
				name := p.Node(n).Ref()
				disabled = append(disabled, name)
				e = append(e, finding.Evidence{Name: "disabled node", Value: name, Source: "plan"})
				if slices.ContainsFunc(p.Node(n).Filter(), isSame) {
					find = noIndexForSame
				}
			}
		}
		if len(why) <= 1 && len(disabled) > 0 { // what is disabled is in the plan all the same
			f := rule.OnPlan(finding.Confirmed, finding.Low, e, "", "No existing index can serve this part of the query as written.",
				find+" The setting is only a test, not a fix.")
			if len(why) > 0 {
				f.Detail = redact.Append(f.Detail, "The setting (%s) may have changed other parts of the plan.", why[0])
			}
			f.Title = redact.Sprintf("Disabled by a setting, but there is no alternative: %s", strings.Join(disabled, ", "))
			found(f)
			return
		}
		if len(why) == 0 {
			return
		}
		f := rule.OnPlan(finding.Confirmed, finding.Medium, e, "", "Without the setting the planner would choose another plan. Compare with a plan taken with the production settings.",
			"Take the plan again with the setting at its default.")
		if other := atDefaults(p); other != nil {
			took := figures.Ms(other.ExecMs().Or(0))
			f.Detail = redact.Sprintf("Plan %d of the same query, without the setting, took %s: the planner's own choice is slower.", other.Number(), took)
			f.Fix = redact.Sprintf("The setting is only a test: find out why the planner expects plan %d to be faster.", other.Number())
			if other.ExecMs().Or(0) <= p.ExecMs().Or(0) {
				f.Severity = finding.Low
				f.Detail = redact.Sprintf("Plan %d of the same query, without the setting, took %s: the planner's own choice is faster.", other.Number(), took)
				f.Fix = redact.Plain("Leave the setting at its default.")
			}
		}
		f.Title = redact.Sprintf("A setting forced this plan: %s", strings.Join(slices.Compact(why), ", "))
		found(f)
	},
}

// atDefaults returns an executed plan of the same query for which no method was disabled; nil
// if there is none.
func atDefaults(p *rule.Plan) *rule.Plan {
	for _, other := range p.Case.Plans {
		off := slices.ContainsFunc(other.Settings, func(s plan.Property) bool { return strings.HasPrefix(s.Name, "enable_") })
		if other != p && !off && len(other.SwitchedOff()) == 0 && p.ExecMs().Known() && other.ExecMs().Known() && other.SameQuery(p) {
			return other
		}
	}
	return nil
}
