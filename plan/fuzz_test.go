package plan_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/pgverdict/pgverdict/plan"
)

// seed adds captured plans and their first halves.
func seed(f *testing.F, patterns ...string) {
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal("no seeds in ", pattern, err)
		}
		for _, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			if len(b) > 6000 {
				b = b[:6000]
			}
			f.Add(b)
			f.Add(b[:len(b)/2])
		}
	}
}

// hold checks invariants of every plan.
func hold(t *testing.T, in []byte) {
	plan.Sniff(in)
	plans, err := plan.Parse(in)
	if (err == nil) != (len(plans) > 0) {
		t.Fatalf("%d plans with error %v", len(plans), err)
	}
	if len(plans) > len(in) {
		t.Fatalf("%d plans in %d bytes", len(plans), len(in))
	}
	for _, p := range plans {
		if p.Root == nil || p.Len() == 0 || p.Len() > len(in) {
			t.Fatalf("%d nodes in %d bytes", p.Len(), len(in))
		}
		from, to := p.Versions()
		if from < 0 || to < 0 {
			t.Fatalf("versions %d to %d", from, to)
		}
		id := 0
		for n := range p.Nodes() {
			if n.ID != id {
				t.Fatalf("node %d has id %d", id, n.ID)
			}
			id++
			if n.Parent == nil != (n.ID == 0) || n.Parent != nil && n.Parent.ID >= n.ID {
				t.Fatalf("node %d hangs wrong", n.ID)
			}
			for _, v := range []plan.Float{n.Loops, n.Rows, n.Ms, n.TotalMs, n.SelfMs, n.RowsTotal, n.PlanRowsTotal, n.TotalCost, n.PlanRows,
				n.Buffers.SharedHit, n.SelfBuffers().SharedHit, n.SelfBuffers().TempWritten, n.Executions(), n.RemovedTotal(), n.ScannedTotal(), n.ScannedPerExec()} {
				if f := v.Or(0); f < 0 || math.IsNaN(f) || math.IsInf(f, 0) {
					t.Fatalf("node %d: %v", n.ID, f)
				}
			}
			if low, high, ok := n.Discard(); ok && !(low >= 0 && low <= high && high <= 1) {
				t.Fatalf("node %d: discards %v to %v", n.ID, low, high)
			}
			if !(n.Processes > 0) {
				t.Fatalf("node %d: %v processes", n.ID, n.Processes)
			}
			n.StoppedEarly()
			n.Disabled()
		}
		if id != p.Len() {
			t.Fatalf("%d nodes, Len is %d", id, p.Len())
		}
	}
}

func FuzzText(f *testing.F) {
	seed(f, "testdata/hostile/*.txt", "testdata/formats/*.txt")
	f.Add([]byte(hashJoin))
	f.Add([]byte(bare))
	f.Add([]byte("\u3000Sort  (cost=0.00..1.00 rows=1 width=4)\n"))
	f.Fuzz(hold)
}

func FuzzJSON(f *testing.F) {
	seed(f, "testdata/formats/*.json")
	f.Add([]byte(`[{"QUERY PLAN": "[{\"Plan\": {\"Node Type\": \"Result\"}}]"}]`))
	f.Fuzz(hold)
}

func FuzzYAML(f *testing.F) {
	seed(f, "testdata/formats/*.yaml")
	f.Fuzz(hold)
}

func FuzzXML(f *testing.F) {
	seed(f, "testdata/formats/*.xml")
	f.Fuzz(hold)
}

// FuzzDecorations also checks that the result does not depend on how the input
// is split into reads.
func FuzzDecorations(f *testing.F) {
	seed(f, "testdata/psql/*")
	f.Add([]byte("2026-01-31 10:00:00 UTC [7] LOG:  duration: 41.500 ms  plan:\n\tQuery Text: SELECT 1\n\tResult  (cost=0.00..0.01 rows=1 width=4)\nx LOG:  y\n"))
	f.Add([]byte("a,b,\"duration: 41.500 ms  plan:\nQuery Text: SELECT \"\"x\"\"\nResult  (cost=0.00..0.01 rows=1 width=4)\",c\n"))
	f.Add([]byte("x = '[{\"Plan\": {\"Node Type\": \"Result\", \"Actual Rows\": 1, \"Actual Loops\": 1}}]' [{\"Plan\":{\"Node Type\":\"Result\"}}\nplan = \"- Plan: \\n    Node Type: \\\"Result\\\"\"\n"))
	f.Add([]byte("QUERY PLAN | [\n           : {\"Plan\": { +\n           : \"Node Type\": \"Result\"}}]\n"))
	f.Add([]byte(`{"message":"duration: 41.500 ms  plan:\nQuery Text: SELECT 1\nResult  (cost=0.00..0.01 rows=1 width=4)"}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		hold(t, in)
		n := 0
		for _, err := range plan.Read("x", bytes.NewReader(in)) {
			if err == nil {
				n++
			}
		}
		plans, _ := plan.Parse(in)
		if n != len(plans) {
			t.Fatalf("Read gives %d plans, Parse %d", n, len(plans))
		}
	})
}
