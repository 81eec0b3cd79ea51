package workload

import (
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

// Window is the time in days that rates are of, and what says so.
func (s *Snapshot) Window() (days float64, basis string, ok bool) {
	basis = BasisReset
	if s.earlier != nil {
		basis = BasisTwo
	}
	d, ok := s.StatsAge()
	return inDays(d), basis, ok
}

// TablePerDay is how much one of a table's counters grows in a day; absent
// where the time it was counted over is not known, or too short.
func (s *Snapshot) TablePerDay(t *Table, counter func(*Table) Float) Float {
	d, ok := s.StatsAge()
	return perDay(counter(t), d, ok && d >= s.shortest())
}

// StatementPerDay is how much one of a statement's counters grows in a day.
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
func (s *Snapshot) counted(st *Statement, counter func(*Statement) Float) (n Float, over time.Duration, ok bool) {
	over, ok = s.StatementsAge()
	if s.earlier == nil && st.StatsSince.Known() {
		over, ok = age(st.StatsSince, s.ExportedAt)
	}
	return counter(st), over, ok && over >= s.shortest()
}

func (s *Snapshot) shortest() time.Duration {
	if s.earlier != nil {
		return shortestBetween
	}
	return shortestSinceReset
}

// StatsAge is the time over which the counters of tables, indexes and the
// database ran: since the earlier snapshot, or since their reset.
func (s *Snapshot) StatsAge() (time.Duration, bool) {
	if s.earlier != nil {
		return age(s.earlier.ExportedAt, s.ExportedAt)
	}
	return s.ResetAge()
}

// ResetAge is the time since the reset of the counters of tables and indexes,
// over which those of SinceReset ran.
func (s *Snapshot) ResetAge() (time.Duration, bool) { return age(s.StatsReset, s.ExportedAt) }

// StatementsAge is the time over which the counters of statements ran: since
// the earlier snapshot, or since their own reset, where that is known, else
// since the database's.
func (s *Snapshot) StatementsAge() (time.Duration, bool) {
	if s.earlier == nil && s.StatementsReset.Known() {
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

func perDay(grown Float, over time.Duration, ok bool) Float {
	if !ok || grown.Or(0) < 0 {
		return Float{}
	}
	return opt.Map(grown, func(v float64) float64 { return v / inDays(over) })
}
