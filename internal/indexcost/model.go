// Package indexcost is a model of what an index takes: its size when just built, the
// WAL of the entries that writes add to it, and the HOT updates that it prevents.
//
// A figure rests on exported statistics and on structures of the server's source, or
// on constants that were measured on a server (storage.go). Where the data for it is
// missing the figure is absent, and a note names the export that would give it.
package indexcost

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

	attributes sync.Map // of knownAttribute, by their *workload.Column or *workload.ColumnStats
}

// New prepares a model of a snapshot; with nil every figure is absent.
func New(snap *workload.Snapshot) *Model {
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

// Extended are the statistics on several columns of a table.
func (m *Model) Extended(t *workload.Table) []*workload.ExtendedStats { return m.extended()[t] }

// whyNoTable says what is missing where a table is not in the snapshot.
const whyNoTable = "the table is not in the data: export pg_class and pg_stats, and add the schema (pg_dump -s)"
