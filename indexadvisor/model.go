package indexadvisor

import (
	"sync"

	"github.com/pgverdict/pgverdict/workload"
)

// Model computes sizes and write costs of indexes on the tables of one
// snapshot. It reads the snapshot's statements once, when the first figure
// needs them, and may be used from several goroutines.
type Model struct {
	snap   *workload.Snapshot // nil: nothing is known
	writes func() map[*workload.Table]*tableWrites

	extended func() map[*workload.Table][]*workload.ExtendedStats
}

// NewModel prepares a model of a snapshot; with nil every figure is absent.
func NewModel(snap *workload.Snapshot) *Model {
	m := &Model{snap: snap}
	m.writes = sync.OnceValue(func() map[*workload.Table]*tableWrites { return collectWrites(snap) })
	m.extended = sync.OnceValue(func() map[*workload.Table][]*workload.ExtendedStats {
		of := map[*workload.Table][]*workload.ExtendedStats{}
		if snap != nil {
			for i := range snap.ExtendedStats {
				x := &snap.ExtendedStats[i]
				of[x.Table] = append(of[x.Table], x)
			}
		}
		return of
	})
	return m
}

// table finds the table that an index is on.
func (m *Model) table(ix Index) *workload.Table {
	if m.snap == nil {
		return nil
	}
	return m.snap.Table(ix.Schema, ix.Table)
}

// whyNoTable says what is missing where a table is not in the snapshot.
const whyNoTable = "the table is not in the data: export pg_class and pg_stats, and add the schema (pg_dump -s)"
