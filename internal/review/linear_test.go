package review_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/review"
)

// partitions is the plan of a hash join with a table of n partitions.
func partitions(n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `Hash Join  (cost=10.00..9000.00 rows=100 width=36) (actual time=5.000..%[1]d.000 rows=100 loops=1)
  Hash Cond: (b.quay_id = q.id)
  ->  Append  (cost=0.00..8000.00 rows=%[1]d width=36) (actual time=0.010..%[1]d.000 rows=%[1]d loops=1)
`, 3*n)
	for i := range n {
		fmt.Fprintf(&b, `        ->  Seq Scan on berths_%d b_%d  (cost=0.00..12.59 rows=10 width=36) (actual time=0.003..2.125 rows=10 loops=1)
              Filter: (state = 'x'::text)
              Rows Removed by Filter: 128101
`, i, i+1)
	}
	fmt.Fprintf(&b, `  ->  Hash  (cost=1.00..2.00 rows=10 width=4) (actual time=1.000..1.000 rows=10 loops=1)
        Buckets: 1024  Batches: 1  Memory Usage: 9kB
        ->  Seq Scan on quays q  (cost=0.00..1.00 rows=10 width=4) (actual time=0.010..0.500 rows=10 loops=1)
Planning Time: 1.000 ms
Execution Time: %d.000 ms
`, 3*n)
	return b.String()
}

// The review of a plan with many partitions costs as much as there are, and no more: of a
// whole one, of one whose scans all lack their input, and of one without times per node.
func TestPartitionsCostIsLinear(t *testing.T) {
	const few, more = 100, 8
	times := regexp.MustCompile(`time=\S+ `)
	for name, of := range map[string]func(whole string) string{
		"whole": func(whole string) string { return whole },
		"lacking": func(whole string) string {
			return strings.ReplaceAll(whole, "Seq Scan on berths", "Bitmap Heap Scan on berths")
		},
		"timeless": func(whole string) string { return times.ReplaceAllString(whole, "") },
	} {
		allocated := func(n int) float64 {
			return allocates(t, "plan.txt", of(partitions(n)), func(path string) {
				if r, errs := review.Run(input.Open([]string{path}, nil), review.Options{}); len(r.Plans) != 1 { // a plan that lacks lines is an error, and read
					t.Fatal(name, errs)
				}
			})
		}
		one := allocated(few)
		if many := allocated(more * few); many > 1.5*more*one {
			t.Errorf("%s: %d times as many partitions allocate %.1f times as much", name, more, many/one)
		}
	}
}

// allocates returns the bytes that the review of a file with the given text allocates.
func allocates(t *testing.T, name, text string, review func(path string)) float64 {
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	review(path)
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc)
}

// What a session did before each of its plans is looked at once, not for each plan again.
func TestSessionCostIsLinear(t *testing.T) {
	const few, more = 100, 8
	session := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `set enable_seqscan = off;
explain analyze select * from t%[1]d where a = 5;
 Index Scan using t%[1]d_a on t%[1]d  (cost=0.42..8.44 rows=1 width=8) (actual time=0.020..7.021 rows=1 loops=1)
   Index Cond: (a = 5)
 Planning Time: 0.1 ms
 Execution Time: 7.05 ms

`, i)
		}
		return b.String()
	}
	allocated := func(n int) float64 {
		return allocates(t, "session.txt", session(n), func(path string) {
			if r, errs := review.Run(input.Open([]string{path}, nil), review.Options{}); len(r.Plans) != n {
				t.Fatal(len(r.Plans), errs)
			}
		})
	}
	one := allocated(few)
	if many := allocated(more * few); many > 1.5*more*one {
		t.Errorf("%d times as many plans allocate %.1f times as much", more, many/one)
	}
}
