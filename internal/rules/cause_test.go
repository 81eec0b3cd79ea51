package rules

import (
	"testing"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// An index that a statement lacks is why it reads so much. Whether it is why it
// sorts or hashes more than its memory holds, only its plan tells.
func TestMissingIndexExplains(t *testing.T) {
	statement := new(workload.Statement)
	missing := Found{Finding: finding.Finding{Severity: finding.High}, Statement: statement, of: &missingIndex}
	for rule, want := range map[*Rule]bool{&topStatement: true, &slowStatement: true, &tempSpillStatement: false} {
		f := Found{Finding: finding.Finding{Severity: finding.Low}, Statement: statement, query: &sql.Query{}, of: rule}
		if got := causeOf([]Found{missing}, f) != nil; got != want {
			t.Errorf("%s: explained by the missing index: %v", rule.ID, got)
		}
	}
}
