package migrations

import (
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var suppression = rule.Rule{
	ID:      "suppression",
	Title:   "Comment that ignores a finding",
	Sees:    "A comment pgverdict:ignore without a reason, with a rule that does not exist, or one that hides nothing.",
	Why:     "Nobody can tell later whether the finding was accepted, and by whom.",
	Silent:  "A comment with a reason that hides a finding.",
	Fix:     "Write the reason behind the rule, or remove the comment.",
	Sources: []string{"https://github.com/pgverdict/pgverdict"},
	Rank:    rule.RankChange,
	Last: func(c *rule.Case, all []rule.Found, found func(rule.Found)) {
		hidden := map[*migration.Statement]map[string]bool{}
		for _, f := range all {
			if f.Change != nil && !f.Back {
				if hidden[f.Change] == nil {
					hidden[f.Change] = map[string]bool{}
				}
				hidden[f.Change][f.Rule] = true
			}
		}
		for _, file := range c.Migration.Files {
			for s := range rule.EachChange(file.Statements) {
				for _, id := range slices.Sorted(maps.Keys(s.Ignored)) {
					f := c.About(s, nil, finding.Confirmed, finding.Nit)
					f.Fix = redact.Plain("Write the reason behind the rule, or remove the comment.")
					switch {
					case !hidden[s][id]:
						f.Title = redact.Sprintf("The comment that ignores %s hides nothing", id)
						f.Detail = redact.Plain("The rule reports nothing here, or there is no rule of this name.")
					case strings.TrimSpace(s.Ignored[id]) == "":
						f.Title = redact.Sprintf("Say why %s is ignored", id)
						f.Detail = redact.Plain("The comment gives no reason.")
					default:
						continue
					}
					found(f)
				}
			}
		}
	},
}
