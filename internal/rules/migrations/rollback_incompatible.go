package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var rollbackIncompatible = rule.Rule{
	ID:      "rollback-incompatible",
	Title:   "Old code does not run on the new schema",
	Sees:    "A file that renames a table, view or column that was there before, or drops one.",
	Why:     "If the release goes wrong, putting the old code back does not help: it fails on the new schema. During a rolling deploy both versions run.",
	Silent:  "A view keeps the old name. The objects are new in this migration. A drop alone is a question: whether the code before still uses it.",
	Fix:     "Keep the old name until no code that may be put back uses it.",
	Sources: []string{"https://martinfowler.com/bliki/ParallelChange.html"},
	Rank:    rule.RankChange,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		list, renames := breaking(c, file)
		if len(list) == 0 {
			return
		}
		f := c.About(list[0], nil, finding.Concern, finding.High)
		f.Title = redact.Sprintf("The code before this release may not run after %s", lines(list))
		f.Detail = redact.Plain("If it still uses what is dropped, putting the old code back fails too.")
		f.Fix = redact.Plain("Drop it only after a release that no longer uses it, so that this release can be put back.")
		if renames > 0 {
			f.Blast = redact.Plain("the code that is running during the deploy, and the old code if it is put back")
			f.Title = redact.Sprintf("The code before this release does not run after %s", lines(list))
			f.Detail = redact.Plain("Putting the old code back fails: the names that it uses are gone. During a rolling deploy both versions run.")
			f.Fix = redact.Plain("Keep the old name beside the new one until the release after.")
			f.Critical(list[0], finding.Split)
		} else {
			f.Decide("Does the code of the release before still use it?", "a search for the names in that release", "wait for one more release.")
		}
		found(f)
	},
}
