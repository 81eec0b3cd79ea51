package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var repositoryConflict = rule.Rule{
	ID:      "repository-conflict",
	Title:   "Two files of the repository disagree",
	Sees:    "Two files that name different engines, server versions, hosts or migration tools, or a schema dump that is older than the newest migration.",
	Why:     "Locks, rewrites and transactions are judged for one of them. If the other one is right, so are other answers.",
	Silent:  "The sources agree, or only examples, tests and documentation differ. No repository was looked at.",
	Fix:     "Give --pg-version or --engine, and make the files agree.",
	Sources: []string{"https://www.postgresql.org/support/versioning/"},
	Rank:    rule.RankText,
	Set: func(c *rule.Case, found func(rule.Found)) {
		if c.Recon == nil {
			return
		}
		for _, x := range c.Recon.Conflicts {
			var f rule.Found
			f.Tag, f.Severity = finding.Concern, finding.Low
			f.Title = redact.Sprintf("%s and %s disagree about the %s", x.A.Basis, x.B.Basis, x.About)
			f.Detail = redact.Plain(x.Says)
			f.Decide("Which one is right for production?", "the server's own settings, or the pipeline that deploys", x.A.Value+", from "+x.A.Basis+".")
			f.Fix = redact.Plain("Make the two files agree, or name the right one with --pg-version or --engine.")
			found(f)
		}
	},
}
