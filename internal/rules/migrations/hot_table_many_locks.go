package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var hotTableFiles = rule.NewThreshold("files", 3, "files", "each strong lock of a table is a time in which its queries queue")

var hotTableManyLocks = rule.Rule{
	ID:         "hot-table-many-locks",
	Title:      "One table locked by many files",
	Sees:       "Three or more of the files take SHARE or a stronger lock on the same table that was there before.",
	Why:        "Each of them makes the table's queries queue once more in one release.",
	Silent:     "Fewer files, or new tables. Files that may be the whole history: no schema is given and no file is named.",
	Fix:        "Combine the instant changes of the table into one ALTER TABLE, or spread the files over releases.",
	Sources:    []string{docLocks},
	Thresholds: []*rule.Threshold{hotTableFiles},
	Rank:       rule.RankChange,
	Set: func(c *rule.Case, found func(rule.Found)) {
		if !c.Migration.Pending {
			return
		}
		type budget struct {
			r           *catalog.Relation
			files       map[*migration.File]bool
			locks, long int
			last        *migration.Statement
		}
		var order []*budget
		by := map[catalog.OID]*budget{}
		for _, file := range c.Migration.Files {
			for _, s := range file.Statements {
				for _, r := range tables(c, s) {
					b := by[r.OID]
					if b == nil {
						b = &budget{r: r, files: map[*migration.File]bool{}}
						by[r.OID], order = b, append(order, b)
					}
					b.locks++
					b.files[file], b.last = true, s
					if isLong(s) {
						b.long++
					}
				}
			}
		}
		for _, b := range order {
			if float64(len(b.files)) < hotTableFiles.In(c) {
				continue
			}
			f := c.About(b.last, b.r, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("%s: %s in %s", rule.TableWords(b.r), figures.Plural(b.locks, "strong lock"), figures.Plural(len(b.files), "file"))
			f.Detail = redact.Plain("Each of them makes the table's queries queue once more.")
			if b.long > 0 {
				f.Detail = redact.Append(f.Detail, "%s of them %s or rewrites it.", figures.Count(float64(b.long)), rule.Verb(b.long, "read"))
			}
			f.Decide("Do all of these files have to be in one release?", "the plan of the release", "combine the instant changes into one ALTER TABLE.")
			f.Fix = redact.Plain("Combine the instant changes of the table into one ALTER TABLE, or spread the files over releases.")
			found(f)
		}
	},
}
