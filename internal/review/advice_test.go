package review

import (
	"path/filepath"
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

// notWorthIt are the indexes whose writes cost more than they save: built, the first and
// the last made the ledger's workload dearer by 28 and 11% of its cost. The second saves one
// scan of at most 16,000 units, and 9,000 inserts write at least 72 bytes each: 27,000 units.
var notWorthIt = map[string][]string{"ledger": {"jobs (touched_at)", "measurements (quality) INCLUDE (value)", "measurements (raw)"}}

// A pasted plan is what the user asks about, whatever the exports beside it show: the
// verdict and the first changes are about it, and the workload's largest problem
// follows. Indexes that help only together stay one change, and an index on a scan that
// has another cause is not proposed.
func TestPlanBeforeWorkload(t *testing.T) {
	dir := testcase.Unpack(t, "../../testdata/advice/asked")
	exports, _ := filepath.Glob(filepath.Join(dir, "*.csv"))
	const besides, see = "Besides, Q1 takes 52% of total execution time: ", "for 1 statement. See "
	for plan, want := range map[string]struct {
		rule    string
		changes []string
		verdict []string
	}{
		"eq": {"seq-scan", []string{"index on parcels (reference)", "index on scans (parcel_id)"}, []string{"Try R1: an index on parcels (reference)", besides, see + "R2."}},
		"or": {"or-conditions", []string{"index on parcels (reference)", "index on parcels (legacy_no)", "index on scans (parcel_id)"},
			[]string{"Try R1 with R2", besides, see + "R3."}},
		// By itself the plan asks for (state), which would read nearly every page.
		"order": {"costliest-node", []string{"index on parcels (state, due)", "index on scans (parcel_id)"}, []string{"Try R1: an index on parcels (state, due)", besides, see + "R2."}},
		"notin": {"not-in-subplan", []string{"rewrite the query with NOT EXISTS instead of NOT IN", "index on scans (parcel_id)", "index on parcels (reference)"},
			[]string{"Try R1: rewrite the query with NOT EXISTS", besides, see + "R2."}},
	} {
		r, _ := Run(input.Open(append(slices.Clone(exports), filepath.Join(dir, plan+".txt")), nil), Options{})
		if got := r.Findings[r.Summary.Lead.Or(0)].Rule; got != want.rule {
			t.Errorf("%s: the verdict is of %s: %s", plan, got, r.Summary.Verdict)
		}
		for _, said := range want.verdict {
			if !strings.Contains(r.Summary.Verdict, said) {
				t.Errorf("%s: want %q, got %q", plan, said, r.Summary.Verdict)
			}
		}
		var got []string
		for _, rec := range r.Recommendations[:min(len(want.changes), len(r.Recommendations))] {
			got = append(got, rec.Title)
		}
		if !slices.Equal(got, want.changes) {
			t.Errorf("%s: proposed %q, want %q", plan, got, want.changes)
		}
	}
}
