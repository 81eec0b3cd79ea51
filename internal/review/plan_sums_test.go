package review

import (
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/report"
)

func TestSums(t *testing.T) {
	zero, one, orders := 0, 1, "public.orders"
	index := "orders_status_idx"
	byType, byRelation := sums([]report.Node{
		{ID: 0, Type: "Sort", SelfMs: opt.Of(5.0), Processed: opt.Of(10.0)},
		{ID: 1, Parent: &zero, Type: "Bitmap Heap Scan", Relation: &orders, SelfMs: opt.Of(7.0), SelfSharedHit: opt.Of(4.0), Processed: opt.Of(100.0)},
		{ID: 2, Parent: &one, Type: "Bitmap Index Scan", Index: &index, SelfMs: opt.Of(1.0), SelfSharedHit: opt.Of(2.0)},
		{ID: 3, Parent: &zero, Type: "Sort", SelfMs: opt.Of(9.0)},
	})
	if len(byType) != 3 || byType[0].Name != "Sort" || byType[0].Nodes != 2 || byType[0].SelfMs != opt.Of(14.0) || byType[0].SelfSharedHit.Known() {
		t.Errorf("by type: %+v", byType)
	}
	if len(byRelation) != 1 || byRelation[0].Nodes != 2 || byRelation[0].SelfMs != opt.Of(8.0) || byRelation[0].SelfSharedHit != opt.Of(6.0) || byRelation[0].Processed != opt.Of(100.0) {
		t.Errorf("by relation: %+v", byRelation)
	}
}
