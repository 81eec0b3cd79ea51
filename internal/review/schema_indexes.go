package review

import (
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

// priceIndex completes a change of a schema that creates or drops an index, which is
// shipped in steps: what the index is, its size, and what it costs on every write.
func (b *builder) priceIndex(out *report.Recommendation, statements, steps []*migration.Statement) {
	if len(statements) != 1 || len(statements[0].Effect.Actions) != 1 {
		return
	}
	lockOf := func(l indexadvisor.Lock) {
		if slices.ContainsFunc(steps, func(s *migration.Statement) bool { return s.Effect.NoBlock }) {
			out.Lock = lock(l)
		}
	}
	switch a := statements[0].Effect.Actions[0]; {
	case a.Verb == ddl.CreateIndex && a.Index != nil && a.Table != nil:
		def, err := workload.ParseIndexDef(design.CreateIndex(a.Table, a.Index))
		if err != nil {
			return
		}
		ix := indexadvisor.Index{Schema: def.Schema, Table: def.Table, IndexDef: def.IndexDef}
		size, why := b.c.Advisor.Size(ix)
		write := b.c.Advisor.WriteCost(ix)
		out.Index, out.SizeBytes, out.WriteCost = indexSpec(b.printable(ix)), size, writeCost(write)
		if size.Known() || write.WALBytesPerInsert.Known() {
			out.Cost = listed(out.Cost, costWords(size, why, write))
		}
		made := b.c.Advisor.Configure(0).Create(ix)
		lockOf(made.Lock)
	case a.Verb == ddl.DropIndex && a.Index != nil:
		ix := b.c.Snapshot.Index(a.Index.Name.Schema, a.Index.Name.Name)
		if ix == nil {
			return
		}
		write := b.c.Advisor.IndexCost(ix)
		out.Index, out.SizeBytes, out.WriteCost = indexSpec(b.printable(*rule.IndexLike(ix))), ix.SizeBytes, writeCost(write)
		out.Gain = dropGain(ix, write)
		lockOf(b.c.Advisor.Drop(ix).Lock)
	}
}
