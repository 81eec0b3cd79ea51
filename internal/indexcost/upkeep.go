package indexcost

import (
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/workload"
)

// BlocksPerDay is what the upkeep of an index that does not exist reads and
// writes a day: a page read for each entry that goes to a random place of an
// index too large for the cache, the pages written between checkpoints, and the
// log.
func (m *Model) BlocksPerDay(t *workload.Table, def workload.IndexDef) opt.Float {
	w := m.WriteCost(t, def)
	wal, ok1 := w.WALBytesPerDay.Get()
	entries, ok2 := w.EntriesPerDay.Get()
	if !ok1 || !ok2 {
		return opt.Float{}
	}
	blocks := wal / BlockSize
	if interval, known := m.checkpointSeconds().Get(); known {
		blocks += w.PagesDirtiedPerCheckpoint.Or(0) * secondsADay / interval
	}
	size, sizeKnown := m.SizeBytes(t, def).Get()
	cache, cacheKnown := m.snap.SettingBytes("shared_buffers").Get()
	if w.Pattern == patternRandom && sizeKnown && cacheKnown && size > cache {
		blocks += entries
	}
	return opt.Of(blocks)
}
