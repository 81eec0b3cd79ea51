package review

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/limits"
	"github.com/pgverdict/pgverdict/plan"
)

// TestGroups: of a log with many plans, only the slowest plan of each query is read, and
// all of them are counted. Of fewer, each is read.
func TestGroups(t *testing.T) {
	for _, entries := range []int{limits.Plans, limits.Plans + 1, 2*limits.Plans + 7} {
		var log strings.Builder
		for i := range entries {
			ms := i % 97
			if i == entries/2 {
				ms = 100
			}
			fmt.Fprintf(&log, "2031-02-03 04:05:06 UTC [%d] LOG:  duration: %d.000 ms  plan:\n\tQuery Text: SELECT %d FROM quays WHERE id = %d\n\tSeq Scan on quays%d  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..0.020 rows=1 loops=1)\n", 100+i, ms, i, i, i)
		}
		read := 0
		g := newGroups(0, func(*plan.Plan) { read++ })
		for f, err := range plan.Find("x", strings.NewReader(log.String()), func(string) {}) {
			if err != nil {
				t.Fatal(err)
			}
			g.add(f)
		}
		g.end()
		kept, logged := g.kept(), g.repeated()
		many := entries > limits.Plans
		want := entries
		if many {
			want = 1
		}
		if read != want || len(kept) != want || g.count != entries || (g.note() != "") != many || strings.Contains(g.note(), fmt.Sprintf("%d plans found; only the slowest", entries)) != many {
			t.Errorf("%d plans: %d read, %d kept, %d counted, %q", entries, read, len(kept), g.count, g.note())
		}
		if len(logged) != 1 || logged[0].count != entries || logged[0].worst != 100 || logged[0].plan.Root.Relation != fmt.Sprintf("quays%d", entries/2) {
			t.Errorf("%d plans: %d queries, %+v", entries, len(logged), logged[0])
		}
	}
}

// Of many queries, the most expensive ones are kept, however many there were.
func TestGroupsLimit(t *testing.T) {
	for _, queries := range []int{limits.Plans, limits.Plans + 1, 2 * limits.Plans, 2*limits.Plans + 7} {
		var text strings.Builder
		for i := range queries {
			fmt.Fprintf(&text, "Seq Scan on quays%d  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..%d.000 rows=1 loops=1)\nExecution Time: %d.000 ms\n\n", i, i+1, i+1)
		}
		g := newGroups(0, func(*plan.Plan) {})
		for f, err := range plan.Find("x", strings.NewReader(text.String()), func(string) {}) {
			if err != nil {
				t.Fatal(err)
			}
			g.add(f)
		}
		g.end()
		kept := g.kept()
		if len(kept) != limits.Plans || g.count != queries || g.lost != queries-limits.Plans {
			t.Errorf("%d queries: %d plans kept, %d counted, %d lost", queries, len(kept), g.count, g.lost)
		} else if fastest := fmt.Sprintf("quays%d", queries-limits.Plans); kept[0].Root.Relation != fastest {
			t.Errorf("%d queries: the fastest kept reads %s, want %s", queries, kept[0].Root.Relation, fastest)
		}
	}
}
