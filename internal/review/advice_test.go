package review

import (
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/testcase"
)

// What is proposed for a whole workload, from its exports alone. What made the
// cases is in testdata/made-with; the right answers were judged by building the indexes:
// of the ledger's, (sensor_id) alone leaves the workload cheapest with its
// writes charged, the shop of healthy lacks none, and the
// partitioned table of parts is searched by device in all of its partitions and
// by day in one. In wider an index takes over from its own beginning, which
// then goes; the one that its table is clustered on stays. In adopted a plan by
// itself asks for (patient_id, began), and the statements together for less.
func TestWorkloadAdvice(t *testing.T) {
	for name, want := range map[string][]string{
		"ledger":  {"index on measurements (sensor_id)"},
		"healthy": nil,
		"parts":   {"index on readings (device)", "index on readings (day)"},
		"wider": {"index on entries (account_id, happened) INCLUDE (amount, id)", "drop public.entries_account_id_idx once R1 is built",
			"index on notes (account_id, written)"},
		"adopted": {"index on visits (patient_id)"},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := Run(input.Open([]string{testcase.Unpack(t, "../../testdata/advice/"+name)}, nil), Options{})
			var got []string
			for _, rec := range r.Recommendations {
				if rec.Action == "create_index" || strings.Contains(rec.Title, " once ") {
					got = append(got, rec.Title)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("proposed %q, want %q", got, want)
			}
			var refused []string
			for _, x := range r.Refused {
				refused = append(refused, x.Index)
			}
			slices.Sort(refused)
			if !slices.Equal(refused, notWorthIt[name]) {
				t.Errorf("refused %q, want %q", refused, notWorthIt[name])
			}
		})
	}
}

// notWorthIt are the indexes whose writes cost more than they save: built, they
// made the ledger's workload dearer by 28 and 11% of its cost.
var notWorthIt = map[string][]string{"ledger": {"jobs (touched_at)", "measurements (raw)"}}
