package workload

import (
	"cmp"
	"time"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// Files to which a script wrote a view again and again, with the time of each reading.
// The first and the last are two snapshots; those between them are counted.

// polledViews are the views of counters. Sessions and locks in such a file are samples.
var polledViews = map[View]bool{ViewStatements: true, ViewTables: true, ViewIndexes: true}

// pollTimes are the columns in which scripts write the time of a reading.
var pollTimes = []string{"exported_at", "now", "ts", "timestamp", "collected_at", "captured_at", "sampled_at", "sample_time", "snapshot_time",
	"polled_at", "observed_at", "clock_timestamp", "current_timestamp"}

// oneReading is the longest time between the rows of one reading.
const oneReading = time.Second

// poll is one reading of the view.
type poll struct {
	at      time.Time
	snap    *Snapshot
	entries hashes // see record
}

// polls are the first and the last reading, by time.
type polls struct {
	first, last *poll
	times       map[int64]bool // of all readings, in seconds
	columns     []bound        // with a time of a reading
}

// reading returns the reading that a row belongs to: a new one, or nil if it is neither
// the first nor the last.
func (p *polls) reading(at time.Time, begin func() *Snapshot) *poll {
	p.times[at.Unix()] = true
	for _, had := range [...]*poll{p.last, p.first} {
		if had != nil && at.Sub(had.at).Abs() < oneReading {
			return had
		}
	}
	switch {
	case p.last == nil:
		p.last = &poll{at: at, snap: begin()}
		p.first = p.last
		return p.last
	case at.After(p.last.at):
		p.last = &poll{at: at, snap: begin()}
		return p.last
	case at.Before(p.first.at):
		p.first = &poll{at: at, snap: begin()}
		return p.first
	}
	return nil
}

// take reads a row into the reading that it belongs to.
func (p *polls) take(of *view, r *record, begin func() *Snapshot) (polled bool) {
	at, ok := r.timeIn(p.columns).Get()
	if !ok {
		return false
	}
	one := p.reading(at, begin)
	if one == nil {
		return true
	}
	r.entries = one.entries
	of.row(one.snap, r)
	one.entries = r.entries
	one.snap.exported(opt.Some(at))
	return true
}

// isEmpty reports whether nothing was read into a snapshot.
func (s *Snapshot) isEmpty() bool {
	return len(s.Tables) == 0 && len(s.Statements) == 0 && !s.ExportedAt.Known()
}

// Counters are those of the tables, indexes and statements of several snapshots: of each the
// first figure.
type Counters map[counter]Float

type counter struct {
	in, of string // schema and table or index; database and statement
	which  int
}

// Contradicts adds the counters of one more snapshot and reports whether it has other figures
// than those before.
func (c Counters) Contradicts(s *Snapshot) (contradicts bool) {
	take := func(in, of string, figures ...Float) {
		for which, f := range figures {
			if !f.Known() {
				continue
			}
			key := counter{in, of, which}
			if first, known := c[key]; !known {
				c[key] = f
			} else if first != f {
				contradicts = true
			}
		}
	}
	for _, t := range s.Tables {
		take(t.Schema, t.Name, t.SeqScan, t.Live, t.Dead, t.Inserted, t.Updated, t.HeapRead, t.HeapHit, t.SizeBytes, t.TotalBytes)
		for _, ix := range t.Indexes {
			take(t.Schema, t.Name+"."+ix.Name, ix.Scans, ix.SizeBytes)
		}
	}
	calls := map[counter]float64{} // of a text, which a result may show once for each of its ids
	for _, st := range s.Statements {
		if n, known := st.Calls.Get(); known {
			calls[counter{in: st.Database, of: cmp.Or(st.Query.Raw(), st.QueryID)}] += n
		}
	}
	for of, n := range calls {
		take(of.in, of.of, opt.Of(n))
	}
	return contradicts
}
