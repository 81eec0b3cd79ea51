package rules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/rules"
	"github.com/pgverdict/pgverdict/plan"
)

// TestFault: a rule that fails is named, once, and costs the others nothing.
func TestFault(t *testing.T) {
	plans, err := plan.Parse([]byte("Sort  (cost=1.00..2.00 rows=90000 width=8) (actual time=1500.000..1600.000 rows=90000 loops=1)\n  Sort Key: a\n  Sort Method: external merge  Disk: 90000kB\n" +
		"  ->  Seq Scan on t  (cost=0.00..1.00 rows=90000 width=8) (actual time=0.100..500.000 rows=90000 loops=1)\nExecution Time: 1601.000 ms\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := rule.NewCase(indexadvisor.New(nil))
	c.Plans = []*rule.Plan{rule.NewPlan(c, plans[0], 0, 0)}
	before, faults := rule.Run(c, rules.All)
	if len(before) == 0 || len(faults) > 0 {
		t.Fatalf("%d findings, %v", len(before), faults)
	}
	broken := &rule.Rule{ID: "broken", Node: func(_ *rule.Case, n *rule.Node, _ func(rule.Found)) { _ = n.Parent.Parent.Parent }}
	after, faults := rule.Run(c, append([]*rule.Rule{broken}, rules.All...))
	if len(after) != len(before) || !slices.EqualFunc(after, before, func(a, b rule.Found) bool { return a.Title.String() == b.Title.String() }) {
		t.Errorf("%d findings, %d without the broken rule", len(after), len(before))
	}
	if len(faults) != 1 || faults[0].Rule != "broken" || !strings.Contains(faults[0].Cause, "nil pointer") {
		t.Errorf("faults: %v", faults)
	}
}
