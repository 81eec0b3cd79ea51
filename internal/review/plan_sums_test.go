package review

import (
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/plan"
)

func TestSums(t *testing.T) {
	plans, err := plan.Parse([]byte(`Merge Join  (cost=1.00..9.00 rows=10 width=8)
  ->  Sort  (cost=1.00..4.00 rows=10 width=8)
        ->  Bitmap Heap Scan on public.orders o  (cost=1.00..3.00 rows=10 width=8)
              ->  Bitmap Index Scan on orders_status_idx  (cost=0.00..1.00 rows=10 width=0)
  ->  Sort  (cost=1.00..4.00 rows=10 width=8)
        ->  Result  (cost=0.00..1.00 rows=1 width=8)
`))
	if err != nil {
		t.Fatal(err)
	}
	byType, byRelation := sums([]report.Node{
		{Type: "Merge Join", Processed: opt.Of(10.0)},
		{Type: "Sort", SelfMs: opt.Of(5.0), Processed: opt.Of(10.0)},
		{Type: "Bitmap Heap Scan", SelfMs: opt.Of(7.0), SelfSharedHit: opt.Of(4.0), Processed: opt.Of(100.0)},
		{Type: "Bitmap Index Scan", SelfMs: opt.Of(1.0), SelfSharedHit: opt.Of(2.0)},
		{Type: "Sort", SelfMs: opt.Of(9.0)},
		{Type: "Result"},
	}, relationOfEach(plans[0]))
	if len(byType) != 5 || byType[0].Name != "Sort" || byType[0].Nodes != 2 || byType[0].SelfMs != opt.Of(14.0) || byType[0].SelfSharedHit.Known() {
		t.Errorf("by type: %+v", byType)
	}
	if len(byRelation) != 1 || byRelation[0].Name != "public.orders" || byRelation[0].Nodes != 2 || byRelation[0].SelfMs != opt.Of(8.0) || byRelation[0].SelfSharedHit != opt.Of(6.0) || byRelation[0].Processed != opt.Of(100.0) {
		t.Errorf("by relation: %+v", byRelation)
	}
}
