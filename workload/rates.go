package workload

import (
	"fmt"
	"time"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// Shortest windows that a figure a day is drawn from: of counters since their
// reset an hour, since what a server does first is no measure; between two
// snapshots a minute.
const (
	shortestSinceReset = time.Hour
	shortestBetween    = time.Minute
)

// fewCalls is how many calls of a statement make a rate where they were counted
// for less than a day; a single one makes none.
const fewCalls = 10

// Basis of a window, as the report names it.
const (
	BasisReset = "stats_reset"
	BasisTwo   = "two snapshots"
)

// Since makes an earlier snapshot of the same database what rates are counted
// from. Where a reset, a crash or a failover lies between the two they cannot
// be compared: that is said, and rates stay those since the reset.
func (s *Snapshot) Since(earlier *Snapshot) (note string) {
	from, ok1 := earlier.ExportedAt.Get()
	to, ok2 := s.ExportedAt.Get()
	switch {
	case !ok1 || !ok2 || !to.After(from):
		return "two snapshots, of which it is not known when they were taken: rates are not of the time between them"
	case s.Database != "" && earlier.Database != "" && s.Database != earlier.Database:
		return fmt.Sprintf("the two snapshots are of different databases (%s and %s)", earlier.Database, s.Database)
	}
	if why := s.resetSince(earlier, from); why != "" {
		return why + " between the two snapshots: rates are not of the time between them"
	}
	s.earlier = earlier
	return ""
}

// resetSince says what happened to the counters after a time.
func (s *Snapshot) resetSince(earlier *Snapshot, from time.Time) string {
	switch reset, ok := s.StatsReset.Get(); {
	case ok && reset.After(from):
		return "the counters were reset"
	case s.InRecovery.Known() && earlier.InRecovery.Known() && s.InRecovery.Or(false) != earlier.InRecovery.Or(false):
		return "a failover happened"
	}
	lower, compared := 0, 0
	for _, t := range s.Tables {
		was := earlier.tables[tableKey{t.Schema, t.Name}]
		if was == nil {
			continue
		}
		compared++
		for _, counter := range []func(*Table) Float{(*Table).Writes, func(t *Table) Float { return t.SeqScan }, func(t *Table) Float { return t.IdxScan }} {
			if difference(counter(t), counter(was)).Or(0) < 0 {
				lower++
				break
			}
		}
	}
	if lower > 0 && 2*lower >= compared {
		return "the counters went back (a reset, a crash or a failover)"
	}
	return ""
}

// Earlier is the snapshot that rates are counted from; nil if there is none.
func (s *Snapshot) Earlier() *Snapshot { return s.earlier }

// Same is the statement of this snapshot that one of another snapshot is; nil
// if there is none.
func (s *Snapshot) Same(st *Statement) *Statement { return s.byKey[st.key()] }

// Window is the time in days that rates are of, and what says so.
func (s *Snapshot) Window() (days float64, basis string, ok bool) {
	if s.earlier != nil {
		d, ok := age(s.earlier.ExportedAt, s.ExportedAt)
		return inDays(d), BasisTwo, ok
	}
	d, ok := s.StatsAge()
	return inDays(d), BasisReset, ok
}

// TablePerDay is how much one of a table's counters grows in a day; absent
// where the time it was counted over is not known, or too short.
func (s *Snapshot) TablePerDay(t *Table, counter func(*Table) Float) Float {
	if s.earlier == nil {
		d, ok := s.StatsAge()
		return perDay(counter(t), d, ok && d >= shortestSinceReset)
	}
	d, ok := age(s.earlier.ExportedAt, s.ExportedAt)
	grown := counter(t)
	if was := s.earlier.tables[tableKey{t.Schema, t.Name}]; was != nil {
		grown = difference(grown, counter(was))
	}
	return perDay(grown, d, ok && d >= shortestBetween)
}

// StatementPerDay is how much one of a statement's counters grows in a day.
// Where it went back, the statement was evicted in between and nothing is
// known.
func (s *Snapshot) StatementPerDay(st *Statement, counter func(*Statement) Float) Float {
	grown, over, ok := s.counted(st, counter)
	return perDay(grown, over, ok)
}

// CallsPerDay is how often a statement runs; absent where it was called too
// rarely to tell.
func (s *Snapshot) CallsPerDay(st *Statement) Float {
	calls, over, ok := s.counted(st, func(st *Statement) Float { return st.Calls })
	n := calls.Or(0)
	return perDay(calls, over, ok && (n == 0 || n >= fewCalls || n > 1 && over >= 24*time.Hour))
}

// counted is what a statement's counter counted, and in which time; ok is false
// where that is not known, or too short.
func (s *Snapshot) counted(st *Statement, counter func(*Statement) Float) (grown Float, over time.Duration, ok bool) {
	grown = counter(st)
	if s.earlier != nil {
		over, ok = age(s.earlier.ExportedAt, s.ExportedAt)
		if was := s.earlier.byKey[st.key()]; was != nil {
			grown = difference(grown, counter(was))
		}
		return grown, over, ok && over >= shortestBetween
	}
	over, ok = age(st.StatsSince, s.ExportedAt)
	if !ok {
		over, ok = s.StatementsAge()
	}
	return grown, over, ok && over >= shortestSinceReset
}

// StatsAge is the time over which the tables' and indexes' counters ran.
func (s *Snapshot) StatsAge() (time.Duration, bool) { return age(s.StatsReset, s.ExportedAt) }

// StatementsAge is the time over which pg_stat_statements counted; its own
// reset, where that is known, else the database's.
func (s *Snapshot) StatementsAge() (time.Duration, bool) {
	if s.StatementsReset.Known() {
		return age(s.StatementsReset, s.ExportedAt)
	}
	return s.StatsAge()
}

func age(from, to Time) (time.Duration, bool) {
	a, ok1 := from.Get()
	b, ok2 := to.Get()
	if !ok1 || !ok2 || !b.After(a) {
		return 0, false
	}
	return b.Sub(a), true
}

func inDays(d time.Duration) float64 { return d.Hours() / 24 }

func difference(now, was Float) Float {
	return opt.Both(now, was, func(a, b float64) float64 { return a - b })
}

func perDay(grown Float, over time.Duration, ok bool) Float {
	if !ok || grown.Or(0) < 0 {
		return Float{}
	}
	return opt.Map(grown, func(v float64) float64 { return v / inDays(over) })
}
