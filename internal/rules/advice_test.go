package rules_test

import (
	"strings"
	"testing"
)

// TestAdvice: of two cases that look alike, each gets the advice that would
// work on it.
func TestAdvice(t *testing.T) {
	for _, c := range []struct{ rule, name, fix, detail string }{
		{"slow-trigger", "fires.txt", "An index on the columns of constraint nights_booking_fkey in the referencing table", ""},
		{"slow-trigger", "fires-insert.txt", "No new index", "by that table's key, which always has an index"},
		{"slow-trigger", "fires-update.txt", "Look at which table has the constraint nights_booking_fkey", "An UPDATE is checked on both sides"},
		{"bitmap-and-composite", "fires-pattern.txt", "A B-tree cannot hold the other condition, but its index can hold kind", ""},
		{"dead-index-entries", "fires.txt", "No new index. VACUUM jobs", "Nothing was filtered away"},
		{"dead-index-entries", "fires-lookup.txt", "No new index. VACUUM device", "The planner expected a few blocks"},
	} {
		found := run(t, c.rule, c.name)
		if len(found) != 1 || !strings.HasPrefix(found[0].Fix, c.fix) || !strings.Contains(found[0].Detail, c.detail) {
			t.Errorf("%s/%s: want the fix %q, and a detail with %q, got %+v", c.rule, c.name, c.fix, c.detail, found)
		}
	}
}
