package workload

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rows"
)

// View is a statistics view or catalog whose rows an export holds, under the
// name that the report gives it.
type View string

// The views that are read. ViewSchema stands for a schema dump, whose reader
// marks it as read.
const (
	ViewStatements     View = "pg_stat_statements"
	ViewStatementsInfo View = "pg_stat_statements_info"
	ViewTables         View = "pg_stat_user_tables"
	ViewIndexes        View = "pg_stat_user_indexes"
	ViewIOTables       View = "pg_statio_user_tables"
	ViewIOIndexes      View = "pg_statio_user_indexes"
	ViewStats          View = "pg_stats"
	ViewIndex          View = "pg_index"
	ViewClass          View = "pg_class"
	ViewSize           View = "pg_relation_size"
	ViewConstraint     View = "pg_constraint"
	ViewDatabase       View = "pg_stat_database"
	ViewSettings       View = "pg_settings"
	ViewActivity       View = "pg_stat_activity"
	ViewLocks          View = "pg_locks"
	ViewReplication    View = "pg_stat_replication"
	ViewStatsExt       View = "pg_stats_ext"
	ViewSequences      View = "pg_sequences"
	ViewPrepared       View = "pg_prepared_xacts"
	ViewSchema         View = "schema"
)

// reader is how the rows of one view fill a Snapshot.
type reader struct {
	view View
	// marks are columns that tell the view from the others; each may have
	// synonyms, separated by blanks. All must be there.
	marks []string
	row   func(s *Snapshot, r *record)
}

// readers, the most particular first: a view is known by its columns.
var readers = []reader{
	statementsReader,
	statementsInfoReader,
	extendedStatsReader,
	statsReader,
	ioTablesReader,
	ioIndexesReader,
	tablesReader,
	indexesReader,
	indexReader,
	constraintReader,
	classReader,
	sizeReader,
	sequencesReader,
	replicationReader,
	preparedReader,
	blockingReader,
	activityReader,
	locksReader,
	databaseReader,
	settingsReader,
}

// readerOf tells a view by its columns.
func readerOf(columns []string) *reader {
	have := map[string]bool{}
	for _, c := range columns {
		have[c] = true
	}
	for i := range readers {
		if hasAll(have, readers[i].marks) {
			return &readers[i]
		}
	}
	return nil
}

func hasAll(have map[string]bool, marks []string) bool {
	for _, m := range marks {
		any := false
		for _, name := range strings.Fields(m) {
			any = any || have[name]
		}
		if !any {
			return false
		}
	}
	return true
}

// Sniff reports whether the bytes begin rows of a view that is read here.
func Sniff(head []byte) bool { return readerOf(rows.Columns(head)) != nil }

// Reading is what came of reading one export.
type Reading struct {
	View     View
	Format   string // "csv", "aligned", "expanded", "json"
	Rows     int
	Warnings []*SyntaxError // rows and values that could not be read
	More     int            // warnings beyond those
	Lost     int            // rows that could not be read, or were cut off: the view is not whole
	LostBy   error          // why the first of them was
}

// maxWarnings is how many warnings of a file are kept. formRows are how many rows
// tell how a file writes its numbers.
const maxWarnings, formRows = 100, 500

// Read reads the rows of one view, which it tells by their columns. Rows that
// could not be read are among the warnings; an error means that nothing was.
func (s *Snapshot) Read(name string, r io.Reader) (Reading, error) {
	in, err := rows.Open(name, r)
	if err != nil {
		return Reading{}, err
	}
	how := readerOf(in.Columns())
	if how == nil {
		return Reading{}, unknownView(name, in.Columns())
	}
	rec := &record{name: name, Reading: Reading{View: how.view, Format: in.Format()}}
	s.list(how.view, in.Columns())
	take := func(row rows.Row) {
		rec.Row = row
		how.row(s, rec)
		rec.Rows++
	}
	// How the file writes numbers is told by its first rows.
	var first []rows.Row
	begin := func() {
		for _, row := range first {
			for value := range row.Values {
				rec.marks.proves(value)
			}
		}
		for _, row := range first {
			take(row)
		}
		first = nil
	}
	for begun := false; ; {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		var bad *SyntaxError
		if errors.As(err, &bad) {
			rec.warn(bad)
			continue
		}
		if err != nil {
			return rec.Reading, err
		}
		if row.Damaged {
			rec.warn(&SyntaxError{Name: name, Line: row.Line, Want: "UTF-8"})
		}
		if !begun {
			if first = append(first, row.Clone()); len(first) == formRows {
				begin()
				begun = true
			}
			continue
		}
		take(row)
	}
	begin()
	slices.SortStableFunc(rec.Warnings, func(a, b *SyntaxError) int { return cmp.Compare(a.Line, b.Line) })
	if column, lost := rec.lostMost(how.marks); lost > 0 {
		return rec.Reading, &SyntaxError{Name: name, Line: 1, Want: "numbers in column " + column, Err: fmt.Errorf("%d of %d rows have no readable number", lost, rec.Rows)}
	}
	if rec.Rows == 0 && len(rec.Warnings) > 0 {
		return rec.Reading, rec.Warnings[0]
	}
	s.mark(how.view)
	if rec.Lost, rec.LostBy = in.Lost(); rec.Lost > 0 {
		s.Cut(how.view)
	}
	return rec.Reading, nil
}

// unknownView says what a relation lacks to be the view that it is nearest to.
func unknownView(name string, columns []string) error {
	have := map[string]bool{}
	for _, c := range columns {
		have[c] = true
	}
	for _, r := range readers {
		var missing []string
		for _, m := range r.marks {
			if !hasAll(have, []string{m}) {
				missing = append(missing, strings.Join(shortest(strings.Fields(m), 4), " or "))
			}
		}
		if len(missing) == 1 && len(r.marks) > 2 {
			return &SyntaxError{Name: name, Line: 1, Want: "the columns of " + string(r.view), Err: errors.New(missing[0] + " is missing")}
		}
	}
	return &SyntaxError{Name: name, Line: 1, Want: "the columns of a statistics view (pg_stat_statements, pg_stat_user_tables, ...)",
		Got: strings.Join(shortest(columns, 6), ", ")}
}

func shortest(list []string, n int) []string {
	if len(list) > n {
		return append(list[:n:n], "...")
	}
	return list
}

// Mark records that a source of the given kind was read into the snapshot by
// a reader outside of this package.
func (s *Snapshot) Mark(v View) { s.mark(v) }

func (s *Snapshot) mark(v View) {
	if s.views == nil {
		s.views = map[View]bool{}
	}
	s.views[v] = true
}

// Has reports whether a view was read, and whole: what the rows of one that was
// cut off say is known, and of what they do not name nothing is.
func (s *Snapshot) Has(v View) bool { return s.views[v] && !s.cut[v] }

// Cut notes that rows of a view are missing. Where the view lists the indexes of
// tables, those that it does not name may be there all the same.
func (s *Snapshot) Cut(v View) {
	if s.cut == nil {
		s.cut = map[View]bool{}
	}
	s.cut[v] = true
}

// CutViews are the views of which rows are missing.
func (s *Snapshot) CutViews() []View { return slices.Sorted(maps.Keys(s.cut)) }

// IsCut reports whether rows of a view are missing.
func (s *Snapshot) IsCut(v View) bool { return s.cut[v] }

// record is a row with typed access. Each getter takes a column's names,
// current and former ones, and gives nothing if none is there; a value that
// does not read as what it should be is a warning, and absent.
type record struct {
	rows.Row
	Reading
	name  string
	marks marks
	lost  map[string]int // rows in which a column's number could not be read
}

// lostMost gives a main column of the view whose numbers could not be read in
// more than half of the rows: without it the file was not read.
func (r *record) lostMost(marks []string) (column string, lost int) {
	for _, m := range marks {
		for _, name := range strings.Fields(m) {
			if n := r.lost[name]; 2*n > r.Rows {
				return name, n
			}
		}
	}
	return "", 0
}

func (r *record) warn(e *SyntaxError) {
	if len(r.Warnings) < maxWarnings {
		r.Warnings = append(r.Warnings, e)
		return
	}
	r.More++
}

func (r *record) text(names ...string) string {
	for _, n := range names {
		if v, ok := r.Get(n); ok {
			return v
		}
	}
	return ""
}

func (r *record) bad(column, want string) {
	r.warn(&SyntaxError{Name: r.name, Line: r.Line, Want: want + " in column " + column})
}

// number is a figure; absent where the row has none, or none that can be read.
func (r *record) number(names ...string) Float {
	f, _ := r.figure(names...)
	return f
}

// figure is number, and whether there was a value that could not be read.
func (r *record) figure(names ...string) (f Float, unreadable bool) {
	for _, n := range names {
		v, ok := r.Get(n)
		if v = strings.TrimSpace(v); !ok || v == "" || v == "-" || v == "∅" {
			continue
		}
		if f, ok := r.marks.number(n, v); ok {
			return opt.Of(f), false
		}
		if r.lost == nil {
			r.lost = map[string]int{}
		}
		r.lost[n]++
		r.bad(n, "a number")
		return Float{}, true
	}
	return Float{}, false
}

func (r *record) boolean(names ...string) opt.Value[bool] {
	for _, n := range names {
		v, ok := r.Get(n)
		if !ok {
			continue
		}
		switch strings.ToLower(v) {
		case "t", "true", "on", "yes", "1":
			return opt.Of(true)
		case "f", "false", "off", "no", "0":
			return opt.Of(false)
		}
		r.bad(n, "true or false")
		return opt.Value[bool]{}
	}
	return opt.Value[bool]{}
}

// timeLayouts are those of psql with DateStyle ISO, and of JSON.
var timeLayouts = []string{
	"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999-07:00", "2006-01-02 15:04:05.999999999-07",
	time.RFC3339Nano, "2006-01-02 15:04:05.999999999",
}

func (r *record) time(names ...string) Time {
	for _, n := range names {
		v, ok := r.Get(n)
		if !ok {
			continue
		}
		for _, layout := range timeLayouts {
			if t, err := time.Parse(layout, v); err == nil {
				return opt.Of(t)
			}
		}
		r.bad(n, "a time such as 2026-01-31 03:12:09+00")
		return Time{}
	}
	return Time{}
}

// options reads reloptions: {fillfactor=90,autovacuum_enabled=false}.
func (r *record) options(name string) map[string]string {
	v, ok := r.Get(name)
	if !ok {
		return nil
	}
	list, ok := array(v)
	if !ok {
		r.bad(name, "an array")
		return nil
	}
	out := map[string]string{}
	for _, o := range list {
		if k, value, ok := strings.Cut(o, "="); ok {
			out[k] = value
		}
	}
	return out
}

// set fills a figure unless the row does not hold it: two exports of one view
// with different columns complete each other.
func set[T any](to *opt.Value[T], v opt.Value[T]) {
	if v.Known() {
		*to = v
	}
}

// exported takes note of the time at which a view was exported.
func (s *Snapshot) exported(at Time) {
	set(&s.ExportedAt, at)
	s.spanned(at)
}

// spanned widens the time over which the views were exported.
func (s *Snapshot) spanned(at Time) {
	t, ok := at.Get()
	if !ok {
		return
	}
	if !s.ExportedFrom.Known() || t.Before(s.ExportedFrom.Or(t)) {
		s.ExportedFrom = at
	}
	if !s.ExportedTo.Known() || t.After(s.ExportedTo.Or(t)) {
		s.ExportedTo = at
	}
}
