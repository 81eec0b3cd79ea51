package workload

import (
	"time"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// The shortest windows for figures per day: an hour for counters since their
// reset, because a server's first minutes are not typical, and a minute between
// two snapshots.
const (
	shortestSinceReset = time.Hour
	shortestBetween    = time.Minute
)

// fewCalls is the number of calls that make a rate if they were counted for less
// than a day.
const fewCalls = 10

// The basis of a window, as the report names it.
const (
	BasisReset = "stats_reset"
	BasisTwo   = "two snapshots"
)

// Window returns the time in days that rates cover, and its basis.
func (s *Snapshot) Window() (days float64, basis string, ok bool) {
	basis = BasisReset
	if s.earlier != nil {
		basis = BasisTwo
	}
	d, ok := s.StatsAge()
	return inDays(d), basis, ok
}

// TablePerDay returns how much one of a table's counters grows per day; absent
// if the time it was counted over is unknown or too short.
func (s *Snapshot) TablePerDay(t *Table, counter func(*Table) Float) Float {
	d, ok := s.StatsAge()
	return perDay(counter(t), d, ok && d >= s.shortest())
}

// StatementPerDay returns how much one of a statement's counters grows per day.
func (s *Snapshot) StatementPerDay(st *Statement, counter func(*Statement) Float) Float {
	grown, over, ok := s.counted(st, counter)
	return perDay(grown, over, ok)
}

// CallsPerDay returns the calls of a statement per day; absent if it was called
// too rarely.
func (s *Snapshot) CallsPerDay(st *Statement) Float {
	calls, over, ok := s.counted(st, func(st *Statement) Float { return st.Calls })
	n := calls.Or(0)
	return perDay(calls, over, ok && (n == 0 || n >= fewCalls || n > 1 && over >= 24*time.Hour))
}

// counted returns how much a statement's counter grew and in which time; ok is
// false if the time is unknown or too short.
func (s *Snapshot) counted(st *Statement, counter func(*Statement) Float) (n Float, over time.Duration, ok bool) {
	over, ok = s.StatementsAge()
	if s.earlier == nil && st.StatsSince().Known() {
		over, ok = age(st.StatsSince(), s.ExportedAt)
	}
	return counter(st), over, ok && over >= s.shortest()
}

func (s *Snapshot) shortest() time.Duration {
	if s.earlier != nil {
		return shortestBetween
	}
	return shortestSinceReset
}

// StatsAge returns the time that the counters of tables, indexes and the
// database cover: since the earlier snapshot, or since their reset.
func (s *Snapshot) StatsAge() (time.Duration, bool) {
	if s.earlier != nil {
		return age(s.earlier.ExportedAt, s.ExportedAt)
	}
	return s.ResetAge()
}

// ResetAge returns the time since the reset of the counters of tables and
// indexes, which those of SinceReset cover.
func (s *Snapshot) ResetAge() (time.Duration, bool) { return age(s.StatsReset, s.ExportedAt) }

// StatementsAge returns the time that the counters of statements cover: since
// the earlier snapshot, or since their own reset, or else since that of the
// database.
func (s *Snapshot) StatementsAge() (time.Duration, bool) {
	if s.Logged() {
		return s.Log.age()
	}
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
