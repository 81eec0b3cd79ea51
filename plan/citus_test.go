package plan_test

import (
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/plan"
)

// The parts of a distributed plan have no figures and are no lost lines.
func TestCitus(t *testing.T) {
	plans := onePlan(t, `Custom Scan (Citus Adaptive)  (cost=0.00..0.00 rows=0 width=0) (actual time=9.000..9.100 rows=8 loops=1)
  Task Count: 4
  Tasks Shown: One of 4
  ->  Task
        Node: host=localhost port=9701 dbname=shop
        ->  Seq Scan on orders_102008 orders  (cost=0.00..25.00 rows=8 width=40) (actual time=0.010..4.000 rows=8 loops=1)
Planning Time: 1.000 ms
Execution Time: 9.200 ms
`)
	var types []string
	for n := range plans[0].Nodes() {
		types = append(types, strings.Repeat(" ", depth(n))+n.Type)
	}
	if got := strings.Join(types, ","); got != "Custom Scan, Task,  Seq Scan" || len(plans[0].Warnings) > 0 {
		t.Error(got, plans[0].Warnings)
	}
}

// What a task or a subplan says of its own execution is not of the whole plan, and the node
// above them has properties below theirs.
func TestCitusParts(t *testing.T) {
	p := onePlan(t, `Custom Scan (Citus Adaptive)  (cost=0.00..0.00 rows=0 width=0) (actual time=90.000..90.100 rows=1 loops=1)
  Buffers: shared hit=4
  ->  Distributed Subplan 3_1
        Subplan Duration: 700.25 ms
        Intermediate Data Size: 9 MB
        ->  Custom Scan (Citus Adaptive)  (cost=0.00..0.00 rows=0 width=0) (actual time=600.000..600.100 rows=5 loops=1)
              Task Count: 2
              Tasks Shown: One of 2
              ->  Task
                    Node: host=localhost port=9701 dbname=shop
                    ->  Delete on orders_102008 orders  (cost=0.00..25.00 rows=8 width=40) (actual time=8.000..8.000 rows=0 loops=1)
                          ->  Seq Scan on orders_102008 orders  (cost=0.00..25.00 rows=8 width=40) (actual time=0.010..4.000 rows=8 loops=1)
                                Buffers: shared hit=7
                    Planning:
                      Buffers: shared hit=5000
                    Planning Time: 0.100 ms
                    JIT:
                      Functions: 3
                    Trigger for constraint orders_fk on orders_102008: time=3.000 calls=8
                    Execution Time: 11.000 ms
        Planning Time: 0.000 ms
        Execution Time: 601.000 ms
  Task Count: 1
  Tasks Shown: All
  ->  Task
        Node: host=localhost port=9702 dbname=shop
        ->  Seq Scan on lines_102009 lines  (cost=0.00..25.00 rows=8 width=40) (actual time=0.010..5.000 rows=8 loops=1)
            Planning Time: 0.200 ms
            Execution Time: 6.000 ms
Planning Time: 1.500 ms
Execution Time: 801.500 ms
`)[0]
	var types []string
	for n := range p.Nodes() {
		types = append(types, strings.Repeat(" ", depth(n))+n.Type)
	}
	want := "Custom Scan, Distributed Subplan 3_1,  Custom Scan,   Task,    ModifyTable,     Seq Scan, Task,  Seq Scan"
	if got := strings.Join(types, ","); got != want || len(p.Warnings) > 0 {
		t.Error(got, p.Warnings)
	}
	if p.ExecutionMs.Or(0) != 801.5 || p.PlanningMs.Or(0) != 1.5 || len(p.Triggers) > 0 || len(p.Summary) > 0 {
		t.Error(p.ExecutionMs, p.PlanningMs, p.Triggers, p.Summary)
	}
	inner, outer := p.Root.Children[0].Children[0].Children[0], p.Root.Children[1]
	if inner.Number("Execution Time").Or(0) != 11 || outer.Number("Execution Time").Or(0) != 6 || p.Root.Children[0].Number("Execution Time").Or(0) != 601 || p.Root.Has("Execution Time") {
		t.Error(inner.Properties, outer.Properties, p.Root.Properties)
	}
	scan := p.Root.Children[0].Children[0].Children[0].Children[0].Children[0]
	if p.Root.Number("Task Count").Or(0) != 1 || p.Root.Children[0].Number("Subplan Duration").Or(0) != 700.25 || scan.Buffers.SharedHit.Or(0) != 7 {
		t.Error(p.Root.Properties, p.Root.Children[0].Properties, scan.Buffers)
	}
}

// The other formats have the parts within Distributed Query. The tree is that of the text.
func TestCitusFormats(t *testing.T) {
	const json = `[{"Plan": {"Node Type": "Custom Scan", "Custom Plan Provider": "Citus Adaptive", "Actual Total Time": 90.1, "Actual Rows": 1, "Actual Loops": 1,
  "Distributed Query": {
    "Subplans": [{"Subplan Duration": 700.25, "PlannedStmt": [{"Plan": {"Node Type": "Function Scan", "Actual Total Time": 600.1, "Actual Rows": 5, "Actual Loops": 1}, "Triggers": [], "Planning Time": 3}]}],
    "Job": {"Task Count": 32, "Tasks Shown": "One of 32", "Tasks": [{"Node": "host=db7 port=5432 dbname=shop", "Remote Plan": [[
      {"Plan": {"Node Type": "Seq Scan", "Relation Name": "lines_102009", "Alias": "lines", "Actual Total Time": 5.5, "Actual Rows": 8, "Actual Loops": 1}, "Planning Time": 0.2, "Triggers": [{"Trigger Name": "a", "Time": 1}], "Execution Time": 6}]]}],
      "Dependent Jobs": [{"Map Task Count": 2, "Merge Task Count": 6, "Dependent Jobs": [{"Map Task Count": 3}]}]}}},
  "Planning Time": 1.5, "Triggers": [], "Execution Time": 801.5}]`
	const xml = `<explain xmlns="http://www.postgresql.org/2009/explain">
  <Query>
    <Plan>
      <Node-Type>Custom Scan</Node-Type>
      <Actual-Total-Time>90.1</Actual-Total-Time>
      <Actual-Rows>1</Actual-Rows>
      <Actual-Loops>1</Actual-Loops>
      <Distributed-Query>
        <Job>
          <Task-Count>32</Task-Count>
          <Tasks>
            <Task>
              <Node>host=db7 port=5432 dbname=shop</Node>
              <Remote-Plan>
                <explain xmlns="http://www.postgresql.org/2009/explain">
                  <Query>
                    <Plan>
                      <Node-Type>Seq Scan</Node-Type>
                      <Relation-Name>lines_102009</Relation-Name>
                      <Actual-Total-Time>5.5</Actual-Total-Time>
                      <Actual-Rows>8</Actual-Rows>
                      <Actual-Loops>1</Actual-Loops>
                    </Plan>
                    <Execution-Time>6</Execution-Time>
                  </Query>
                </explain>
              </Remote-Plan>
            </Task>
          </Tasks>
        </Job>
      </Distributed-Query>
    </Plan>
    <Execution-Time>801.5</Execution-Time>
  </Query>
</explain>
`
	const yaml = `- Plan:
    Node Type: "Custom Scan"
    Actual Total Time: 90.1
    Actual Rows: 1
    Actual Loops: 1
    Distributed Query:
      Job:
        Task Count: 32
        Tasks:
          - Node: "host=db7 port=5432 dbname=shop"
            Remote Plan:
              - Plan:
                  Node Type: "Seq Scan"
                  Relation Name: "lines_102009"
                  Actual Total Time: 5.5
                  Actual Rows: 8
                  Actual Loops: 1
                Execution Time: 6
  Execution Time: 801.5
`
	for name, c := range map[string]struct{ in, want string }{
		"JSON": {json, "Custom Scan, Distributed Subplan,  Function Scan, Task,  Seq Scan, MapMergeJob,  MapMergeJob"},
		"XML":  {xml, "Custom Scan, Task,  Seq Scan"},
		"YAML": {yaml, "Custom Scan, Task,  Seq Scan"},
	} {
		p := onePlan(t, c.in)[0]
		var types []string
		var scan *plan.Node
		for n := range p.Nodes() {
			types = append(types, strings.Repeat(" ", depth(n))+n.Type)
			if n.Type == "Seq Scan" {
				scan = n
			}
		}
		if got := strings.Join(types, ","); got != c.want || len(p.Warnings) > 0 {
			t.Error(name, got, p.Warnings)
			continue
		}
		if p.ExecutionMs.Or(0) != 801.5 || len(p.Triggers) > 0 || p.Root.Number("Task Count").Or(0) != 32 || scan.TotalMs.Or(0) != 5.5 || scan.Parent.Text("Node").Raw() == "" || scan.Relation != "lines_102009" {
			t.Error(name, p.ExecutionMs, p.Triggers, p.Root.Properties, scan)
		}
	}
}
