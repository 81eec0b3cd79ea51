package rules

import (
	"testing"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// An index that a statement lacks is why it reads so much. Whether it is why it
// sorts or hashes more than its memory holds, only its plan tells.
func TestMissingIndexExplains(t *testing.T) {
	missing := Found{Finding: finding.Finding{Rule: missingIndex.ID, Severity: finding.High, Where: finding.Where{QueryID: "7"}}, rank: missingIndex.Rank}
	for rule, want := range map[*Rule]bool{&topStatement: true, &slowStatement: true, &tempSpillStatement: false} {
		f := Found{Finding: finding.Finding{Rule: rule.ID, Severity: finding.Low, Where: finding.Where{QueryID: "7"}}, query: &sql.Query{}, rank: rule.Rank}
		if got := causeOf([]Found{missing}, f) != nil; got != want {
			t.Errorf("%s: explained by the missing index: %v", rule.ID, got)
		}
	}
}
