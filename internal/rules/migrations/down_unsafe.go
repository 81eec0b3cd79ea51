package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var downUnsafe = rule.Rule{
	ID:      "down-unsafe",
	Title:   "Down part that blocks or fails",
	Sees:    "Statements of the down part that the rules on locks and transactions report: DROP INDEX without CONCURRENTLY, a constraint without NOT VALID, a type change that rewrites.",
	Why:     "The way back runs when things are already bad. A lock or a failure then makes it worse.",
	Silent:  "Tables that the migration itself creates, and tables known to be tiny.",
	Fix:     "Write the down part with the same safe forms.",
	Sources: []string{docLocks, docDropIndex},
	Rank:    rule.RankChange,
	Posture: true,
	Last: func(c *rule.Case, all []rule.Found, found func(rule.Found)) {
		worstOf, count := map[*migration.File]*rule.Found{}, map[*migration.File]int{}
		for i := range all {
			f := &all[i]
			if !f.Back || f.Severity == finding.Nit {
				continue
			}
			count[f.File]++
			if w := worstOf[f.File]; w == nil || f.Severity > w.Severity {
				worstOf[f.File] = f
			}
		}
		for _, file := range c.Migration.Files {
			worst := worstOf[file]
			if worst == nil {
				continue
			}
			f := c.About(worst.Change, nil, finding.Confirmed, finding.Medium)
			f.Where.Relation, f.Where.Index, f.Where.Input = worst.Where.Relation, worst.Where.Index, opt.Some(file.DownInput)
			f.Evidence, f.Asks = worst.Evidence, worst.Asks
			switch {
			case worst.Tag == finding.Critical:
				f.Severity = finding.High // it takes long on a large table, or fails
			case worst.Severity <= finding.Medium:
				f.Severity = finding.Low // a short lock
			}
			f.Title = redact.Sprintf("The way back: %s", worst.Title)
			f.Detail = worst.Detail
			if count[file] > 1 {
				f.More = redact.Sprintf("The rules report %d statements of the down part; this is the worst one.", count[file])
			}
			f.Fix = worst.Fix
			found(f)
		}
	},
}
