package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var noRollback = rule.Rule{
	ID:      "no-rollback",
	Title:   "No way back",
	Sees:    "A file that loses data that was there before, or renames what code uses, and has no down part or an empty one.",
	Why:     "At night the person on call has nothing to run. Lost data comes back from a backup only.",
	Silent:  "The down part has statements. Nothing is lost or renamed.",
	Fix:     "Write down what to do if the release goes wrong: which statements, which data is lost, how long it takes.",
	Sources: []string{manual + "backup.html"},
	Rank:    rule.RankChange,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		if len(file.Down) > 0 {
			return
		}
		gone := irreversible(c, file)
		list := gone
		if len(list) == 0 {
			if _, renames := breaking(c, file); renames == 0 {
				return
			}
			list, _ = breaking(c, file)
		}
		f := c.About(list[0], nil, finding.Concern, finding.Medium)
		missing := "there is no down part"
		if file.HasDown {
			missing = "the down part is empty"
		}
		f.Title = redact.Sprintf("No way back from what %s: %s", renamesOrRemoves(list, len(gone) > 0), missing)
		if len(gone) > 0 {
			f.Severity = finding.High
			lost(&f, gone[0], "the data that the file removes")
			f.Detail = redact.Plain("The data comes back from a backup only, whatever a down part says.")
			f.Fix = redact.Plain("Keep a copy of what is removed, and write down how to bring it back and how long that takes.")
		} else {
			f.Detail = redact.Plain("If the new code fails, the old code does not run on the new names.")
			f.Decide("What does the person on call run if the new code fails?", "a down part or a written answer", "write the reverse statements.")
			f.Fix = redact.Plain("Write the reverse statements into the down part.")
		}
		found(f)
	},
}

// renamesOrRemoves says what statements do: "line 3 removes".
func renamesOrRemoves(list []*migration.Statement, removes bool) string {
	verb := "rename"
	if removes {
		verb = "remove"
	}
	at := lines(list)
	if !strings.HasPrefix(at, "lines") {
		verb += "s"
	}
	return at + " " + verb
}
