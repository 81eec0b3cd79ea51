package workload

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rows"
)

// View is a statistics view or catalog in an export, by the name that reports
// use. The file that reads a view declares it.
type View string

// ViewSchema stands for a schema dump, which another package reads and marks.
const ViewSchema View = "schema"

// view is all that the reader, the export script and the list of missing data
// have to know of a view. To add one, add its value to views.
type view struct {
	name View
	use  string // what it shows, in a phrase; empty: its absence is not reported
	// columns identify the view, and all of them must be there. Synonyms of a
	// column are separated by blanks.
	columns []string
	// few identify it as well if no view has all of its columns there: what people
	// select by hand.
	few []string
	// also are the names that reports give to the columns.
	also aliases
	// query exports the view; empty if the script does not. {values} stands for
	// the columns that hold user data, which are exported only on request.
	query  string
	values []columnsSince
	alone  bool // it has no other columns
	// own are columns of a view of tables or indexes that only the query selects,
	// and nobody by hand: with them, no table or index was left out on purpose.
	own []string
	row func(s *Snapshot, r *record)
	// unlike says why rows with these columns are not the view after all, by the first of
	// them; empty if they are.
	unlike func(r *record, first []rows.Row) string
	// lends tells that row copies what it keeps of textIn.
	lends bool
}

// columnsSince are columns that exist since a major version.
type columnsSince struct {
	major int
	list  string
}

// views are in the order of their export. The first one whose columns are all
// there is read, so the more specific one is before the other.
var views = []view{
	databaseView,
	databaseAgesView,
	oldestDatabaseView,
	settingsView,
	settingsListView,
	versionView,
	statementsView,
	statementsInfoView,
	ioTablesView,
	spaceView,
	tablesView,
	ioIndexesView,
	indexesView,
	indexView,
	constraintView,
	classView,
	sizeView,
	indexNamesView,
	relationSizesView,
	indexSizesView,
	tableSizesView,
	partSizesView,
	totalSizesView,
	rowCountsView,
	optionsView,
	sequencesView,
	extendedStatsView,
	blockingView,
	activityView,
	sessionsView,
	waitCountsView,
	stateCountsView,
	stateColumnsView,
	connectionsUsedView,
	locksView,
	lockersView,
	sessionLocksView,
	preparedView,
	replicationView,
	standbyView,
	slotsView,
	poolsView,
	archiverView,
	checkpointsView,
	walView,
	conflictsView,
	ioView,
	vacuumProgressView,
	buildProgressView,
	extensionView,
	statsView,
	clockView,
}

// Views returns the views that the script exports, in their order.
func Views() []View {
	var list []View
	for _, v := range views {
		if v.query != "" && !slices.Contains(list, v.name) {
			list = append(list, v.name)
		}
	}
	return list
}

// Use says in a phrase what the view shows: "sequence usage". It is empty for
// views that a report can do without.
func (v View) Use() string { return v.known().use }

// Query returns the SELECT that exports the view from a server of a major
// version, with or without the columns that hold user data. It is empty if the
// view is not exported.
func (v View) Query(major int, values bool) string {
	known, columns := v.known(), ""
	for _, c := range known.values {
		if values && c.major <= major {
			columns += c.list
		}
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(known.query, "{values}", columns)), " ")
}

// known returns what is known of a view. Other forms of it, which people export
// by hand, have no query.
func (v View) known() view {
	for _, known := range views {
		if known.name == v && known.query != "" {
			return known
		}
	}
	return view{}
}

// viewWith returns the view with these columns, or else of those that few of them
// identify the one that asks for most.
func viewWith(columns []string) *view {
	have := setOf(columns)
	if have.names["error_severity"] && have.names["message"] {
		return nil // entries of a server log, which have columns of sessions, too
	}
	if ofPatroni(columns) {
		return &membersView
	}
	if planOf(columns) != "" {
		return nil
	}
	var best *view
	for i := range views {
		v := &views[i]
		if v.columns != nil && hasAll(have, v.columns, nil) && !(v.alone && len(columns) > 1) {
			return v
		}
		if v.few != nil && hasAll(have, v.few, v.also) && !(v.alone && len(columns) > len(v.few)) && (best == nil || len(v.few) > len(best.few)) {
			best = v
		}
	}
	return best
}

// hasAll reports whether each of the marks has a column of its own.
func hasAll(have columnSet, marks []string, also aliases) bool {
	used := map[string]bool{}
	for _, m := range marks {
		any := false
		for _, name := range strings.Fields(m) {
			if other := also.of(name, have); other != "" {
				name = other
			}
			if have.names[name] && !used[name] {
				any, used[name] = true, true
				break
			}
		}
		if !any {
			return false
		}
	}
	return true
}

// Sniff reports whether the bytes begin rows of a known view.
func Sniff(head []byte) bool { return Knows(rows.Columns(head)) }

// Knows reports whether rows with these columns are of a known view.
func Knows(columns []string) bool { return viewWith(columns) != nil }

// Reading is the result of reading one file.
type Reading struct {
	View     View
	Format   string // "csv", "aligned", "expanded", "json"
	Rows     int
	Warnings []*SyntaxError // rows and values that could not be read
	More     int            // number of further warnings
	Lost     int            // rows that could not be read or were cut off
	LostBy   error          // the error of the first one

	Columns  []string
	Readings int       // how often the file holds the view, by the times of its rows
	Earlier  *Snapshot // the first of several; the last one was read into the snapshot
}

// maxWarnings is the number of warnings that are kept for a file. formRows is
// the number of rows that decide how a file prints numbers.
const maxWarnings, formRows = 100, 500

// Read reads the rows of one view, which their columns identify. The warnings
// report rows that could not be read; an error means that nothing was.
func (s *Snapshot) Read(name string, r io.Reader) (Reading, error) {
	in, err := rows.Open(name, r)
	if err != nil {
		return Reading{}, err
	}
	of := viewWith(in.Columns())
	if of == nil {
		return Reading{}, unknownView(name, in.Columns())
	}
	rec := &record{name: name, columns: in.Columns(), asked: map[string]bool{}, named: of.also.in(setOf(in.Columns())), Reading: Reading{Columns: in.Columns(), View: of.name, Format: in.Format()}}
	if of.lends {
		in.Lend()
	}
	s.list(of, in.Columns())
	s.SayVersion(versionBy(of.name, in.Columns()))
	polled := polls{times: map[int64]bool{}}
	begin := func() *Snapshot { // of a reading; the first one is s itself
		if polled.last == nil {
			return s
		}
		next := new(Snapshot)
		next.list(of, in.Columns())
		return next
	}
	mayBePolled := polledViews[of.name] && s.isEmpty()
	take := func(row rows.Row) {
		if rec.Row = row; mayBePolled && rec.Rows == 0 {
			polled.columns = rec.bind(pollTimes...)
		}
		if !mayBePolled || !polled.take(of, rec, begin) {
			of.row(s, rec)
		}
		rec.Rows++
	}
	// The first rows decide how the file prints numbers.
	var first []rows.Row
	start := func() error {
		rec.nameFirst(of, first)
		rec.nameScans(of, first)
		rec.nameSessions(of, first)
		rec.textWidth = cutAt(rec, first)
		if of.unlike != nil {
			if why := of.unlike(rec, first); why != "" {
				return &SyntaxError{Name: name, Line: 1, Want: "the columns of " + string(of.name), Err: errors.New(why)}
			}
		}
		own := map[string]string{}
		for column, name := range rec.named {
			if counts[column] {
				own[name] = column
			}
		}
		for _, row := range first {
			for _, column := range in.Columns() {
				if value, ok := row.Get(column); ok {
					rec.marks.proves(cmp.Or(own[column], column), value)
				}
			}
		}
		for _, row := range first {
			take(row)
		}
		may, rest := unrecognized(rec.notAsked(of, first))
		if len(may) > 0 {
			rec.warn(&SyntaxError{Name: name, Err: fmt.Errorf("columns of %s that were not recognized: %s. Name them as the view does, or run: pgverdict export", of.name, strings.Join(shortest(may, 6), ", "))})
		}
		if len(rest) > 0 {
			hint := ""
			if (of.name == ViewTables || of.name == ViewClass || of.name == ViewSize) && slices.ContainsFunc(rest, func(c string) bool { return bareSize.MatchString(c) }) {
				hint = ". The size of a table can be with or without its indexes: name it table_size or total_size"
			}
			rec.warn(&SyntaxError{Name: name, Err: fmt.Errorf("columns of %s that no rule reads: %s%s", of.name, strings.Join(shortest(rest, 6), ", "), hint)})
		}
		first, rec.asked = nil, nil
		return nil
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
				if err := start(); err != nil {
					return rec.Reading, err
				}
				begun = true
			}
			continue
		}
		take(row)
	}
	if err := start(); err != nil {
		return rec.Reading, err
	}
	if other, list := beside(in.Columns()); list != nil {
		rec.warn(&SyntaxError{Name: name, Want: "the columns of one view", Err: fmt.Errorf("no rule reads %s of %s", strings.Join(shortest(list, 4), ", "), other)})
	}
	slices.SortStableFunc(rec.Warnings, func(a, b *SyntaxError) int { return cmp.Compare(a.Line, b.Line) })
	if column, lost := rec.lostMost(of.columns); lost > 0 {
		return rec.Reading, &SyntaxError{Name: name, Line: 1, Want: "numbers in column " + column, Err: fmt.Errorf("%d of %d rows have no readable number. Select the column itself, or run: pgverdict export", lost, rec.Rows)}
	}
	if rec.Rows == 0 && len(rec.Warnings) > 0 {
		return rec.Reading, rec.Warnings[0]
	}
	if rec.cut > 0 && rec.cut == rec.Rows {
		return rec.Reading, &SyntaxError{Name: name, Line: 1, Want: "whole names of tables and indexes", Err: errors.New("the display cut all of them off. Widen it, or run: pgverdict export")}
	}
	both := []*Snapshot{s}
	if rec.Readings = len(polled.times); polled.first != polled.last {
		earlier := *polled.first.snap
		*s, rec.Earlier = *polled.last.snap, &earlier
		both = append(both, rec.Earlier)
	}
	rec.Lost, rec.LostBy = in.Lost()
	for _, one := range both {
		one.mark(of.name)
		if rec.Lost > 0 {
			one.Cut(of.name)
		}
	}
	return rec.Reading, nil
}

// unknownView returns an error that names what is missing for the most similar
// view.
func unknownView(name string, columns []string) error {
	have := setOf(columns)
	if reason := cmp.Or(Ambiguous(columns), Recognize(columns)); reason != "" {
		return &SyntaxError{Name: name, Line: 1, Want: "the columns of a statistics view (pg_stat_statements, pg_stat_user_tables, ...)", Err: errors.New(reason)}
	}
	if column, what := lack(columns); column != "" && column != "query" {
		v := viewWith(append(columns[:len(columns):len(columns)], column))
		return &SyntaxError{Name: name, Line: 1, Want: "the columns of " + string(v.name), Err: fmt.Errorf("%s, %s, is missing. Select it as well, or run: pgverdict export", column, what)}
	}
	for _, r := range views {
		var missing []string
		for _, m := range r.columns {
			if !hasAll(have, []string{m}, nil) {
				missing = append(missing, strings.Join(shortest(strings.Fields(m), 4), " or "))
			}
		}
		if len(missing) == 1 && len(r.columns) > 2 {
			return &SyntaxError{Name: name, Line: 1, Want: "the columns of " + string(r.name), Err: errors.New(missing[0] + " is missing. Select it as well, or run: pgverdict export")}
		}
	}
	return &SyntaxError{Name: name, Line: 1, Want: "the columns of a statistics view (pg_stat_statements, pg_stat_user_tables, ...)", Err: errors.New(Unknown(columns))}
}

// keys are columns without which rows are of no known view, and what they tell.
var keys = [...][2]string{{"relname", "the table's name"}, {"indexrelname", "the index's name"}, {"pid", "the session's process"}, {"calls", "the number of executions"}, {"query", "the statement's text"}}

// lack returns the one column that rows with these columns lack to be of a known view.
func lack(columns []string) (column, what string) {
	if ofDatabase(columns) && !slices.Contains(columns, "datname") {
		return "datname", "the database's name"
	}
	if len(columns) == 1 && !ofViews()[columns[0]] && !(strings.HasPrefix(columns[0], "pg_") && strings.HasSuffix(columns[0], "_size") && Reads(columns[0])) {
		return "", "" // a number of anything
	}
	ofStatements := slices.Contains(columns, "calls")
	for _, key := range keys {
		if ofStatements && (key[0] == "relname" || key[0] == "indexrelname") {
			continue // neither tables nor indexes are called
		}
		if key[0] == "pid" && (ofStatements || !Familiar(append(columns[:len(columns):len(columns)], key[0]))) {
			continue // state and query can be of anything
		}
		if !slices.Contains(columns, key[0]) && viewWith(append(columns[:len(columns):len(columns)], key[0])) != nil {
			return key[0], key[1]
		}
	}
	return "", ""
}

// Lacks returns the column with the names of the tables or indexes, or with the process,
// that rows lack to be of a known view; empty if they lack none or more.
func Lacks(columns []string) string {
	if column, _ := lack(columns); column == "relname" || column == "indexrelname" || column == "pid" {
		return column
	}
	return ""
}

// Schemaless reports whether rows with these columns are of tables or indexes, whose schemas
// they do not name.
func Schemaless(columns []string) bool {
	v, have := viewWith(columns), setOf(columns)
	return v != nil && hasAll(have, []string{"relname"}, v.also) && !hasAll(have, []string{"schemaname nspname"}, v.also)
}

// Tableless reports whether rows with these columns are of indexes, whose tables they do not
// name.
func Tableless(columns []string) bool {
	v := viewWith(columns)
	return v != nil && !hasAll(setOf(columns), []string{"relname"}, v.also) && hasAll(setOf(columns), []string{"indexrelname"}, v.also)
}

// Lockless reports whether rows with these columns are of locks, and do not tell what is
// locked.
func Lockless(columns []string) bool {
	have := setOf(columns)
	return have.names["granted"] && !have.names["locktype"] && !hasAll(have, []string{"relname"}, locksView.also)
}

// Familiar reports whether two of the columns are of views of the server.
func Familiar(columns []string) bool {
	n := 0
	for _, c := range columns {
		if ofViews()[c] {
			n++
		}
	}
	return n > 1
}

// ofViews are the columns that identify views, by the views' own names.
var ofViews = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	add := func(list ...string) {
		for _, several := range list {
			for name := range strings.FieldsSeq(several) {
				names[name] = true
			}
		}
	}
	for _, v := range views {
		if v.query != "" {
			add(v.columns...)
			add(v.few...)
			add(slices.Collect(maps.Keys(v.also))...)
		}
	}
	for _, v := range otherViews {
		add(v.columns)
	}
	for _, common := range [...]string{"name", "setting", "query", "type", "bytes", "size", "count", "event", "encoding", "rows", "status"} {
		delete(names, common)
	}
	return names
})

// Same reports whether another name of the column with the names of tables or indexes
// stands for it in a query.
func Same(column, other string) bool {
	return slices.Contains(strings.Fields(map[string]string{"relname": tableNames, "indexrelname": indexNames}[column]), other)
}

// Reads reports whether some view has a column of that name which is read.
func Reads(column string) bool { return ofRead()[column] }

// Unknown says that rows with these columns are of no known view, and what to export.
func Unknown(columns []string) string {
	if reason := Ambiguous(columns); reason != "" {
		return reason
	}
	if slices.Contains(columns, "usesysid") && beginAs(ofClients, columns) {
		return "it is the beginning of rows of pg_stat_activity or pg_stat_replication, the rest of which was cut off. Paste them whole, or run: pgverdict export"
	}
	if column, what := lack(columns); column != "" {
		return column + ", " + what + ", is missing. Select it as well, or run: pgverdict export"
	}
	if strings.Join(columns, "") == "" {
		return "it is a table without the names of its columns. Paste them as well, or export the statistics: pgverdict export"
	}
	return "it is no known view: " + strings.Join(shortest(columns, 6), ", ") + ". " + insteadOf
}

// ofClients are the columns with which pg_stat_activity and pg_stat_replication begin.
var ofClients = strings.Fields("datid datname pid leader_pid usesysid usename application_name client_addr client_hostname client_port backend_start")

// beginAs reports whether all columns are some of a list, or beginnings of their names.
func beginAs(list, columns []string) bool {
	return !slices.ContainsFunc(columns, func(c string) bool {
		return !slices.ContainsFunc(list, func(of string) bool { return strings.HasPrefix(of, c) })
	})
}

func shortest(list []string, n int) []string {
	if len(list) > n {
		return append(list[:n:n], "...")
	}
	return list
}

// Mark records that another package read a source of the given kind into the
// snapshot.
func (s *Snapshot) Mark(v View) { s.mark(v) }

func (s *Snapshot) mark(v View) {
	if s.views == nil {
		s.views = map[View]bool{}
	}
	s.views[v] = true
}

// Has reports whether a view was read whole. Rows of a view that was cut off are
// known, but nothing follows from what it does not list.
func (s *Snapshot) Has(v View) bool { return s.views[v] && !s.cut[v] }

// Cut notes that rows of a view are missing.
func (s *Snapshot) Cut(v View) {
	if s.cut == nil {
		s.cut = map[View]bool{}
	}
	s.cut[v] = true
}

// CutViews returns the views with missing rows.
func (s *Snapshot) CutViews() []View { return slices.Sorted(maps.Keys(s.cut)) }

// IsCut reports whether rows of a view are missing.
func (s *Snapshot) IsCut(v View) bool { return s.cut[v] }

// record is a row with typed access. Each method takes the current and former
// names of a column. The value is absent if there is no such column; a value
// that cannot be read is absent, too, and reported by a warning.
type record struct {
	rows.Row
	Reading
	name    string
	columns []string
	named   map[string]string // the names of columns that have another one in the file
	marks   marks
	lost    map[string]int  // rows in which a column's number could not be read
	asked   map[string]bool // the columns that the view asked its first rows for
	refused int             // rows of which only the name was read
	cut     int             // those of them whose names were cut off

	entries hashes // of pg_stat_statements: rows that were read but the first one of each statement
	polled  bool   // the file holds the view several times
	rounded bool   // a rounded number was reported

	place struct { // of the session of the last row, without a process id
		row, line int
		is        string
	}
	remarks map[string]string // behind the names of tables
	places  map[string]string // of sessions without process ids, by what their rows show

	unit      float64           // of total_time, in ms: see totalUnit
	nameless  bool              // that a text stands for statements was reported
	textless  bool              // no row of pg_stat_statements tells the statement
	textWidth int               // at which the statements' texts were cut off; 0 if they were not
	statement *statementColumns // of pg_stat_statements
	when      struct {          // the last time that was read: an export repeats one
		text string
		at   Time
	}
}

// bound is a column of the file that has one of the names which a view asks for. A file
// of many rows is not asked for each name again in each of them.
type bound struct {
	name  string
	of    string // the name that the view gives it
	at    int
	whole bool    // see wholeColumn
	unit  float64 // see unitInName
}

// bind returns the columns of the file that have one of the names, in the order of the
// names.
func (r *record) bind(names ...string) []bound {
	var list []bound
	for _, of := range names {
		n := of
		if other := r.named[n]; other != "" {
			n = other
		}
		if at, ok := r.At(n); ok {
			r.asks(n)
			list = append(list, bound{n, of, at, wholeColumn(n), unitInName(n)})
		}
	}
	return list
}

// bareSize matches a column of sizes whose name does not tell what of.
var bareSize = regexp.MustCompile(`^size(?:_(?:bytes|kb|mb|gb|pretty))?$`)

// prettySize matches a size as the server prints it.
var prettySize = regexp.MustCompile(`^[*\x60]*[-−]?\d[\d.,]* ?(?:bytes|[kKMGT]i?B)[*\x60]*$`)

// scansInWords matches what a report says of the use of an index: NEVER (0 scans).
var scansInWords = regexp.MustCompile(`(?i)^[^\d]{0,40}?(\d[\d.,']*) (?:(?:index )?scans?|skan\pL*|сканирован\pL*|escaneos?|varreduras?)\)?$`)

// nameScans takes a column for the scans of an index whose values say so, if none is called
// so.
func (r *record) nameScans(of *view, list []rows.Row) {
	if of.name != ViewIndexes && of.name != ViewSize || r.has("idx_scan") || len(list) == 0 {
		return
	}
	for _, c := range r.columns {
		if !slices.ContainsFunc(list, func(row rows.Row) bool {
			v, ok := row.Get(c)
			return !ok || !scansInWords.MatchString(strings.Trim(v, "*`"))
		}) {
			if r.named == nil {
				r.named = map[string]string{}
			}
			r.named["idx_scan"] = c
			return
		}
	}
}

// nameFirst takes another column for the table's name if the one that was taken by what it
// is called holds sizes: relation, table, index.
func (r *record) nameFirst(of *view, list []rows.Row) {
	taken := r.named["relname"]
	sizes := func(column string) bool {
		return len(list) > 0 && !slices.ContainsFunc(list, func(row rows.Row) bool {
			v, _ := row.Get(column)
			return !prettySize.MatchString(v)
		})
	}
	if again := taken + rows.Again; taken != "" && !sizes(taken) && slices.Contains(r.columns, again) && sizes(again) && r.named["table_size"] == "" && !slices.Contains(r.columns, "table_size") {
		r.named["table_size"] = again // the table, and how large it is
	}
	if taken == "" || !sizes(taken) {
		return
	}
	for other := range strings.FieldsSeq(of.also["relname"]) {
		if other != taken && slices.Contains(r.columns, other) && !sizes(other) {
			r.named["relname"] = other
			if _, has := r.named["table_size"]; !has && of.also["table_size"] != "" && !slices.Contains(r.columns, "table_size") {
				r.named["table_size"] = taken
			}
			return
		}
	}
}

// asks notes that the view asks for a column.
func (r *record) asks(column string) {
	if r.asked != nil {
		r.asked[column] = true
	}
}

// asksAll notes that the view asks for columns of which one says it as well as the others.
func (r *record) asksAll(columns []string) {
	if r.asked == nil {
		return
	}
	for _, c := range columns {
		r.asked[c] = true
	}
}

// Get is Get of the row, of a column that the view asks for.
func (r *record) Get(column string) (value string, ok bool) {
	r.asks(column)
	return r.Row.Get(column)
}

// textIn, figureIn, timeIn and booleanIn are text, figure, time and boolean of bound
// columns. The text may be valid for this row only: see view.lends.
func (r *record) textIn(columns []bound) string {
	for i := range columns {
		if v, ok := r.Lent(columns[i].at); ok {
			return v
		}
	}
	return ""
}

func (r *record) figureIn(columns []bound) (f Float, unreadable bool) {
	for i := range columns {
		c := &columns[i]
		v, ok := r.Lent(c.at)
		if !ok {
			continue
		}
		if f, ok := wholeNumber(v); ok {
			return opt.Of(f * c.unit), false
		}
		if !c.whole && !r.marks.group['.'] && isPlain(v) {
			if f, ok := opt.Decimal(v); ok {
				return opt.Of(f * c.unit), false
			}
			if f, err := strconv.ParseFloat(v, 64); err == nil {
				return opt.Of(f * c.unit), false
			}
		}
		if f, unreadable, there := r.read(c.of, c.name, v); there {
			return f, unreadable
		}
	}
	return Float{}, false
}

func (r *record) timeIn(columns []bound) Time {
	for i := range columns {
		v, ok := r.Lent(columns[i].at)
		if ok && v == r.when.text && v != "" {
			return r.when.at
		}
		if ok && !noTime(v) {
			return r.readTime(columns[i].name, v)
		}
	}
	return Time{}
}

// lostMost returns a main column of the view whose numbers could not be read in
// more than half of the rows, which makes the file unusable.
func (r *record) lostMost(columns []string) (column string, lost int) {
	for _, c := range columns {
		for _, name := range strings.Fields(c) {
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
		if _, v, ok := r.get(n); ok {
			return v
		}
	}
	return ""
}

func (r *record) bad(column, want string) {
	r.warn(&SyntaxError{Name: r.name, Line: r.Line, Want: want + " in column " + column})
}

// number returns a figure; absent if the row has none or it cannot be read.
func (r *record) number(names ...string) Float {
	f, _ := r.figure(names...)
	return f
}

// figure returns a figure, and whether it could not be read.
func (r *record) figure(names ...string) (f Float, unreadable bool) {
	r.asksAll(names)
	for _, of := range names {
		n, v, ok := r.get(of)
		if !ok {
			continue
		}
		if f, unreadable, there := r.read(of, n, v); there {
			return f, unreadable
		}
	}
	return Float{}, false
}

// read reads a value of what a view calls of and the file column; there is false if it
// stands for none. What the view calls it tells which units its values may have.
func (r *record) read(of, column, v string) (f Float, unreadable, there bool) {
	if v = strings.TrimSpace(v); v == "" || v == "-" || v == "—" || v == "∅" || strings.EqualFold(v, "no stats") {
		return Float{}, false, false
	}
	v = undecorated(v)
	if m := scansInWords.FindStringSubmatch(v); m != nil && of == "idx_scan" {
		v = m[1]
	}
	exact := strings.TrimLeft(v, "~≈∼ ")
	about := exact != v
	v = exact
	if roundedAway.MatchString(v) {
		return Float{}, false, false
	}
	if f, ok := r.marks.number(column, v); ok {
		if !r.rounded && (about || wholeColumn(column) && !sizeColumn(column) && isRounded(v)) {
			r.rounded = true
			r.bad(column, "exact numbers instead of rounded ones")
		}
		return opt.Of(f), false, true
	}
	if unitInName(column) == 1 {
		if f, ok := r.marks.number(of, v); ok {
			return opt.Of(f), false, true
		}
	}
	if r.lost == nil {
		r.lost = map[string]int{}
	}
	r.lost[column]++
	want := "a number"
	if oneMark.MatchString(v) {
		want = "a number with one meaning (its mark before three digits can be of thousands or of decimals)"
	}
	r.bad(column, want)
	return Float{}, true, true
}

// oneMark matches a number that can be a thousand times larger.
var oneMark = regexp.MustCompile("^[*`+-]*\\d{1,3}[.,]\\d{3}(?:\\D*)$")

// roundedAway matches a size that is less than what its unit shows.
var roundedAway = regexp.MustCompile(`^0(?:[.,]0+)? ?[kKMGT]i?B$`)

func (r *record) boolean(names ...string) opt.Value[bool] {
	for _, n := range names {
		if n, v, ok := r.get(n); ok {
			return r.readBoolean(n, v)
		}
	}
	return opt.Value[bool]{}
}

func (r *record) booleanIn(columns []bound) opt.Value[bool] {
	for i := range columns {
		if v, ok := r.Lent(columns[i].at); ok {
			return r.readBoolean(columns[i].name, v)
		}
	}
	return opt.Value[bool]{}
}

func (r *record) readBoolean(column, v string) opt.Value[bool] {
	switch strings.ToLower(strings.Trim(v, "*`\ufe0f ")) {
	case "t", "true", "on", "yes", "y", "1", "✅", "✓", "✔", "☑", "sí", "sim", "oui", "ja", "да", "是":
		return opt.Some(true)
	case "f", "false", "off", "no", "n", "0", "❌", "✗", "✘", "✖", "não", "non", "nein", "нет", "否":
		return opt.Some(false)
	}
	r.bad(column, "true or false")
	return opt.Value[bool]{}
}

// timeLayouts are those of psql with DateStyle ISO, and of JSON.
var timeLayouts = []string{
	"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999-07:00", "2006-01-02 15:04:05.999999999-07",
	"2006-01-02 15:04:05.999999999 -07:00", "2006-01-02 15:04:05.999999999 -0700", // DataGrip, DBeaver
	time.RFC3339Nano, "2006-01-02 15:04:05.999999999 UTC", "2006-01-02 15:04:05.999999999 GMT", "2006-01-02 15:04:05.999999999", "2006-01-02",
	"2006-01-02 15:04", "2006-01-02 15:04 UTC", "2006-01-02 15:04 GMT", "2006-01-02 15:04Z07:00", "2006-01-02 15:04Z07",
	"Mon Jan 02 15:04:05.999999999 2006 MST", "Mon Jan 02 15:04:05.999999999 2006", // DateStyle Postgres
	"Mon Jan 02 2006 15:04:05 GMT-0700",                                                                     // JavaScript
	"02-Jan-06 15:04:05.999999999 -07:00", "02-Jan-06 15:04:05.999999999", "02-Jan-2006 15:04:05.999999999", // of EDB
}

func (r *record) time(names ...string) Time {
	for _, n := range names {
		if n, v, ok := r.get(n); ok && !noTime(v) {
			return r.readTime(n, v)
		}
	}
	return Time{}
}

func noTime(v string) bool { return v == "" || v == "-" || v == "—" || strings.EqualFold(v, "never") }

func (r *record) readTime(column, v string) Time {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, v); err == nil {
			r.when.text, r.when.at = strings.Clone(v), opt.Some(t)
			return r.when.at
		}
	}
	switch plain := strings.Trim(strings.TrimSpace(remark.ReplaceAllString(v, "")), "*`"); {
	case noTime(plain):
		return Time{}
	case plain != v:
		return r.readTime(column, plain)
	}
	r.bad(column, "a time such as 2026-01-31 03:12:09+00")
	return Time{}
}

// noOptions are what reports have in place of reloptions that nobody set.
var noOptions = map[string]bool{"": true, "-": true, "—": true, "–": true, "none": true, "default": true, "defaults": true, "null": true, "n/a": true}

// options parses reloptions: {fillfactor=90,autovacuum_enabled=false}.
func (r *record) options(name string) map[string]string {
	_, v, ok := r.get(name)
	if !ok {
		return nil
	}
	list, ok := array(v)
	said, _, _ := strings.Cut(v, " — ") // and what that means
	switch {
	case ok:
	case strings.Contains(v, "="): // without the braces
		list = strings.Split(v, ",")
	case noOptions[strings.ToLower(strings.Trim(said, "()*` "))]:
	default:
		r.bad(name, "an array")
		return nil
	}
	out := map[string]string{}
	for _, o := range list {
		if k, value, ok := strings.Cut(strings.Trim(o, " `"), "="); ok {
			out[strings.TrimSpace(k)] = strings.TrimSpace(value)
		}
	}
	return out
}

// set sets a figure if the row holds it, so that two exports of one view with
// different columns add up.
func set[T interface{ Known() bool }](to *T, v T) {
	if v.Known() {
		*to = v
	}
}

// exported notes the time of a view's export.
func (s *Snapshot) exported(at Time) {
	set(&s.ExportedAt, at)
	s.spanned(at)
}

// SayExported adds when the views were exported, if they do not tell it themselves.
func (s *Snapshot) SayExported(at time.Time) {
	if !s.ExportedAt.Known() && !at.IsZero() {
		s.exported(opt.Some(at))
	}
}

// spanned extends the time span of the exports.
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
