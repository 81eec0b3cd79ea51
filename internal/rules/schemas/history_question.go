package schemas

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var historyQuestion = rule.Rule{
	ID:      "history-question",
	Title:   "No history of what may have to be proven",
	Sees:    "Tables of money, permissions, keys, contracts or consent, in a schema without a history, audit or log table.",
	Why:     "An UPDATE replaces what was there. Who had which right, or what a price was last year, cannot be answered later.",
	Silent:  "A table is named history, audit, log, version or event. Rows have a time from which and one until which they hold.",
	Fix:     "Decide which of these have to be answered later, and keep a history of them.",
	Sources: []string{"https://wiki.postgresql.org/wiki/Audit_trigger"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		var names []string
		var first *design.Table
		for _, t := range c.Schema.Tables {
			if t.IsLog() || keepsHistory(t) {
				return
			}
			if isSensitive(t) {
				if first == nil {
					first = t
				}
				names = append(names, t.Name.Short())
			}
		}
		if first == nil || len(c.Schema.Tables) < 3 {
			return
		}
		f := c.InSchema(first, finding.Concern, finding.Low)
		f.Title = redact.Sprintf("No history of %s", rule.Words(rule.FirstFew(names)))
		f.Detail = redact.Plain("An UPDATE or DELETE leaves nothing of what was there, and the schema has no history or audit table.")
		f.Decide("Which of these must be answerable later: who had which right, what was agreed, what was paid?", "what support, auditors and the law ask for", "keep a history of rights and of money.")
		f.Fix = redact.Plain("Keep old rows with the time until which they held, or write each change into a history table by a trigger.")
		found(f)
	},
}

// sensitive are the nouns of what may have to be proven later.
var sensitive = map[string]bool{
	"payment": true, "invoice": true, "balance": true, "price": true, "salary": true, "payroll": true, "refund": true, "payout": true, "wallet": true, "subscription": true,
	"permission": true, "role": true, "grant": true, "membership": true, "contract": true, "agreement": true, "consent": true, "policy": true,
}

func isSensitive(t *design.Table) bool {
	words := design.Words(t.Name.Name)
	return len(words) > 0 && !t.IsLookup() && (sensitive[design.InSingular(words[len(words)-1])] || strings.HasSuffix(strings.Join(words, "_"), "api_keys"))
}

// keepsHistory reports whether a table is a history by its name, or its rows have the
// time in which they hold.
func keepsHistory(t *design.Table) bool {
	for _, w := range design.Words(t.Name.Name) {
		if slices.Contains([]string{"history", "audit", "log", "version", "revision", "event", "activity", "ledger", "entry", "change", "transition"}, design.InSingular(w)) {
			return true
		}
	}
	has := func(names ...string) bool {
		return slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return slices.Contains(names, strings.Join(design.Words(c.Name), "_")) })
	}
	return has("valid_from", "effective_from", "valid_during", "validity", "sys_period", "system_time", "effective_at") || has("starts_at", "started_at") && has("ends_at", "ended_at")
}
