package review

import (
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/indexcost"
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
		switch words := indexcost.WriteCost(write).Sentence(); {
		case size.Known():
			out.Cost = listed(out.Cost, costWords(size, why, write))
		case words != "":
			out.Cost = listed(out.Cost, words)
		default:
			out.Cost = listed(out.Cost, "every INSERT writes one more index entry")
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

// withoutPrefixes leaves out the new indexes that are a prefix of another new one, which
// serves what they are for. Of two that are the same, the first one stays.
func withoutPrefixes(list []report.Recommendation) []report.Recommendation {
	for i := 0; i < len(list); i++ {
		wide := -1
		for k, other := range list {
			if isPrefix(list[i], other) && (k < i || len(other.Index.Keys) > len(list[i].Index.Keys)) {
				wide = k
				break
			}
		}
		if wide < 0 {
			continue
		}
		for _, f := range list[i].Findings {
			if !slices.Contains(list[wide].Findings, f) {
				list[wide].Findings = append(list[wide].Findings, f)
			}
		}
		slices.Sort(list[wide].Findings)
		list = slices.Delete(list, i, i+1)
		i--
	}
	return list
}

// isPrefix reports whether the index that one change creates is a prefix of that of
// another change, or the same.
func isPrefix(narrow, wide report.Recommendation) bool {
	a, b := narrow.Index, wide.Index
	return narrow.Action == "create_index" && wide.Action == "create_index" && a != nil && b != nil && a.Schema == b.Schema && a.Table == b.Table &&
		a.Method == "btree" && b.Method == "btree" && a.Where == b.Where && !a.Unique && len(a.Include) == 0 &&
		len(a.Keys) <= len(b.Keys) && slices.Equal(a.Keys, b.Keys[:len(a.Keys)])
}
