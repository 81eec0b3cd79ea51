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
	"github.com/pgverdict/pgverdict/internal/testcase"
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
