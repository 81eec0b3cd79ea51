package cli

import (
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/migration"
)

// Whatever the configuration, it is taken or refused in one line that begins with its path.
func FuzzConfig(f *testing.F) {
	f.Add(string(firstConfig))
	for _, seed := range []string{
		"rules:\n  seq-scan: off\n", "rules: {seq-scan: {thresholds: {rows_scanned: 1e5}, reason: x}}", "rules: &a {seq-scan: *a}", "migration: {lock_timeout: 2s (role a), hot_tables: [a, *b]}",
		"a: &a [*a]", "? {}\n: []", "- x", "!!float x", "rules: {seq-scan: !!bool 1}", "%YAML 9", "---\n---", "\"\\ud800\"", "rules: {seq-scan: {fail: yes, off: yes}}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseConfig("x.yaml", []byte(text))
		if err == nil {
			err = c.migration(new(migration.Options))
		}
		if err != nil && !strings.HasPrefix(err.Error(), "x.yaml:") {
			t.Errorf("%q: %v", text, err)
		}
	})
}
