package rules_test

import (
	"strings"
	"testing"
)

// What is said of an index differs from case to case of one rule.
func TestOnIndexes(t *testing.T) {
	for _, test := range []struct{ rule, name, tag, severity, words string }{
		{"invalid-index", "fires", "CRITICAL", "high", "nothing keeps further ones out"},
		// Its name is all that it takes, and the old one does its work.
		{"invalid-index", "fires-reindex", "CONFIRMED", "low", "REINDEX CONCURRENTLY leaves such a one behind"},
		{"partial-index-candidate", "fires-value", "CONCERN", "low", "a generic plan cannot use a partial index"},
		{"redundant-unique", "fires", "CONCERN", "low", "ALTER TABLE public.invoices DROP CONSTRAINT invoices_id_tenant_key"},
		{"index-cache-miss", "fires", "CONCERN", "low", "a uuid in no order"},
		{"low-hot-ratio", "fires", "CONFIRMED", "low", "each such update writes into every index"},
	} {
		for path, found := range runCases(t, test.rule, test.name) {
			if !strings.HasSuffix(path, "/"+test.name) {
				continue
			}
			f := found[0]
			if text := f.Detail + " " + f.Fix; string(f.Tag) != test.tag || f.Severity.String() != test.severity || !strings.Contains(text, test.words) {
				t.Errorf("%s: %s %s: %s", path, f.Tag, f.Severity, text)
			}
		}
	}
}
