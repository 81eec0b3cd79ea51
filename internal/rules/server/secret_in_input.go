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
	Title:  "The input contains a credential",
	Sees:   "A connection string with a password, a private key, an access key or a token in a statement, a plan or a statistic.",
	Why:    "Everyone who received these files has the credential. So do the ticket, the chat and their backups.",
	Silent: "A column named password. A parameter in place of the value. A hash function around it.",
	Fix:    "Change the credential. Then remove it from the statement: use a parameter, a passfile or a service file.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/libpq-pgpass.html",
	},
	Rank: rule.RankSettings,
	Case: func(c *rule.Case, found func(rule.Found)) {
		places := map[string][]string{} // kind of credential to places
		texts(c, func(place string, text redact.Text) {
			for _, kind := range redact.FindSecrets(text.Raw()) {
				if text.Hides() && !slices.Contains(places[kind], place) {
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
				Title:  redact.Sprintf("%s in the input (%s)", rule.Upper(kind), strings.Join(rule.FirstFew(list), ", ")),
				Detail: redact.Plain("Everyone who received the files can read the credential. This report never shows the credential, not even with --show-literals."),
				Fix:    redact.Plain("Change the credential now. Then pass it as a parameter, or use a passfile or a service file."),
			}}
			found(f)
		}
	},
}
