package rule

import (
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// An index that a statement lacks is why it reads so much. Whether it is why it
// sorts or hashes more than its memory holds, only its plan tells.
func TestMissingIndexExplains(t *testing.T) {
	statement := new(workload.Statement)
	missing := Found{Finding: finding.Finding{Severity: finding.High}, Statement: statement, of: &Rule{Rank: RankTable - 1, Selects: true}}
	for of, want := range map[*Rule]bool{{Rank: RankWorkload - 1}: true, {Rank: RankWorkload + 1, Spills: true}: false} {
		f := Found{Finding: finding.Finding{Severity: finding.Low}, Statement: statement, Query: &sql.Query{}, of: of}
		if got := causeOf([]Found{missing}, &f) != nil; got != want {
			t.Errorf("spills %v: explained by the missing index: %v", of.Spills, got)
		}
	}
}

// The findings on the members of an Append are rated by what they cost together,
// up to the cap of their rule.
func TestFoldedSeverity(t *testing.T) {
	const text = `Append  (cost=0.00..300.00 rows=4 width=8) (actual time=0.1..1200.0 rows=4 loops=1)
  ->  Seq Scan on a  (cost=0.00..100.00 rows=2 width=8) (actual time=0.1..600.0 rows=2 loops=1)
  ->  Seq Scan on b  (cost=0.00..100.00 rows=2 width=8) (actual time=0.1..590.0 rows=2 loops=1)
Execution Time: 1200.0 ms
`
	for ceiling, want := range map[finding.Severity]finding.Severity{finding.Low: finding.Low, finding.Severe: finding.High} {
		c := NewCase(indexadvisor.New(new(workload.Snapshot)))
		for p, err := range plan.Read("plan", strings.NewReader(text)) {
			if err != nil {
				t.Fatal(err)
			}
			c.Plans = append(c.Plans, NewPlan(c, p, 0, 0))
		}
		capped := &Rule{ID: "capped", Rank: RankScan, Node: func(c *Case, n *Node, found func(Found)) {
			if n.Relation != "" {
				found(Found{Finding: finding.Finding{Severity: min(n.Plan.Severity(n.Plan.CostOf(n.Node)), ceiling)}})
			}
		}}
		if got, faults := Run(c, []*Rule{capped}); len(faults) > 0 || len(got) != 1 || got[0].Severity != want {
			t.Errorf("at most %s: %v, faults %v, want %s", ceiling, got, faults, want)
		}
	}
}
