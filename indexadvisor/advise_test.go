package indexadvisor_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/testcase"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// exports reads the files that `pgverdict export` makes.
func exports(name string) *workload.Snapshot {
	files, err := testcase.Files(name)
	if err != nil {
		panic(err)
	}
	snap := new(workload.Snapshot)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		part := new(workload.Snapshot)
		if _, err := part.Read(file, strings.NewReader(files[file])); err == nil {
			snap.Fill(part)
		}
	}
	return snap
}

const tickets = "../testdata/rules/query-without-index/fires"

func ExampleAdvise() {
	advice, err := indexadvisor.Advise(context.Background(), indexadvisor.Input{
		Snapshot: exports(tickets),
		Queries:  []string{"SELECT id, subject FROM tickets WHERE assignee = 1234 ORDER BY opened_at DESC LIMIT 10"},
	}, indexadvisor.Options{Budget: 1 << 30})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, ix := range advice.Indexes {
		fmt.Println(ix.DDL.Statement)
		fmt.Printf("cost %.0f -> %.0f\n", ix.Reasons[0].Before.Or(0), ix.Reasons[0].After.Or(0))
	}
	// Output:
	// CREATE INDEX CONCURRENTLY tickets_assignee_opened_at_idx
	//   ON public.tickets (assignee, opened_at);
	// cost 2388 -> 42
}

// The budget holds, an ended context ends the work, and what cannot be read is
// told.
func TestAdvise(t *testing.T) {
	in := indexadvisor.Input{Snapshot: exports(tickets), Queries: []string{"SELECT id FROM tickets WHERE assignee = 7", "SELECT FROM WHERE", "SELECT * FROM nowhere WHERE a = 1"}}
	advice, err := indexadvisor.Advise(context.Background(), in, indexadvisor.Options{})
	if err != nil || len(advice.Indexes) != 1 || len(advice.Unread) != 2 {
		t.Fatalf("%v, %+v", err, advice)
	}
	if advice, _ := indexadvisor.Advise(context.Background(), in, indexadvisor.Options{Budget: 1}); len(advice.Indexes) > 0 {
		t.Error("an index beyond the budget is advised")
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if _, err := indexadvisor.Advise(ended, in, indexadvisor.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
}

// A plan alone is enough for an index: its own costs tell what it saves.
func TestAdviseOnPlan(t *testing.T) {
	files, err := testcase.Files("../testdata/rules/seq-scan/fires")
	if err != nil {
		t.Fatal(err)
	}
	var plans []*plan.Plan
	for _, text := range files {
		read, err := plan.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		plans = append(plans, read...)
	}
	advice, err := indexadvisor.Advise(context.Background(), indexadvisor.Input{Plans: plans}, indexadvisor.Options{})
	if err != nil || len(advice.Indexes) != 1 {
		t.Fatalf("%v, %+v", err, advice)
	}
	ix := advice.Indexes[0]
	if got := ix.Index.String(); got != "bookings (guest, made)" {
		t.Errorf("an index on %s", got)
	}
	if r := ix.Reasons[0]; r.Plan != 0 || !(r.After.Or(0) < r.Before.Or(0)) {
		t.Errorf("%s: plan %d, cost %v -> %v", ix.Index, r.Plan, r.Before, r.After)
	}
}

// What a new index replaces makes room for it in the budget, and no two indexes of a
// configuration have one name.
func TestConfiguration(t *testing.T) {
	a := indexadvisor.New(exports(tickets))
	ix := indexadvisor.Index{Schema: "public", Table: "tickets", IndexDef: workload.IndexDef{Method: "btree", Keys: []workload.IndexKey{{Column: "assignee"}}}}
	size, known := a.SizeBytes(ix).Get()
	if !known {
		t.Fatal("no size")
	}
	together := a.Configure(1.5 * size)
	if _, fits := together.Take(ix); !fits {
		t.Error("an index within the budget does not fit")
	}
	if _, fits := together.Take(ix); fits {
		t.Error("a second one fits into half of its size")
	}
	old := &workload.Index{SizeBytes: opt.Of(0.6 * size)}
	if bytes, fits := together.Take(ix, old); !fits || bytes > 0.5*size {
		t.Errorf("in the place of an old one it adds %v bytes, fits: %v", bytes, fits)
	}
	if first, second := together.Create(ix).Name, together.Create(ix).Name; first == second {
		t.Errorf("two indexes are called %s", first)
	}
}

// An extension that the index needs is a step before it, with its own undo unless it may
// have been there; one that is installed is no step.
func TestExtensionFirst(t *testing.T) {
	ix := indexadvisor.Index{Schema: "public", Table: "notes", IndexDef: workload.IndexDef{Method: "gin", Keys: []workload.IndexKey{{Column: "body", OpClass: "gin_trgm_ops"}}}}
	build := "CREATE INDEX CONCURRENTLY notes_body_idx\n  ON public.notes USING gin (body gin_trgm_ops);"
	drop := "DROP INDEX CONCURRENTLY public.notes_body_idx;"
	for name, tt := range map[string]struct {
		snap      *workload.Snapshot
		statement string
		rollback  string
		steps     int
	}{
		"nothing known": {nil, "CREATE EXTENSION IF NOT EXISTS pg_trgm;\n" + build, drop + "\n-- the extension pg_trgm stays: it may have been there before", 2},
		"not exported":  {&workload.Snapshot{}, "CREATE EXTENSION IF NOT EXISTS pg_trgm;\n" + build, drop + "\n-- the extension pg_trgm stays: it may have been there before", 2},
		"known to lack": {&workload.Snapshot{Extensions: map[string]string{"plpgsql": "1.0"}}, "CREATE EXTENSION IF NOT EXISTS pg_trgm;\n" + build, drop + "\nDROP EXTENSION pg_trgm;", 2},
		"installed":     {&workload.Snapshot{Extensions: map[string]string{"pg_trgm": "1.6"}}, build, drop, 0},
	} {
		d := indexadvisor.New(tt.snap).Configure(0).Create(ix)
		if d.Statement != tt.statement || d.Rollback != tt.rollback || len(d.Steps) != tt.steps {
			t.Errorf("%s: %d steps, %s\nundone by %s", name, len(d.Steps), d.Statement, d.Rollback)
		}
		if tt.steps > 0 && (d.Steps[0].Alone || !d.Steps[1].Alone) {
			t.Errorf("%s: %+v", name, d.Steps)
		}
	}
}
