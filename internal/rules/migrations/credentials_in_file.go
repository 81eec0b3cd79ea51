package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var credentialsInFile = rule.Rule{
	ID:      "credentials-in-file",
	Title:   "A file of the repository contains a credential",
	Sees:    "A password, key or token in a configuration file of the repository. Its value is never printed.",
	Why:     "Whoever reads the repository or its history has it. Deleting the line does not take it out of the history.",
	Silent:  "Files that git ignores, samples, CI, tests and examples. Passwords that everybody knows, and those of a local server. Migrations under review (credentials-in-sql reports these).",
	Fix:     "Change the credential on the server, then keep it in a secret store or an ignored file.",
	Sources: []string{"https://docs.github.com/en/code-security/secret-scanning/introduction/about-secret-scanning"},
	Rank:    rule.RankText,
	Set: func(c *rule.Case, found func(rule.Found)) {
		if c.Recon == nil || len(c.Recon.Credentials) == 0 {
			return
		}
		first := c.Recon.Credentials[0]
		var f rule.Found
		f.Tag, f.Severity, f.Action = finding.Critical, finding.Severe, finding.AskFirst
		f.Title = redact.Sprintf("%s:%d contains %s", first.Path, first.Line, first.Kind)
		f.Detail = redact.Plain("Whoever reads the repository or its history has it.")
		if more := c.Recon.Credentials[1:]; len(more) > 0 {
			var list []string
			for _, x := range more[:min(len(more), 5)] {
				list = append(list, x.Place())
			}
			f.More = redact.Sprintf("%d more: %s.", len(more), rule.Words(list))
		}
		f.Blast = redact.Plain("everything that the credential opens")
		f.Fix = redact.Plain("Change it on the server first. Then move it to a secret store or to a file that git ignores.")
		found(f)
	},
}
