package migrations

import (
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// firstBackfill returns the first write of a file that goes through rows enough to
// count.
func firstBackfill(c *rule.Case, file *migration.File) (write, bool) {
	for _, s := range statementsOf(file) {
		for _, w := range backfills(c, s) {
			if w.mayTouch(c) {
				return w, true
			}
		}
	}
	return write{}, false
}
