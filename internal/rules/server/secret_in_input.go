package server

import (
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var secretInInput = rule.Rule{
	ID:     "secret-in-input",
	Title:  "A credential stands in the input",
	Sees:   "A connection string with a password, a private key, an access key or a token in a statement's text, a plan or a statistic.",
	Why:    "Whoever was sent these files has it now, and so have the ticket, the chat and their backups.",
	Silent: "A column that is called password, a parameter in its place, a hash function round it.",
	Fix:    "Change the credential, then take it out of the statement: a parameter, a passfile, a service file.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/libpq-pgpass.html",
	},
	Rank: rule.RankSettings,
	Case: func(c *rule.Case, found func(rule.Found)) {
		places := map[string][]string{} // kind of credential to places
		texts(c, func(place, text string) {
			for _, kind := range redact.FindSecrets(text) {
				if !slices.Contains(places[kind], place) {
					places[kind] = append(places[kind], place)
				}
			}
		})
		for _, kind := range slices.Sorted(maps.Keys(places)) {
			list := places[kind]
			var e rule.Evidence
			e.Number("places", opt.Of(float64(len(list))), "", "sql")
			f := rule.Found{Finding: finding.Finding{
				Tag: finding.Critical, Severity: finding.High, Evidence: e,
				Title: redact.Sprintf("%s stands in the input: %s", rule.Upper(kind), strings.Join(rule.FirstFew(list), ", ")),
				Detail: redact.Plain("It is shown nowhere in this report, not even with --show-literals. Everybody who was given the files can read it: " +
					"change it at once, then take it out of the statement."),
				Fix: redact.Plain("Change the credential now. Then pass it as a parameter, by a passfile or by a service file."),
			}}
			found(f)
		}
	},
}
