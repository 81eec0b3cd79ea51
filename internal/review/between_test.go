package review_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// What a session did between two plans of a query is named with their times, and an index
// that it made or dropped explains them.
func TestStatementsBetweenPlans(t *testing.T) {
	const query = "explain analyze select * from orders where customer_id = 77 order by created_at limit 10;\n"
	const walk = ` Limit  (cost=0.43..912.20 rows=10 width=80) (actual time=3120.211..4120.331 rows=10 loops=1)
   ->  Index Scan using orders_created_at_idx on orders  (cost=0.43..91177.43 rows=1000 width=80) (actual time=3120.210..4120.320 rows=10 loops=1)
         Filter: (customer_id = 77)
         Rows Removed by Filter: 2400000
 Planning Time: 0.210 ms
 Execution Time: 4120.400 ms
`
	const direct = ` Limit  (cost=1210.20..1210.22 rows=10 width=80) (actual time=1.211..1.213 rows=10 loops=1)
   ->  Sort  (cost=1210.20..1212.70 rows=1000 width=80) (actual time=1.210..1.211 rows=10 loops=1)
         Sort Key: created_at
         Sort Method: top-N heapsort  Memory: 27kB
         ->  Index Scan using orders_customer_id_idx on orders  (cost=0.43..1188.59 rows=1000 width=80) (actual time=0.030..0.910 rows=980 loops=1)
               Index Cond: (customer_id = 77)
 Planning Time: 0.190 ms
 Execution Time: 1.260 ms
`
	for name, c := range map[string]struct {
		between string
		want    []string
		not     string
	}{
		"created": {"create index orders_customer_id_idx on orders (customer_id);\nCREATE INDEX\n", []string{"(after create index orders_customer_id_idx on orders (customer_id))", "which was created between the two"}, "exists and is valid"},
		"dropped": {"DROP INDEX orders_created_at_idx;\nDROP INDEX\n", []string{"(after DROP INDEX orders_created_at_idx)", "since orders_created_at_idx was dropped between the two"}, "exists and is valid"},
		"set":     {"set enable_seqscan = off; set random_page_cost to 1.1;\nanalyze orders;\n", []string{"(after set enable_seqscan = off, set random_page_cost to 1.1 and 1 more statement)", "exists and is valid"}, "between the two"},
		"a value": {"set application_name = 'jane doe';\n", []string{"exists and is valid"}, "jane"},
		"nothing": {"", []string{"exists and is valid"}, "after"},
		"prose":   {"Drop the second index; then I ran it again:\n", []string{"exists and is valid"}, "(after"},
	} {
		dir := write(t, map[string]string{"post.txt": query + walk + c.between + query + direct})
		said := run(t, filepath.Join(dir, "post.txt")).Summary.Verdict
		for _, want := range c.want {
			if !strings.Contains(said, want) {
				t.Errorf("%s: %q is not in %q", name, want, said)
			}
		}
		if strings.Contains(said, c.not) {
			t.Errorf("%s: %q is in %q", name, c.not, said)
		}
	}
}
