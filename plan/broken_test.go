package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const unbroken = `Sort  (cost=878.15..878.16 rows=4 width=13) (actual time=133.426..133.435 rows=4 loops=1)
  Output: c.region, (count(*))
  Sort Key: (count(*))
  Sort Method: quicksort  Memory: 25kB
  Buffers: shared hit=56 read=325
  InitPlan 1 (returns $0)
    ->  Aggregate  (cost=25.50..25.77 rows=1 width=32) (actual time=10.193..10.197 rows=1 loops=1)
          Output: (max(products.price) + (nap('0.003'::double precision))::numeric)
          ->  Seq Scan on shop.products  (cost=0.00..23.00 rows=1000 width=4) (actual time=0.018..0.320 rows=1000 loops=1)
                Output: products.id, products.name, products.category, products.price, products.attrs
  ->  HashAggregate  (cost=852.31..852.35 rows=4 width=13) (actual time=133.356..133.361 rows=4 loops=1)
        Group Key: c.region
        Batches: 1  Memory Usage: 24kB
        ->  Hash Join  (cost=60.00..802.31 rows=10000 width=5) (actual time=12.556..96.722 rows=20811 loops=1)
              Hash Cond: (o.customer_id = c.id)
              ->  Index Only Scan Backward using orders_customer_id_total_idx on shop.orders o  (cost=0.29..716.00 rows=10000 width=4) (actual time=10.746..76.019 rows=20811 loops=1)
                    Filter: ((o.total > $0) AND (o.note ~~ '%late (again) :%'::text))
                    Rows Removed by Filter: 9189
                    Heap Fetches: 117
              ->  Hash  (cost=35.00..35.00 rows=2000 width=9) (actual time=1.755..1.759 rows=2000 loops=1)
                    Buckets: 2048  Batches: 1  Memory Usage: 99kB
                    ->  Seq Scan on shop.customers c  (cost=0.00..35.00 rows=2000 width=9) (actual time=0.010..0.875 rows=2000 loops=1)
Planning Time: 0.841 ms
Execution Time: 133.756 ms
`

// A plan whose lines were broken at any width, with psql's header and margin or without,
// with the blanks at the break or without, is the same plan.
func TestBrokenLines(t *testing.T) {
	tell := func(text string) (string, bool) {
		plans, err := Parse([]byte(text))
		warned := err != nil
		var b strings.Builder
		for _, p := range plans {
			warned = warned || len(p.Warnings) > 0
			fmt.Fprintln(&b, p.PlanningMs, p.ExecutionMs)
			for n := range p.Nodes() {
				fmt.Fprintln(&b, n.ID, n.Label(), n.SelfMs, n.RowsTotal, n.TotalCost, n.Buffers.SharedRead)
				for _, q := range n.Properties {
					fmt.Fprintln(&b, "  ", q.Name, strings.Join(strings.Fields(fmt.Sprint(q.Value.Text, q.Value.Number, q.Value.List(), q.Value.Group())), ""))
				}
			}
		}
		return b.String(), warned
	}
	want, warned := tell(unbroken)
	if warned {
		t.Fatal(want)
	}
	all, right := 0, 0
	for width := 44; width <= 170; width++ {
		for _, form := range []string{"bare", "psql", "trimmed", "mail", "flowed"} {
			var b strings.Builder
			mark := ""
			if form == "mail" {
				mark = "> "
			}
			if form == "psql" {
				b.WriteString("     QUERY PLAN\n--------------------\n")
			}
			for l := range strings.Lines(unbroken) {
				if l = strings.TrimSuffix(l, "\n"); form == "psql" {
					l = " " + l
				}
				for len(l) > width {
					part := l[:width]
					if at := strings.LastIndexByte(part, ' ') + 1; form == "flowed" && strings.TrimSpace(part[:at]) != "" {
						part = part[:at]
					}
					l = l[len(part):]
					if form == "trimmed" || form == "flowed" {
						part = strings.TrimRight(part, " ")
					}
					b.WriteString(mark + part + "\n")
				}
				b.WriteString(mark + l + "\n")
			}
			all++
			switch got, warned := tell(b.String()); {
			case got == want:
				right++
			case !warned:
				t.Errorf("at %d, %s: not said to be damaged\n%s", width, form, cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
			}
		}
	}
	if right*100 < all*93 {
		t.Errorf("%d of %d right", right, all)
	}
}

// Each plan of a text was broken at its own width, which is not that of the longest line.
func TestBrokenApart(t *testing.T) {
	wrapped := ""
	for l := range strings.Lines(unbroken) {
		for l = strings.TrimSuffix(l, "\n"); len(l) > 80; l = l[80:] {
			wrapped += l[:80] + "\n"
		}
		wrapped += l + "\n"
	}
	for name, text := range map[string]string{
		"fences":  "```\n" + unbroken + "```\n\nand on the replica\n\n```\n" + wrapped + "```\n",
		"headers": "QUERY PLAN\n----------\n" + unbroken + "QUERY PLAN\n----------\n" + wrapped,
		"footers": unbroken + "(24 rows)\n\n" + wrapped + "(24 rows)\n",
	} {
		plans, err := Parse([]byte(text))
		if err != nil || len(plans) != 2 {
			t.Fatalf("%s: %d plans, %v", name, len(plans), err)
		}
		for _, p := range plans {
			if got := len(p.nodes); got != 8 || len(p.Warnings) > 0 {
				t.Errorf("%s: %d nodes, %v", name, got, p.Warnings)
			}
		}
	}
}
