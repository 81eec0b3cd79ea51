package rule

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
	missing := Found{Finding: finding.Finding{Severity: finding.High}, Statement: statement, of: &Rule{Rank: RankTable - 1, Selects: true}}
	for of, want := range map[*Rule]bool{{Rank: RankWorkload - 1}: true, {Rank: RankWorkload + 1, Spills: true}: false} {
		f := Found{Finding: finding.Finding{Severity: finding.Low}, Statement: statement, Query: &sql.Query{}, of: of}
		if got := causeOf([]Found{missing}, f) != nil; got != want {
			t.Errorf("spills %v: explained by the missing index: %v", of.Spills, got)
		}
	}
}
