package workload

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// Since replaces the counters of a snapshot by their growth since an earlier
// snapshot of the same database. SinceReset still returns the former counters.
// If the two cannot be compared (after a reset, a crash or a failover, with
// another database, or if the earlier one has no statements), the note says why
// and the counters stay.
func (s *Snapshot) Since(earlier *Snapshot) (note string) {
	from, ok1 := earlier.ExportedAt.Get()
	to, ok2 := s.ExportedAt.Get()
	switch {
	case !ok1 || !ok2 || !to.After(from):
		return "two exports, but when they were taken is not known: all figures are since the statistics reset, not of the time between the exports"
	case s.Database != "" && earlier.Database != "" && s.Database != earlier.Database:
		return fmt.Sprintf("the two exports are of different databases (%s and %s)", earlier.Database, s.Database)
	}
	for _, v := range []View{ViewStatements, ViewTables, ViewIndexes} {
		if earlier.IsCut(v) {
			return fmt.Sprintf("the earlier export lacks rows of %s: all figures are since the statistics reset, not of the time between the exports", v)
		}
	}
	if s.Has(ViewStatements) && !earlier.Has(ViewStatements) {
		return "the earlier export has no pg_stat_statements: all figures are since the statistics reset, not of the time between the exports"
	}
	if why := s.resetSince(earlier, from); why != "" {
		return why + " between the two exports: all figures are since the statistics reset, not of the time between the exports"
	}
	s.earlier = earlier
	for _, st := range s.Statements {
		if st.rare().row == "" {
			st.since(earlier, from)
		}
	}
	s.sinceOfHidden(earlier)
	for _, t := range s.Tables {
		t.since(earlier.tables[tableKey{t.Schema, t.Name}])
	}
	for name, now := range s.DatabaseStats {
		if !databaseStates[name] {
			s.DatabaseStats[name] = difference(now, earlier.DatabaseStats[name])
		}
	}
	s.Deallocated = difference(s.Deallocated, earlier.Deallocated)
	return ""
}

// resetSince returns what happened to the counters after a time.
func (s *Snapshot) resetSince(earlier *Snapshot, from time.Time) string {
	switch reset, ok := s.StatsReset.Get(); {
	case ok && reset.After(from):
		return "statistics were reset"
	case s.InRecovery.Known() && earlier.InRecovery.Known() && s.InRecovery.Or(false) != earlier.InRecovery.Or(false):
		return "a failover happened"
	}
	if reset, ok := s.StatementsReset.Get(); ok && reset.After(from) {
		return "pg_stat_statements was reset"
	}
	lower, compared := 0, 0
	for _, st := range s.Statements {
		if was := earlier.Same(st); was != nil {
			compared++
			if st.beganAnew(was) {
				lower++
			}
		}
	}
	if 2*lower > compared {
		return "pg_stat_statements was reset (its counters went back)"
	}
	lower, compared = 0, 0
	for _, t := range s.Tables {
		was := earlier.tables[tableKey{t.Schema, t.Name}]
		if was == nil {
			continue
		}
		compared++
		if wentBack(t.counters(), was.counters()) {
			lower++
		}
	}
	if lower > 0 && 2*lower >= compared {
		return "the counters went back (a reset, a crash or a failover)"
	}
	return ""
}

// Earlier returns the snapshot that the counters are counted from; nil if they
// are counted since their reset.
func (s *Snapshot) Earlier() *Snapshot { return s.earlier }

// SinceReset returns the statement with its counters since their reset.
func (st *Statement) SinceReset() *Statement {
	if st.whole != nil {
		return st.whole
	}
	return st
}

// SinceReset returns the table with its counters since their reset.
func (t *Table) SinceReset() *Table {
	if t.whole != nil {
		return t.whole
	}
	return t
}

// SinceReset returns the index with its counters since their reset.
func (ix *Index) SinceReset() *Index {
	if ix.whole != nil {
		return ix.whole
	}
	return ix
}

// since subtracts an earlier reading of the statement. An entry that is new, or
// was evicted in between, counted only after it. Deviations and extremes have no
// difference.
func (st *Statement) since(earlier *Snapshot, from time.Time) {
	whole := *st
	st.whole = &whole
	was, told := earlier.same(st)
	began, dated := st.StatsSince().Get()
	switch {
	case was != nil && !(dated && began.After(from)) && !st.beganAnew(was):
		subtract(st.counters(), was.counters())
		st.MinMs, st.MaxMs, st.StddevMs = Float{}, Float{}, Float{}
		st.setMean()
	case was == nil && (!told || dated && !began.After(from)):
		st.forget() // it counted before that time, and the export does not tell how much
	}
}

// sinceOfHidden sums the statements of a database whose text is hidden into the
// first one and clears the others, because the rows of two exports cannot be
// matched.
func (s *Snapshot) sinceOfHidden(earlier *Snapshot) {
	for i, first := range s.Statements {
		if first.rare().row == "" || first.whole != nil {
			continue
		}
		hidden := func(st *Statement) bool { return st.rare().row != "" && sameDatabase(st.Database, first.Database) }
		sums := first.counters()
		for _, st := range s.Statements[i:] {
			if hidden(st) {
				whole := *st
				st.whole = &whole
			}
		}
		for _, st := range s.Statements[i+1:] {
			if !hidden(st) {
				continue
			}
			for j, c := range st.counters() {
				*sums[j], *c = opt.Sum(*sums[j], *c), opt.Map(*c, func(float64) float64 { return 0 })
			}
			st.MeanMs, st.MinMs, st.MaxMs, st.StddevMs = Float{}, Float{}, Float{}, Float{}
		}
		for _, was := range earlier.Statements {
			if !hidden(was) {
				continue
			}
			for j, c := range was.counters() {
				*sums[j] = difference(*sums[j], *c)
			}
		}
		first.MinMs, first.MaxMs, first.StddevMs = Float{}, Float{}, Float{}
		if evicted := first.Calls.Or(0) < 0 || first.TotalMs.Or(0) < 0; evicted {
			first.forget()
			continue
		}
		first.setMean()
	}
}

// setMean computes the mean from the sum.
func (st *Statement) setMean() {
	st.MeanMs = Float{}
	if calls := st.Calls.Or(0); calls > 0 {
		st.MeanMs = opt.Map(st.TotalMs, func(ms float64) float64 { return ms / calls })
	}
}

// forget clears all counters of the statement.
func (st *Statement) forget() {
	for _, c := range st.counters() {
		*c = Float{}
	}
	st.MeanMs, st.MinMs, st.MaxMs, st.StddevMs = Float{}, Float{}, Float{}, Float{}
}

// beganAnew reports whether a statement's entry was evicted or reset since an
// earlier reading. One of the exports may have rounded its times.
func (st *Statement) beganAnew(was *Statement) bool {
	const rounding = 1 // ms
	if st.Calls.Known() && st.Calls == was.Calls {
		return false
	}
	return difference(st.Calls, was.Calls).Or(0) < 0 || difference(st.TotalMs, was.TotalMs).Or(0) < -rounding
}

// since subtracts an earlier reading of the table and its indexes. Counters that
// decreased were reset in between. A table that the earlier reading lacks may be
// new or was left out, so nothing is known of it. An index that it lacks is new
// if it lists others.
func (t *Table) since(was *Table) {
	whole := *t
	t.whole = &whole
	if was == nil {
		was = new(Table)
	}
	if !wentBack(t.counters(), was.counters()) {
		subtract(t.counters(), was.counters())
	}
	listed := false
	for _, ix := range was.Indexes {
		listed = listed || ix.Scans.Known()
	}
	for _, ix := range t.Indexes {
		whole := *ix
		ix.whole = &whole
		before := was.Index(ix.Name)
		if before == nil && listed {
			continue
		}
		if before == nil {
			before = new(Index)
		}
		if !wentBack(ix.counters(), before.counters()) {
			subtract(ix.counters(), before.counters())
		}
	}
}

// counters returns the figures that only grow.
func (st *Statement) counters() []*Float {
	return []*Float{
		&st.Calls, &st.Plans, &st.TotalMs, &st.PlanTotalMs, &st.Rows,
		&st.SharedHit, &st.SharedRead, &st.SharedDirtied, &st.SharedWritten, &st.TempRead, &st.TempWritten,
		&st.ReadMs, &st.WriteMs, &st.JITMs, &st.WALRecords, &st.WALFpi, &st.WALBytes,
	}
}

func (t *Table) counters() []*Float {
	return []*Float{
		&t.SeqScan, &t.SeqTupRead, &t.IdxScan, &t.IdxTupFetch,
		&t.Inserted, &t.Updated, &t.Deleted, &t.HotUpdated, &t.NewpageUpdated,
		&t.HeapRead, &t.HeapHit, &t.IdxRead, &t.IdxHit, &t.ToastRead, &t.ToastHit,
	}
}

func (ix *Index) counters() []*Float {
	return []*Float{&ix.Scans, &ix.TupRead, &ix.TupFetch, &ix.BlksRead, &ix.BlksHit}
}

// databaseStates are the figures of pg_stat_database that are not counters.
var databaseStates = map[string]bool{"datfrozenxid_age": true, "datminmxid_age": true}

func wentBack(now, was []*Float) bool {
	for i := range now {
		if difference(*now[i], *was[i]).Or(0) < 0 {
			return true
		}
	}
	return false
}

func subtract(now, was []*Float) {
	for i := range now {
		*now[i] = opt.Map(difference(*now[i], *was[i]), func(grown float64) float64 { return math.Max(grown, 0) })
	}
}

func difference(now, was Float) Float {
	return opt.Both(now, was, func(a, b float64) float64 { return a - b })
}

// Same returns the statement of this snapshot that is the same as one of another
// snapshot; nil if there is none or it is ambiguous.
func (s *Snapshot) Same(st *Statement) *Statement {
	same, _ := s.same(st)
	return same
}

// same finds a statement of another snapshot by what both know of it: an export
// can lack ids or name no database. It reports whether the answer is certain.
func (s *Snapshot) same(st *Statement) (same *Statement, told bool) {
	if same := s.byKey.get(st.key()); same != nil {
		return same, true
	}
	if s.byText == nil {
		s.byText = map[string][]*Statement{}
		for _, o := range s.Statements {
			s.byText[o.Query.Raw()] = append(s.byText[o.Query.Raw()], o)
		}
	}
	for _, o := range s.byText[st.Query.Raw()] {
		switch {
		case o.TopLevel != st.TopLevel || !sameOrUnknown(o.QueryID, st.QueryID) || !sameDatabase(o.Database, st.Database):
		case same != nil:
			return nil, false
		default:
			same = o
		}
	}
	return same, true
}

func sameOrUnknown(a, b string) bool { return a == b || a == "" || b == "" }

// sameDatabase reports whether two names can be of one database: one export can
// have its name, another one its number.
func sameDatabase(a, b string) bool {
	_, notNumber1 := strconv.ParseUint(a, 10, 32)
	_, notNumber2 := strconv.ParseUint(b, 10, 32)
	return sameOrUnknown(a, b) || (notNumber1 == nil) != (notNumber2 == nil)
}
