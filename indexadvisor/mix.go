package indexadvisor

import (
	"fmt"
	"math"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/workload"
)

// When figures of a day are called short, and a kind of statement stray.
const (
	secondsADay = 86400
	shortWindow = 3600
	fewWrites   = 1000
	strayKind   = 0.05 // of the writes: a kind of statement below it does not decide the mix
)

// writeMix is an index's cost over the observed mix of writes to its table.
type writeMix struct {
	amplification, perDay Float
	notes                 []string
}

// mixOf weighs the cost of an entry by the table's counters.
func (m *Model) mixOf(t *workload.Table, own entryCost, loss hotLoss, existing *workload.Index) writeMix {
	inserted, insKnown := t.Inserted.Get()
	updated, updKnown := t.Updated.Get()
	deleted, delKnown := t.Deleted.Get()
	insert, costKnown := own.insert.Get()
	lost, lossKnown := loss.share.Get()
	if !insKnown || !updKnown || !delKnown || !costKnown || !lossKnown ||
		!countable(inserted) || !countable(updated) || !countable(deleted) {
		return writeMix{}
	}
	if inserted+updated+deleted == 0 {
		// Nothing a day, if it is known that there was a day.
		return writeMix{perDay: opt.Map(m.snap.TablePerDay(t, (*workload.Table).Writes), func(float64) float64 { return 0 })}
	}
	update := own.update.Or(0)
	before := 0.0 // HOT share without the index
	if updated > 0 {
		before = share(t.HotUpdated.Or(0) / updated)
	}
	if existing != nil {
		before = share(before + lost)
	}
	// An update that stops being HOT writes into every index of the table.
	each := update
	if lost > 0 {
		for _, i := range t.Indexes {
			if i == existing {
				continue
			}
			other, known := m.entryCostOf(t, i.Def).update.Get()
			if !known {
				return writeMix{notes: []string{fmt.Sprintf("amplification is unknown: what index %s costs an update is not in the data", i.Name)}}
			}
			each += other
		}
		if before > allHOT {
			each += deadLine
		}
	}
	nonHOT := updated * (1 - before)
	extra := inserted*insert + nonHOT*update + updated*lost*each

	var mix writeMix
	base, why := m.baseOf(t, inserted, updated, deleted)
	switch {
	case why != "":
		mix.notes = append(mix.notes, why)
	case existing == nil:
		mix.amplification = opt.Of(1 + extra/base)
	case base > extra:
		mix.amplification = opt.Of(base / (base - extra))
	}
	seconds, note := m.window(t)
	if note != "" {
		mix.notes = append(mix.notes, note)
		return mix
	}
	images, note := m.images(own, inserted/seconds, (nonHOT+updated*lost)/seconds)
	mix.perDay = opt.Of(extra/seconds*secondsADay + images)
	if note != "" {
		mix.notes = append(mix.notes, note)
	}
	if seconds < shortWindow || inserted+updated+deleted < fewWrites {
		mix.notes = append(mix.notes, "short window: the write rate is of less than an hour or of fewer than 1,000 writes")
	}
	return mix
}

// baseOf is the WAL of the table's writes as they are: bytes a row by kind of
// statement, weighed by the table's counters, which miss no evicted statement.
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
			return 0, fmt.Sprintf("amplification is unknown: the WAL of the table's %s statements is not in the data (export pg_stat_statements with wal_bytes)", kind.name)
		}
	}
	if !(bytes > 0) {
		return 0, "amplification is unknown: the WAL of the table's writes is not in the data (export pg_stat_statements with wal_bytes)"
	}
	return bytes, ""
}

// recordBytes is what a statement wrote, full page images left out.
func recordBytes(st *workload.Statement) Float {
	return opt.Map(st.WALBytes, func(bytes float64) float64 {
		return math.Max(bytes-imageAverage*st.WALFpi.Or(0)+commitRecord*st.Calls.Or(0), 0)
	})
}

// window is the time in seconds in which the table's writes would come to what
// its counters hold, at the rate at which they come: the time since the reset,
// or, of two snapshots, what the rate between them makes of it.
func (m *Model) window(t *workload.Table) (seconds float64, note string) {
	rate, known := m.snap.TablePerDay(t, (*workload.Table).Writes).Get()
	if !known {
		return 0, "no figure a day: since when the counters count is not in the data, or less than an hour (export now() and stats_reset of pg_stat_database)"
	}
	return t.Writes().Or(0) / rate * secondsADay, ""
}

// images is the full page images a day: every page touched for the first time
// since a checkpoint is logged whole. Rates are rows a second.
func (m *Model) images(own entryCost, inserts, updates float64) (bytes float64, note string) {
	const notCounted = "full page images are not counted: "
	if v, known := m.snap.Settings["full_page_writes"]; known && v.Value == "off" {
		return 0, ""
	}
	interval, known := m.checkpointSeconds().Get()
	switch {
	case !known:
		return 0, notCounted + "checkpoint_timeout is not in the data (export pg_settings)"
	case !own.grown:
		return 0, notCounted + "which pages this index's entries go to is not known"
	}
	g := own.growth
	p := own.entries.Or(0)
	used := freshUse
	if g.pattern == patternRandom {
		used = randomUse
	}
	image := used*leafRoom + imageOverhead
	once := 0.0
	if n := inserts * p * interval; n > 0 {
		if g.pattern == patternAppend {
			once += firstImage
		} else {
			once += touched(g.points, n) * image
		}
	}
	if n := updates * p * interval; n > 0 {
		once += touched(g.leaves, n) * image
	}
	return once * secondsADay / interval, ""
}

// touched is how many of so many pages n random entries reach.
func touched(pages, n float64) float64 {
	return pages*-math.Expm1(-n/pages) + 1
}

// checkpointSeconds is the time between two checkpoints: by the clock, or
// sooner where the statements write max_wal_size faster.
func (m *Model) checkpointSeconds() Float {
	timeout := m.snap.SettingNumber("checkpoint_timeout")
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
