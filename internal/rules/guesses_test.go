package rules_test

import (
	"strings"
	"testing"
)

// Where the expected rows are one of the planner's constants the finding says
// which one, and does not send for an ANALYZE that changes nothing.
func TestGuessNamed(t *testing.T) {
	for _, c := range []struct{ rule, name, want string }{
		{"row-misestimate", "fires-default", "1% of the rows) for a condition without statistics"}, // DEFAULT_MATCHING_SEL
		{"temp-table-not-analyzed", "fires", "0.5% of the rows) for an equality"},                  // DEFAULT_EQ_SEL
		{"hash-build-larger-side", "fires", "at #2 Seq Scan on loans"},
	} {
		found := run(t, c.rule, c.name)
		if len(found) != 1 || !strings.Contains(found[0].Detail, c.want) {
			t.Errorf("%s: want a detail with %q, got %+v", c.rule, c.want, found)
		}
	}
}

// A subquery that is computed for rows that a LIMIT discards is reported as such.
func TestSubplanBeforeLimit(t *testing.T) {
	found := run(t, "expression-before-limit", "fires-subplan")
	if len(found) != 1 || !strings.HasPrefix(found[0].Fix, "Compute the subquery after the LIMIT") {
		t.Errorf("want the advice to compute the subquery after the LIMIT, got %+v", found)
	}
}
