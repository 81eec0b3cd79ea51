package plan

import (
	"testing"
)

// one reads the only plan of a text.
func one(t *testing.T, text string) *Plan {
	t.Helper()
	plans, err := Parse([]byte(text))
	if err != nil || len(plans) != 1 {
		t.Fatalf("%d plans, %v", len(plans), err)
	}
	return plans[0]
}

// The difference is attributed to the table that causes it, even if the rest of
// the plan changed.
func TestCompare(t *testing.T) {
	const before = `Hash Join  (cost=1.00..100.00 rows=10 width=8) (actual time=1.000..120.000 rows=10 loops=1)
  Hash Cond: (o.customer_id = c.id)
  ->  Seq Scan on orders o  (cost=0.00..90.00 rows=10 width=8) (actual time=0.010..110.000 rows=10 loops=1)
  ->  Hash  (cost=1.00..1.00 rows=10 width=4) (actual time=2.000..2.000 rows=10 loops=1)
        ->  Seq Scan on customers c  (cost=0.00..1.00 rows=10 width=4) (actual time=0.010..1.900 rows=10 loops=1)
Execution Time: 120.100 ms
`
	const after = `Nested Loop  (cost=1.00..20.00 rows=10 width=8) (actual time=0.100..4.000 rows=10 loops=1)
  ->  Seq Scan on customers c  (cost=0.00..1.00 rows=10 width=4) (actual time=0.010..1.900 rows=10 loops=1)
  ->  Index Scan using orders_customer on orders o  (cost=0.10..1.90 rows=1 width=8) (actual time=0.020..0.100 rows=1 loops=10)
        Index Cond: (customer_id = c.id)
Execution Time: 4.100 ms
`
	x, y := one(t, before), one(t, after)
	d := Compare(x, y)
	if d.SameShape || d.Before.Label() != "Seq Scan on orders o" || d.After.Label() != "Index Scan using orders_customer on orders o" {
		t.Errorf("%s against %s, same shape %v", d.Before.Label(), d.After.Label(), d.SameShape)
	}
	back := Compare(y, x)
	if back.Before != d.After || back.After != d.Before {
		t.Errorf("the other way round: %s against %s", back.Before.Label(), back.After.Label())
	}
	if d := Compare(x, x); !d.SameShape {
		t.Error("a plan is not of its own shape")
	}
}
