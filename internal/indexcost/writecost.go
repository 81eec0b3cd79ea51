package indexcost

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/workload"
)

const (
	maxNotes    = 3
	basisViews  = "pg_stat_user_tables"
	basisNone   = "none"
	noSplitNote = "page splits are not counted: the number of distinct values is not in the data (pg_stats)"
)

// entryCost is the WAL of one index per entry.
type entryCost struct {
	entries        opt.Float // per inserted row, of all rows
	insert, update opt.Float // bytes per row, of all rows
	growth         growth
	grown          bool // growth is known
	notes          []string
}

// WriteCost is the write cost of an index that does not exist.
func (m *Model) WriteCost(t *workload.Table, def workload.IndexDef) WriteCost {
	return m.costOn(t, def, nil)
}

// IndexCost is the write cost of an existing index; its HOT share is of the updates
// that would be HOT without it.
func (m *Model) IndexCost(i *workload.Index) WriteCost {
	return m.costOn(i.Table, i.Def, i)
}

func (m *Model) costOn(t *workload.Table, def workload.IndexDef, existing *workload.Index) WriteCost {
	if t == nil || m.snap == nil {
		return WriteCost{Basis: basisNone, Notes: []string{whyNoTable}}
	}
	own := m.entryCostOf(t, def)
	loss := m.hotLossOf(t, def, existing)
	w := WriteCost{
		EntriesPerInsert:        own.entries,
		WALBytesPerInsert:       own.insert,
		WALBytesPerNonHOTUpdate: own.update,
		HOTUpdatesLostShare:     loss.share,
		Basis:                   basisNone,
		Notes:                   append(own.notes, loss.notes...),
	}
	if own.grown {
		w.Pattern = own.growth.String()
	}
	if t.Inserted.Known() || t.Updated.Known() {
		w.Basis = basisViews
	}
	w.Notes = append(w.Notes, m.weigh(&w, t, own, loss, existing)...)
	if len(w.Notes) > maxNotes {
		w.Notes = w.Notes[:maxNotes]
	}
	return w
}

// entryCostOf is the index's own WAL, by access method.
func (m *Model) entryCostOf(t *workload.Table, def workload.IndexDef) entryCost {
	switch def.Method {
	case "gin":
		return m.ginCost(t, def)
	case "brin":
		return entryCost{entries: opt.Of(0.0), insert: opt.Of(0.0), update: opt.Of(0.0),
			notes: []string{"the cost of widening a BRIN page range summary is not supported"}}
	case "hash":
		return covered(coverageOf(t, def.Where), hashInsert+hashSplits, hashInsert+hashDead, "")
	case "gist":
		return m.gistCost(t, def)
	case "btree", "":
		return m.btreeCost(t, def)
	}
	return entryCost{notes: []string{fmt.Sprintf("the write cost of a %s index is not supported", def.Method)}}
}

func (m *Model) btreeCost(t *workload.Table, def workload.IndexDef) entryCost {
	e, why := m.entryOf(t, def)
	if why != "" {
		return entryCost{notes: []string{why}}
	}
	c := coverageOf(t, def.Where)
	rows := t.RowCount().Or(0)
	e = c.within(e, rows)
	rows *= c.share.Or(1)
	size := tupleBytes(e.all())
	g, known := e.growthOf(def, rows, steady)
	insert := (EntryRecord + size + g.splitBytes) * walPages
	update := (EntryRecord + (1+updateSplits)*size + deadEntry) * walPages
	note := ""
	switch {
	case size > btreeMaxItem:
		note = fmt.Sprintf("an entry of about %s is longer than the B-tree limit (2,704 B): writes would fail", figures.Bytes(size))
	case !known:
		note = noSplitNote
	case e.estimate:
		note = "the width of the index expression is an estimate"
	}
	own := covered(c, insert, update, note)
	own.growth, own.grown = g, known
	return own
}

// gistCost supports the types whose entries' size the data tells: ranges, and points,
// which are stored as boxes.
func (m *Model) gistCost(t *workload.Table, def workload.IndexDef) entryCost {
	if len(def.Keys) != 1 {
		return entryCost{notes: []string{"the write cost of a GiST index on several columns is not supported"}}
	}
	c := t.Column(def.Keys[0].Column)
	if c == nil || c.Type == "" {
		return entryCost{notes: []string{"the type of the indexed column is not in the data: add the schema (pg_dump -s)"}}
	}
	var size float64
	switch c.Type {
	case "int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange":
		e, why := m.entryOf(t, def)
		if why != "" {
			return entryCost{notes: []string{why}}
		}
		size = tupleBytes(e.keys)
	case "point", "box":
		size = tupleHeader + 32
	default:
		return entryCost{notes: []string{fmt.Sprintf("the size of a GiST entry of type %s is unknown", c.Type)}}
	}
	insert := (gistRecord + size + gistSplits*(size+linePointer)) * walPages
	return covered(coverageOf(t, def.Where), insert, insert+deadEntry, "")
}

// covered weights the cost of an entry by the share of rows that have one. If that
// share is unknown, the cost of a row in the predicate goes into a note.
func covered(c coverage, insert, update float64, note string) entryCost {
	var own entryCost
	p, known := c.share.Get()
	if known {
		own.entries, own.insert, own.update = opt.Of(p), opt.Of(p*insert), opt.Of(p*update)
	} else {
		own.notes = append(own.notes, fmt.Sprintf("%s of WAL per inserted row that matches the predicate", figures.Bytes(insert)))
	}
	for _, n := range []string{c.note, note} {
		if n != "" {
			own.notes = append(own.notes, n)
		}
	}
	return own
}

// WriteCost is what an index costs on writes. The terms are the report's.
type WriteCost struct {
	EntriesPerInsert          opt.Float // index entries an inserted row adds
	WALBytesPerInsert         opt.Float // steady state, full page images excluded
	WALBytesPerNonHOTUpdate   opt.Float // with vacuum's share for the dead entry
	HOTUpdatesLostShare       opt.Float // share of all updates of the table
	WALBytesPerLostHOT        opt.Float // an update that stops being HOT, over all indexes that it then writes into
	IndexesPerLostHOT         int       // their number
	Amplification             opt.Float
	WALBytesPerDay            opt.Float
	FullPageBytesPerDay       opt.Float // of it, full page images
	EntriesPerDay             opt.Float // of inserts, and of updates that are not HOT
	GrowthBytesPerDay         opt.Float // of the index, by inserts
	PagesDirtiedPerCheckpoint opt.Float // of the index, between two checkpoints
	Pattern                   string    // "append", "random", "duplicates", ...; empty if unknown
	Basis                     string    // "pg_stat_user_tables" or "none"
	Notes                     []string  // why a figure is absent, or only a bound
}
