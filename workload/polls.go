package workload

import (
	"slices"
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

// Contradicts reports whether two snapshots have different counters of one table, index or
// statement.
func (s *Snapshot) Contradicts(o *Snapshot) bool {
	differ := func(pairs ...[2]Float) bool {
		return slices.ContainsFunc(pairs, func(p [2]Float) bool {
			a, b, known := opt.Two(p[0], p[1])
			return known && a != b
		})
	}
	for _, t := range s.Tables {
		other := o.Table(t.Schema, t.Name)
		if other == nil {
			continue
		}
		if differ([2]Float{t.SeqScan, other.SeqScan}, [2]Float{t.Live, other.Live}, [2]Float{t.Dead, other.Dead}, [2]Float{t.Inserted, other.Inserted}, [2]Float{t.Updated, other.Updated},
			[2]Float{t.HeapRead, other.HeapRead}, [2]Float{t.HeapHit, other.HeapHit}, [2]Float{t.SizeBytes, other.SizeBytes}, [2]Float{t.TotalBytes, other.TotalBytes}) {
			return true
		}
		for _, ix := range t.Indexes {
			if same := other.Index(ix.Name); same != nil && differ([2]Float{ix.Scans, same.Scans}, [2]Float{ix.SizeBytes, same.SizeBytes}) {
				return true
			}
		}
	}
	calls := map[string]Float{}
	for _, st := range o.Statements {
		calls[st.Database+st.Query.Raw()] = st.Calls
	}
	return slices.ContainsFunc(s.Statements, func(st *Statement) bool { return differ([2]Float{st.Calls, calls[st.Database+st.Query.Raw()]}) })
}
