package indexcost

import (
	"fmt"
	"math"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/workload"
)

// Bounds for per-day figures, and for kinds of statements that do not count.
const (
	secondsADay = 86400
	shortWindow = 3600
	fewWrites   = 1000
	strayKind   = 0.05 // of the writes: below it a kind of statement does not decide the average
)

// weigh fills in an index's cost over the table's observed writes: the cost per entry,
// weighted by the table's counters. The notes name what could not be computed.
func (m *Model) weigh(w *WriteCost, t *workload.Table, own entryCost, loss hotLoss, existing *workload.Index) (notes []string) {
	inserted, insKnown := t.Inserted.Get()
	updated, updKnown := t.Updated.Get()
	deleted, delKnown := t.Deleted.Get()
	insert, costKnown := own.insert.Get()
	lost, lossKnown := loss.share.Get()
	if !insKnown || !updKnown || !delKnown || !costKnown || !lossKnown ||
		!countable(inserted) || !countable(updated) || !countable(deleted) {
		return nil
	}
	if inserted+updated+deleted == 0 {
		// Nothing a day, if it is known that there was a day.
		w.WALBytesPerDay = opt.Map(m.snap.TablePerDay(t, (*workload.Table).Writes), func(float64) float64 { return 0 })
		return nil
	}
	update := own.update.Or(0)
	before := 0.0 // HOT share without the index
	if updated > 0 {
		before = selectivity.Share(t.HotUpdated.Or(0) / updated)
	}
	if existing != nil {
		before = selectivity.Share(before + lost)
	}
	each := update
	if lost > 0 {
		others, why := m.updateOthers(t, existing)
		if why != "" {
			return []string{why}
		}
		each += others
		if before > allHOT {
			each += deadLine
		}
		w.WALBytesPerLostHOT, w.IndexesPerLostHOT = opt.Of(each), len(t.Indexes)
		if existing == nil {
			w.IndexesPerLostHOT++
		}
	}
	written := updated*(1-before) + updated*lost // updates that write into this index
	extra := inserted*insert + updated*(1-before)*update + updated*lost*each

	base, why := m.baseOf(t, inserted, updated, deleted)
	switch {
	case why != "":
		notes = append(notes, why)
	case existing == nil:
		w.Amplification = opt.Of(1 + extra/base)
	case base > extra:
		w.Amplification = opt.Of(base / (base - extra))
	}
	seconds, note := m.window(t)
	if note != "" {
		return append(notes, note)
	}
	perDay := secondsADay / seconds
	w.EntriesPerDay = opt.Map(own.entries, func(entries float64) float64 { return entries * (inserted + written) * perDay })
	if g := own.growth; own.grown && g.fill > 0 {
		w.GrowthBytesPerDay = opt.Of(inserted * perDay * own.entries.Or(0) * g.perEntry / g.fill)
	}
	c, note := m.checkpoint(own, inserted/seconds, written/seconds)
	w.PagesDirtiedPerCheckpoint, w.FullPageBytesPerDay = c.pages, c.imagesPerDay
	w.WALBytesPerDay = opt.Of(extra*perDay + c.imagesPerDay.Or(0))
	if note != "" {
		notes = append(notes, note)
	}
	if seconds < shortWindow || inserted+updated+deleted < fewWrites {
		notes = append(notes, "the write rate is uncertain: it is based on less than an hour or fewer than 1,000 writes")
	}
	return notes
}

// updateOthers is the WAL of a table's other indexes per update that is no longer HOT:
// it writes into each of them.
func (m *Model) updateOthers(t *workload.Table, existing *workload.Index) (bytes float64, why string) {
	for _, i := range t.Indexes {
		if i == existing {
			continue
		}
		update, known := m.entryCostOf(t, i.Def).update.Get()
		if !known {
			return 0, fmt.Sprintf("write amplification is unknown: the cost of index %s per update is not in the data", i.Name)
		}
		bytes += update
	}
	return bytes, ""
}

// baseOf is the WAL of the table's writes as they are: bytes per row by kind of
// statement, weighted by the table's counters, which include evicted statements.
func (m *Model) baseOf(t *workload.Table, inserted, updated, deleted float64) (bytes float64, why string) {
	w := m.writesOf(t)
	all := inserted + updated + deleted
	for _, kind := range []struct {
		name string
		rows float64
		seen volume
	}{{"INSERT", inserted, w.inserted}, {"UPDATE", updated, w.updated}, {"DELETE", deleted, w.deleted}} {
		switch {
		case kind.seen.rows > 0:
			bytes += kind.rows * kind.seen.walBytes / kind.seen.rows
		case kind.rows > strayKind*all:
			return 0, fmt.Sprintf("write amplification is unknown: the WAL of the %s statements on the table is not in the data (export pg_stat_statements with wal_bytes)", kind.name)
		}
	}
	if !(bytes > 0) {
		return 0, "write amplification is unknown: the WAL of the writes to the table is not in the data (export pg_stat_statements with wal_bytes)"
	}
	return bytes, ""
}

// recordBytes is the WAL of a statement without full page images.
func recordBytes(st *workload.Statement) opt.Float {
	return opt.Map(st.WALBytes, func(bytes float64) float64 {
		return math.Max(bytes-imageAverage*st.WALFpi.Or(0)+commitRecord*st.Calls.Or(0), 0)
	})
}

// window is the time in seconds that the table's counters cover at the present rate:
// since the reset or, with two snapshots, by the rate between them.
func (m *Model) window(t *workload.Table) (seconds float64, note string) {
	rate, known := m.snap.TablePerDay(t, (*workload.Table).Writes).Get()
	if !known {
		return 0, "no figures per day: the last statistics reset is unknown or less than an hour ago (export now() and stats_reset of pg_stat_database)"
	}
	return t.Writes().Or(0) / rate * secondsADay, ""
}

// checkpoint is an index's writes between two checkpoints.
type checkpoint struct {
	pages        opt.Float // dirtied for the first time since the last one
	imagesPerDay opt.Float // bytes: each such page is logged in full
}

// checkpoint computes that from rates in rows per second.
func (m *Model) checkpoint(own entryCost, inserts, updates float64) (c checkpoint, note string) {
	const notCounted = "full page images are not counted: "
	off := m.snap.Settings["full_page_writes"].Value == "off"
	if off {
		c.imagesPerDay = opt.Of(0.0)
	}
	interval, known := m.checkpointSeconds().Get()
	switch {
	case !known && off, !own.grown && off:
		return c, ""
	case !known:
		return c, notCounted + "checkpoint_timeout is not in the data (export pg_settings)"
	case !own.grown:
		return c, notCounted + "the pages that receive the entries of this index are unknown"
	}
	pages, bytes := 0.0, 0.0
	for g := &own.growth; g != nil; g = g.rest {
		entries := own.entries.Or(0) * g.share * interval
		more, written := g.touchedBy(inserts*entries, updates*entries)
		pages, bytes = pages+more, bytes+written
	}
	c.pages = opt.Of(pages)
	if !off {
		c.imagesPerDay = opt.Of(bytes * secondsADay / interval)
	}
	return c, ""
}

// touchedBy is the number of pages that new entries reach, and the bytes of their
// images: inserts go where the pattern says, updates anywhere.
func (g growth) touchedBy(inserts, updates float64) (pages, bytes float64) {
	const image = pageUse*leafRoom + imageOverhead
	leaves, points := g.leaves*fullLeaf/pageUse, g.points
	if points >= g.leaves {
		points = leaves
	}
	switch {
	case inserts > 0 && g.pattern == patternAppend:
		pages, bytes = 1, firstImage
	case inserts > 0:
		pages = touched(points, inserts)
		bytes = pages * image
	}
	if updates > 0 {
		more := touched(leaves, updates)
		pages, bytes = pages+more, bytes+more*image
	}
	return pages, bytes
}

// touched is how many of so many pages n random entries reach.
func touched(pages, n float64) float64 {
	return pages*-math.Expm1(-n/pages) + 1
}

// checkpointSeconds is the time between two checkpoints: checkpoint_timeout, or less if
// the statements write max_wal_size faster.
func (m *Model) checkpointSeconds() opt.Float {
	timeout := m.snap.SettingSeconds("checkpoint_timeout")
	limit, known := m.snap.SettingBytes("max_wal_size").Get()
	reset, resetKnown := m.snap.StatementsReset.Get()
	exported, exportedKnown := m.snap.ExportedAt.Get()
	if !known || !resetKnown || !exportedKnown {
		return timeout
	}
	total := 0.0
	for _, st := range m.snap.Statements {
		total += st.WALBytes.Or(0)
	}
	seconds := exported.Sub(reset).Seconds()
	if !(total > 0) || !(seconds > 0) {
		return timeout
	}
	target := m.snap.SettingNumber("checkpoint_completion_target").Or(0.9)
	full := limit / (1 + target) / (total / seconds)
	return opt.Map(timeout, func(s float64) float64 { return math.Min(s, math.Max(full, 1)) })
}

// BlocksPerDay is the blocks that the upkeep of a hypothetical index reads and writes
// per day: one read for each entry at a random place of an index larger than
// shared_buffers, the pages written between checkpoints, and the WAL.
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
