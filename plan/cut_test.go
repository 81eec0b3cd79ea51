package plan_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/plan"
)

// TestCutAnywhere cuts plans off at any byte: what is read is what the whole plan
// has, or unknown, and the loss is reported.
func TestCutAnywhere(t *testing.T) {
	for name, clean := range cleanPlans(t) {
		whole := slices.Collect(onePlan(t, clean)[0].Nodes())
		for end := 1; end < len(clean)-1; end += 1 + len(clean)/1500 {
			// A shorter number on a line of its own cannot be told from a whole one.
			texts := []string{clean[:end]}
			if line := clean[strings.LastIndexByte(clean[:end], '\n')+1 : end]; strings.Contains(line, "(cost=") && !strings.HasSuffix(line, ")") {
				texts = append(texts, clean[:end]+"\n")
			}
			for _, in := range texts {
				plans, err := plan.Parse([]byte(in))
				if err != nil || !plans[0].Analyzed {
					continue
				}
				fault := damaged(whole, plans[0])
				// Which scan evaluated a CTE follows from the times of all of them. After
				// a whole line it cannot be told what followed.
				if strings.HasPrefix(fault, "CTE Scan") {
					fault = ""
				}
				if strings.HasSuffix(strings.TrimSpace(in), ")") || strings.HasSuffix(in, "\n") {
					for _, may := range [...]string{"no loss", "removed is 0", "Append: self"} {
						if strings.Contains(fault, may) {
							fault = ""
						}
					}
				}
				if fault != "" || len(plans) != 1 {
					t.Fatalf("%s, cut at %d: %d plans, %s\n%s", name, end, len(plans), fault, in)
				}
			}
		}
	}
}

// TestCutLines cuts the lines of plans at a width, as terminals do.
func TestCutLines(t *testing.T) {
	for name, clean := range cleanPlans(t) {
		if strings.Contains(name, "-cte-") || strings.Contains(name, "kitchen") {
			continue // which of its scans evaluated a CTE follows from their times
		}
		whole := slices.Collect(onePlan(t, clean)[0].Nodes())
		for width := 70; width < 200; width++ {
			lines := strings.Split(clean, "\n")
			for i, s := range lines {
				lines[i] = s[:min(len(s), width)]
			}
			in := strings.Join(lines, "\n")
			if in == clean {
				break
			}
			plans, err := plan.Parse([]byte(in))
			if err != nil || len(plans) != 1 {
				t.Fatalf("%s, width %d: %d plans, %v\n%s", name, width, len(plans), err, in)
			}
			if fault := damaged(whole, plans[0]); fault != "" {
				t.Fatalf("%s, width %d: %s\n%s", name, width, fault, in)
			}
		}
	}
}

// TestLinesLost removes each line of a node: no time goes to another node.
func TestLinesLost(t *testing.T) {
	for name, clean := range cleanPlans(t) {
		if strings.Contains(name, "hostile") || name == "framed" {
			continue // a CTE's line, or the only one below the root, can be lost without a trace
		}
		whole := slices.Collect(onePlan(t, clean)[0].Nodes())
		lines := strings.Split(clean, "\n")
		for i, s := range lines {
			if !strings.Contains(s, "->  ") || !strings.Contains(s, "(cost=") {
				continue
			}
			in := strings.Join(append(append([]string(nil), lines[:i]...), lines[i+1:]...), "\n")
			plans, err := plan.Parse([]byte(in))
			if err != nil || len(plans) != 1 {
				t.Fatalf("%s, without line %d: %d plans, %v\n%s", name, i+1, len(plans), err, in)
			}
			if fault := damaged(whole, plans[0]); fault != "" {
				t.Errorf("%s, without line %d: %s\n%s", name, i+1, fault, in)
			}
		}
	}
}

// damaged compares a plan that lost something with the nodes of the whole one, by
// the figures of their lines, and returns the first fault: a figure that differs,
// or no report of a loss.
func damaged(whole []*plan.Node, p *plan.Plan) string {
	what := p.Cut()
	if len(p.Warnings) == 0 && what == "" {
		return "no loss reported"
	}
	at := 0
	for n := range p.Nodes() {
		for at < len(whole) && !alike(whole[at], n) {
			at++
		}
		if at == len(whole) {
			return "a node that is not in the plan: " + nodeReading(n)
		}
		w := whole[at]
		at++
		for figure, pair := range map[string][2]plan.Float{
			"self ms": {w.SelfMs, n.SelfMs}, "total ms": {w.TotalMs, n.TotalMs}, "rows": {w.RowsTotal, n.RowsTotal}, "loops": {w.Loops, n.Loops}, "planned": {w.PlanRows, n.PlanRows},
			"cost": {w.TotalCost, n.TotalCost}, "removed": {w.RemovedTotal(), n.RemovedTotal()}, "hit": {w.Buffers.SharedHit, n.Buffers.SharedHit}, "read": {w.Buffers.SharedRead, n.Buffers.SharedRead},
			"self hit": {w.SelfBuffers().SharedHit, n.SelfBuffers().SharedHit}, "self read": {w.SelfBuffers().SharedRead, n.SelfBuffers().SharedRead},
		} {
			if want, got := pair[0].Or(-1), pair[1].Or(-2); pair[1].Known() && (got < want-0.001 || got > want+0.001) {
				return fmt.Sprintf("%s: %s is %v, not %v", n.Label(), figure, got, want)
			}
		}
	}
	return ""
}

// alike reports whether a node can be the one of the whole plan.
func alike(w, n *plan.Node) bool {
	if n.Type == "Unknown" {
		return true
	}
	return w.Type == n.Type && (n.Relation == "" || w.Relation == n.Relation) && (n.Index == "" || w.Index == n.Index) && (!n.TotalCost.Known() || w.TotalCost == n.TotalCost) && (!n.StartupMs.Known() || w.StartupMs == n.StartupMs && w.Ms == n.Ms)
}

// TestFirstLinesCut checks that a plan whose first lines are missing stays one plan,
// with what ran in the missing nodes left unknown.
func TestFirstLinesCut(t *testing.T) {
	const rest = `                     ->  Hash Join  (cost=1.00..20.00 rows=10 width=4) (actual time=0.100..310.000 rows=10 loops=1)
                           Hash Cond: (a.id = b.id)
                           ->  Seq Scan on a  (cost=0.00..10.00 rows=10 width=4) (actual time=0.100..300.000 rows=10 loops=1)
                           ->  Hash  (cost=1.00..1.00 rows=10 width=4) (actual time=0.100..0.100 rows=10 loops=1)
                                 ->  Seq Scan on b  (cost=0.00..1.00 rows=10 width=4) (actual time=0.100..0.100 rows=10 loops=1)
         ->  Index Scan using c_pkey on c  (cost=0.00..1.00 rows=10 width=4) (actual time=0.100..500.100 rows=10 loops=1)
   ->  Seq Scan on d  (cost=0.00..1.00 rows=10 width=4) (actual time=0.100..0.100 rows=10 loops=1)
`
	for name, in := range map[string]string{
		"whole end": rest + " Execution Time: 900.000 ms\n",
		"estimates": regexp.MustCompile(` \(actual [^)]*\)`).ReplaceAllString(rest, ""),
		"expanded":  "QUERY PLAN | " + strings.ReplaceAll(strings.TrimSuffix(rest, "\n"), "\n", "\n-[ RECORD 7 ]-----\nQUERY PLAN | ") + "\n",
	} {
		p := onePlan(t, in)[0]
		if what := p.Cut(); what != "its first lines are missing" {
			t.Errorf("%s: %q", name, what)
		}
		var top []string
		for _, n := range p.Root.Children {
			top = append(top, n.Type)
		}
		if p.Len() != 7 || strings.Join(top, ", ") != "Hash Join, Index Scan, Seq Scan" || p.Root.TotalMs.Known() || p.Root.SelfMs.Known() {
			t.Errorf("%s: %d nodes, below the root %v, %v", name, p.Len(), top, p.Root.TotalMs)
		}
	}
	// Nothing shows that a part and the one below it belong together.
	if plans, err := plan.Parse([]byte(rest[:strings.Index(rest, "         ->  Index")] + "\n\n" + rest[strings.Index(rest, "   ->  Seq Scan on d"):])); err != nil || len(plans) != 2 {
		t.Errorf("got %d plans, %v", len(plans), err)
	}
}

// TestHeadCut checks that a plan is incomplete if the line above its first node is a
// property of a node that was not copied, and that a copied subtree alone is not.
func TestHeadCut(t *testing.T) {
	const subtree = `         ->  Sort  (cost=90.00..91.00 rows=400 width=16) (actual time=9.000..9.100 rows=400 loops=1)
               Sort Key: depot
               ->  Seq Scan on parcels  (cost=0.00..70.00 rows=400 width=16) (actual time=0.010..8.000 rows=400 loops=1)
 Execution Time: 12.000 ms
`
	for above, want := range map[string]string{
		"":                                  "",
		"The plan: as follows\n":            "",
		"         Buffers: shared hit=90\n": "its first lines are missing",
		"         Group Key: depot\n":       "its first lines are missing",
		"         Filter: (count(*) > 7)\n": "its first lines are missing",
	} {
		plans, err := plan.Parse([]byte(above + subtree))
		if err != nil || len(plans) != 1 || plans[0].Cut() != want {
			t.Errorf("%q: %v, %d plans, want %q", above, err, len(plans), want)
		}
	}
}
