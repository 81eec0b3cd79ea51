package review

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/report"
)

// TestDialects has what a report says of statements of MySQL and SQLite.
func TestDialects(t *testing.T) {
	for _, c := range []struct{ engine, text, want string }{
		{"mysql", "ALTER TABLE t ADD COLUMN a INT", "alter-table/add-column instant INSTANT dml online reversible yes"},
		{"mysql", "CREATE INDEX i ON t (a)", "alter-table/add-key index-build INPLACE dml scans online reversible yes"},
		{"mysql", "ALTER TABLE t MODIFY a BIGINT", "alter-table/modify-column rewrite COPY rewrites scans reversible yes"},
		{"mysql", "ALTER TABLE t DROP COLUMN a", "alter-table/drop-column instant INSTANT dml online breaks reversible data-loss"},
		{"mysql", "DROP TABLE t", "drop-table instant online breaks reversible data-loss"},
		{"mysql", "ALTER TABLE t RENAME COLUMN a TO b", "alter-table/rename-column instant INSTANT dml online breaks reversible yes"},
		{"mysql", "ALTER TABLE t ADD COLUMN a INT, ALGORITHM=INSTANT, LOCK=NONE", "alter-table/add-column instant INSTANT dml refused reversible yes"},
		{"mysql", "UPDATE t SET a = 'x@y.z'", "update row-writes online reversible yes"},
		{"mysql", "ALTER TABLE t nonsense", "unread unknown reversible yes"},
		{"sqlite", "CREATE INDEX i ON t (a)", "create-index index-build scans reversible yes"},
		{"sqlite", "ALTER TABLE t ADD COLUMN a INT UNIQUE", "alter-table/add-column instant refused reversible yes"},
		{"sqlite", "CREATE TABLE n (a INT)", "create-table instant online reversible yes"},
	} {
		path := filepath.Join(t.TempDir(), "1.sql")
		if err := os.WriteFile(path, []byte(c.text+";\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		r, errs := Run(input.OpenWhole([]string{path}, nil), Options{Migration: &Migration{Options: migration.Options{Engine: c.engine}}})
		if len(r.Statements) != 1 {
			t.Errorf("%s: %d statements, %v", c.text, len(r.Statements), errs)
			continue
		}
		if got := dialectWords(r.Statements[0]); got != c.want {
			t.Errorf("%s: %s, not %s", c.text, got, c.want)
		}
	}
}

func dialectWords(d report.DDL) string {
	out := d.Kind + " " + d.Class
	if o := d.Online; o != nil {
		out += " " + o.Algorithm
		if o.DML {
			out += " dml"
		}
	}
	for _, w := range []struct {
		is   bool
		word string
	}{{d.Rewrites, "rewrites"}, {d.Scans, "scans"}, {d.OnlineSafe, "online"}, {!d.Supported, "refused"}, {d.BreaksCode, "breaks"}} {
		if w.is {
			out += " " + w.word
		}
	}
	return fmt.Sprint(out, " reversible ", d.Reversible)
}
