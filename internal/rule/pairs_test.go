package rule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/plan"
)

// Plans without a text are of one query where tables and columns agree, and
// not where they only look alike.
func TestPair(t *testing.T) {
	scan := func(node, condition string, ms float64) string {
		return fmt.Sprintf("%s  (cost=0.00..9.00 rows=1 width=8) (actual time=0.010..%.3f rows=1 loops=1)\n  %s\n", node, ms, condition)
	}
	seq := scan("Seq Scan on t a", "Filter: ((x = 1) AND (y = 'open'::text))", 50)
	cases := []struct {
		name  string
		plans []string
		want  int
	}{
		{"by an index", []string{seq, scan("Index Scan using t_x on t a", "Index Cond: (x = 1)", 1)}, 1},
		{"another column", []string{seq, scan("Seq Scan on t a", "Filter: (z = 1)", 50)}, 0},
		{"another alias", []string{seq, scan("Seq Scan on t b", "Filter: ((x = 1) AND (y = 'open'::text))", 50)}, 0},
		{"another table", []string{seq, scan("Seq Scan on u a", "Filter: ((x = 1) AND (y = 'open'::text))", 50)}, 0},
		{"a condition that cannot be read", []string{"Seq Scan on t a  (cost=0.00..9.00 rows=1 width=8) (actual time=0.010..50.000 rows=1 loops=1)\n", scan("Seq Scan on t a", "Filter: (x ~ ''^open.*$''::text)", 90)}, 0},
		{"one value and a list", []string{seq, scan("Index Scan using t_x on t a", "Index Cond: (x = ANY ('{1,2}'::integer[]))", 1)}, 0},
		{"a constant of another type", []string{scan("Seq Scan on t a", "Filter: (x @> '(1,0)'::point)", 50), scan("Index Scan using t_x on t a", "Index Cond: (x @> '(1,0),(1,0)'::box)", 1)}, 0},
		{"a function of each row beside it", []string{seq, "Nested Loop  (cost=0.00..9.00 rows=1 width=8) (actual time=0.010..1.000 rows=1 loops=1)\n  ->  Seq Scan on t a  (cost=0.00..9.00 rows=1 width=8) (actual time=0.010..0.900 rows=1 loops=1)\n        Filter: ((x = 1) AND (y = 'open'::text))\n  ->  Function Scan on json_array_elements j  (cost=0.00..1.00 rows=100 width=8) (actual time=0.010..0.010 rows=1 loops=1)\n"}, 0},
		{"a parameter, of an index", []string{scan("Seq Scan on t a", "Filter: (y = $1)", 50), scan("Index Scan using t_y on t a", "Index Cond: (y = 'open'::text)", 1)}, 1},
		{"a pattern, of an index", []string{scan("Seq Scan on t a", "Filter: (y ~~ 'op%'::text)", 50), scan("Index Scan using t_y on t a", "Index Cond: ((y ~>=~ 'op'::text) AND (y ~<~ 'oq'::text))", 1)}, 1},
		{"only estimated", []string{seq, "Seq Scan on t a  (cost=0.00..9.00 rows=1 width=8)\n  Filter: ((x = 1) AND (y = 'open'::text))\n"}, 0},
		{"three of one", []string{seq, scan("Seq Scan on t a", "Filter: ((x = 2) AND (y = 'open'::text))", 10), scan("Seq Scan on t a", "Filter: ((x = 3) AND (y = ''::text))", 90)}, 1},
		{"three of one, the slow one first", []string{seq, scan("Seq Scan on t a", "Filter: ((x = 2) AND (y = 'open'::text))", 40), scan("Seq Scan on t a", "Filter: ((x = 3) AND (y = ''::text))", 10)}, 1},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			c := NewCase(nil)
			for i, text := range test.plans {
				plans, err := plan.Parse([]byte(text))
				if err != nil || len(plans) != 1 {
					t.Fatalf("%d plans, %v", len(plans), err)
				}
				c.Plans = append(c.Plans, NewPlan(c, plans[0], 0, i))
			}
			c.Pair()
			if len(c.Pairs) != test.want {
				t.Fatalf("%d pairs, want %d", len(c.Pairs), test.want)
			}
			if p := c.Pairs; len(test.plans) == 3 {
				byTime := slices.SortedFunc(slices.Values(c.Plans), func(a, b *Plan) int { return cmp.Compare(a.ExecMs().Or(0), b.ExecMs().Or(0)) })
				if p[0].Faster() != byTime[0] || p[0].Slower() != byTime[2] {
					t.Error("of three not the fastest and the slowest")
				}
				if p[0].Before.Position > p[0].After.Position {
					t.Error("not in the order of the input")
				}
			}
			if strings.Contains(test.name, "index") && c.Pairs[0].Slower() != c.Plans[0] {
				t.Error("slower and faster are mixed up")
			}
		})
	}
}
