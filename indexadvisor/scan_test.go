package indexadvisor_test

import (
	"testing"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/plan"
)

// The index for a scan, by plans of PostgreSQL 15 alone. Right: it would not be worth
// building. Misled: it is, but the planner expects too many rows to use it.
func TestForScan(t *testing.T) {
	for name, c := range map[string]struct {
		index         string
		right, misled bool
		node          int
		plan          string
	}{
		"estimate refuted": {"parcel (batch_id)", false, true, 0, `Seq Scan on parcel  (cost=0.00..10575.10 rows=175683 width=25) (actual time=0.009..16.463 rows=12 loops=1)
  Filter: (batch_id = 77)
  Rows Removed by Filter: 399988
  Buffers: shared hit=3909`}, // few of the rows that were expected came: the index is right, and ANALYZE comes first
		"all pages": {"ev (kind)", true, false, 0, `Seq Scan on ev  (cost=0.00..6577.00 rows=60113 width=92) (actual time=0.005..117.417 rows=60000 loops=1)
  Filter: (kind = ANY ('{k1,k2,k3,k4,k5,k6}'::text[]))
  Rows Removed by Filter: 140000`}, // the cost falls, but every page is read
		"pages in memory": {"ev (amount)", false, false, 0, `Seq Scan on ev  (cost=0.00..6077.00 rows=3752 width=92) (actual time=0.007..20.552 rows=4000 loops=1)
  Filter: ((amount >= 100) AND (amount <= 119))
  Rows Removed by Filter: 196000
  Buffers: shared hit=3077`}, // three of four pages are read, but few rows
		"rare beside an open range": {"ev (at) WHERE gone IS NOT NULL", false, false, 0, `Seq Scan on ev  (cost=0.00..5577.00 rows=187 width=92) (actual time=0.068..23.356 rows=200 loops=1)
  Filter: ((gone IS NOT NULL) AND (at > '2020-01-01 00:00:00+00'::timestamp with time zone))
  Rows Removed by Filter: 199800`},
		"flag alone": {"job (hidden) WHERE hidden", false, false, 0, `Seq Scan on job  (cost=0.00..9250.00 rows=1 width=133) (actual time=25.857..85.665 rows=3 loops=1)
  Filter: hidden
  Rows Removed by Filter: 299997`},
		"order and LIMIT": {"ev (kind, amount)", false, false, 2, `Limit  (cost=5803.62..5803.65 rows=10 width=92) (actual time=27.883..27.886 rows=10 loops=1)
  ->  Sort  (cost=5803.62..5829.84 rows=10487 width=92) (actual time=27.881..27.882 rows=10 loops=1)
        Sort Key: amount
        Sort Method: top-N heapsort  Memory: 27kB
        ->  Seq Scan on ev  (cost=0.00..5577.00 rows=10487 width=92) (actual time=0.005..27.276 rows=10000 loops=1)
              Filter: (kind = 'k3'::text)
              Rows Removed by Filter: 190000`}, // ten rows in order read ten pages
		"equality, then both bounds": {"job (state, rev)", false, false, 0, `Seq Scan on job  (cost=0.00..13750.00 rows=1 width=133) (actual time=226.185..226.187 rows=0 loops=1)
  Filter: ((rev >= '3'::double precision) AND (rev <= '3.2'::double precision) AND (state = 'DONE'::text) AND (made < (now() - '1 year'::interval)))
  Rows Removed by Filter: 300000
  Buffers: shared read=6250`}, // not the range open on one side
		"OR over one column": {"job (made)", false, false, 0, `Seq Scan on job  (cost=0.00..11500.00 rows=30 width=133) (actual time=103.670..103.671 rows=0 loops=1)
  Filter: ((payload <> 'q'::text) AND ((made IS NULL) OR (made > now())))
  Rows Removed by Filter: 300000`},
		"key in a document": {"m USING gin (doc)", false, false, 0, `Seq Scan on m  (cost=0.00..3949.00 rows=12 width=128) (actual time=0.005..9.970 rows=120 loops=1)
  Filter: (doc ? 'k7'::text)
  Rows Removed by Filter: 119880`},
		"network": {"m USING gist (ip inet_ops)", false, false, 0, `Seq Scan on m  (cost=0.00..3949.00 rows=242 width=128) (actual time=0.005..11.320 rows=600 loops=1)
  Filter: (ip <<= '10.7.0.0/16'::inet)
  Rows Removed by Filter: 119400`},
		"value in a range": {"m USING gist (during)", false, false, 0, `Seq Scan on m  (cost=0.00..3949.00 rows=5 width=128) (actual time=0.132..26.009 rows=5 loops=1)
  Filter: (during @> '2026-11-28 10:00:00+00'::timestamp with time zone)
  Rows Removed by Filter: 119995`},
		"columns in the wrong order": {"ev (kind, pad, at)", false, false, 0, `Bitmap Heap Scan on ev  (cost=3657.46..6894.50 rows=1 width=92) (actual time=12.118..12.120 rows=0 loops=1)
  Recheck Cond: ((at > (now() - '100 days'::interval)) AND (kind = 'k3'::text))
  Filter: (pad = 'q'::text)
  Rows Removed by Filter: 7200
  Heap Blocks: exact=2216
  ->  Bitmap Index Scan on ev_at_kind_idx  (cost=0.00..3657.45 rows=7113 width=0) (actual time=5.557..5.558 rows=7200 loops=1)
        Index Cond: ((at > (now() - '100 days'::interval)) AND (kind = 'k3'::text))`},
		"rare rows of an index": {"ev (amount) WHERE gone IS NOT NULL", false, false, 0, `Bitmap Heap Scan on ev  (cost=5.79..635.27 rows=1 width=92) (actual time=0.266..0.267 rows=0 loops=1)
  Recheck Cond: (amount = 5)
  Filter: (gone IS NOT NULL)
  Rows Removed by Filter: 200
  Heap Blocks: exact=200
  ->  Bitmap Index Scan on ev_amount_idx  (cost=0.00..5.79 rows=199 width=0) (actual time=0.040..0.040 rows=200 loops=1)
        Index Cond: (amount = 5)`},
		"in use": {"", false, false, 0, `Index Scan using job_state_kind_idx on job  (cost=0.42..20317.82 rows=1 width=133) (actual time=12.289..12.290 rows=0 loops=1)
  Index Cond: ((state = 'DONE'::text) AND (kind = 'k5'::text))
  Filter: (payload ~~ '%z%'::text)
  Rows Removed by Filter: 25000`}, // by its name
	} {
		plans, err := plan.Parse([]byte(c.plan + "\nPlanning Time: 0.1 ms\nExecution Time: 300 ms\n"))
		if err != nil {
			t.Fatal(name, err)
		}
		for n := range plans[0].Nodes() {
			if n.ID != c.node {
				continue
			}
			p, got := indexadvisor.New(nil).ForScan(n), ""
			if p.Index != nil {
				got = p.Index.String()
			}
			if misled := p.Refuted != nil && p.Refuted.Misled; got != c.index || p.Right() != c.right || misled != c.misled {
				t.Errorf("%s: an index on %q, right: %v, misled: %v (cost %v -> %v, pages spared %v)", name, got, p.Right(), misled, p.ScanBefore, p.ScanAfter, p.PagesSpared)
			}
			if (p.InUse != nil) != (c.index == "") {
				t.Errorf("%s: in use: %v", name, p.InUse)
			}
		}
	}
}
