package rules_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
	"github.com/pgverdict/pgverdict/internal/testcase"
)

func reviewed(t *testing.T, name string) *report.Report {
	t.Helper()
	r, errs := review.Run(input.Open([]string{testcase.Unpack(t, filepath.Join(cases, name))}, nil), review.Options{})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return r
}

// What is proposed for a case is what made it fast on the server.
func TestProposals(t *testing.T) {
	for path, want := range map[string][]string{
		// Each table that inherits needs an index of its own.
		"seq-scan/fires-inherited": {"ON public.cars (plate)", "ON public.trucks (plate)"},
		// The index on (game, placed) finds the rows, and does not have them in order.
		"topn-sort-full-scan/fires-range": {"ON public.bets (game, stake)"},
		"topn-sort-full-scan/fires-join":  {"ON articles (score DESC, id)"},
		// 80,000 groups of 12 bytes and 180 beside: HAVING drops them once they are made.
		"hashagg-spill/fires-having": {"work_mem = '8MB'"},
		// A NULL test is no equality: as a key it would end the order. 78 blocks were read instead of 2,683.
		"topn-sort-full-scan/fires-scattered": {"ON doc (tenant, created)"},
		"seq-scan/fires-join-partitions":      {"ON ONLY hist (doc_id)"},
		// The wider index does the work of the one with the same keys.
		"missing-index/fires-covering": {"ON public.claims (clinic) INCLUDE (amount)", "DROP INDEX CONCURRENTLY public.claims_clinic_idx"},
		// 60,000 rows of 12 bytes are sorted, and read back a hundred times.
		"merge-join-rescan/fires": {"work_mem = '6MB'"},
	} {
		r := reviewed(t, path)
		for _, part := range want {
			if !slices.ContainsFunc(r.Recommendations, func(rec report.Recommendation) bool { return strings.Contains(rec.Statement, part) }) {
				t.Errorf("%s: nothing proposes %q", path, part)
			}
		}
	}
}

// An index that finds the rows already is no missing one, whatever the costs
// say of reading the table for each.
func TestCoveringIsNoMissingIndex(t *testing.T) {
	for _, f := range reviewed(t, "missing-index/fires-covering").Findings {
		if f.Rule != "missing-index" {
			continue
		}
		if f.Severity > finding.Low || !strings.Contains(f.Title, "claims_clinic_idx serves") {
			t.Errorf("%v: %s", f.Severity, f.Title)
		}
	}
}

// Of columns that go together the statistics are named that tell the planner,
// those of the index condition included.
func TestColumnsTogether(t *testing.T) {
	found := run(t, "row-misestimate", "fires-loop")
	if len(found) != 1 || !strings.Contains(found[0].Fix, "CREATE STATISTICS lots_together (dependencies, mcv) ON depot, bay FROM lots") {
		t.Errorf("want the statistics on depot and bay, got %+v", found)
	}
}
