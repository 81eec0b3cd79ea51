package workload

import (
	"errors"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rows"
)

const ViewStatements View = "pg_stat_statements"

var statementsView = view{
	name:    ViewStatements,
	use:     "statements by total execution time",
	columns: []string{"query", "calls", "total_exec_time total_time"},
	also:    statementAliases,
	few:     []string{"query queryid", "calls " + strings.Join(slices.Concat(totalTimes, meanTimes), " ")},
	query: `SELECT now() AS exported_at, s.* FROM pg_stat_statements s
		WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
	row:    readStatement,
	unlike: measured,
	lends:  true,
}

// measured says why rows are no statements: an author's table of measured queries has a time
// of each and its name, no calls and no SQL.
func measured(r *record, first []rows.Row) string {
	if r.unit = totalUnit(r, first); r.unit == unitUnknown {
		r.warn(&SyntaxError{Name: r.name, Line: 1, Want: "total_time with its unit", Err: errors.New("PostgreSQL 8.4 to 9.1 have it in seconds, and as milliseconds its figures are too small: no time is judged. Select version() or all columns as well")})
	}
	r.textless = !slices.ContainsFunc(first, func(row rows.Row) bool {
		r.Row = row
		return r.text("query", "queryid") != ""
	})
	for _, row := range first {
		if r.Row = row; r.has("calls") || r.has("queryid") || IsStatement(r.text("query")) {
			return ""
		}
	}
	if len(first) == 0 {
		return ""
	}
	return "no text in column query is a statement, and there are no calls. " + insteadOf
}

var statementStart = regexp.MustCompile(`(?i)^(?:\s|\(|/\*.*?\*/|--.*\n|"|')*(?:select|with|insert|update|delete|merge|values|table|copy|call|do|create|alter|drop|truncate|vacuum|analy[sz]e|refresh|reindex|cluster|explain|begin|commit|rollback|set|show|declare|fetch|lock|execute|prepare|deallocate|notify|autovacuum)\b`)

// IsStatement reports whether a text begins as a statement does, or stands for one.
func IsStatement(text string) bool {
	return text == HiddenText || strings.Contains(text, "$1") || statementStart.MatchString(text)
}

// Textless reports whether rows with these columns are of statements, but for their text.
func Textless(columns []string) bool {
	have := setOf(columns)
	if have.names["query"] || statementAliases.of("query", have) != "" {
		return false
	}
	v := viewWith(append(slices.Clip(columns), "query"))
	return v != nil && v.name == ViewStatements
}

// totalTimes and meanTimes are the names that people give to the times; a unit in a name
// holds for its values.
var (
	totalTimes = timeNames("total_exec", "total", "sum", "total_execution", "exec", "execution")
	meanTimes  = timeNames("mean_exec", "mean", "avg", "average", "avg_exec")
)

func timeNames(starts ...string) []string {
	var list []string
	for _, start := range starts {
		for _, end := range []string{"time", "ms", "msec", "time_ms", "seconds", "sec", "secs", "s", "time_seconds", "time_sec", "minutes", "min", "mins", "time_minutes", "time_min", "hours", "time_hours"} {
			list = append(list, start+"_"+end)
		}
	}
	return list
}

// HiddenText is what pg_stat_statements shows in place of a statement's text to
// a role that may not see statements of other users.
const HiddenText = "<insufficient privilege>"

// cutAt returns the length at which a list has cut off its statements, as people do with
// left(query, 60): a third are as long as the longest one, and that is a round number, or one of
// them ends inside a call or a clause. It is 0 if they are whole.
func cutAt(r *record, first []rows.Row) int {
	if r.View != ViewStatements || r.Has("userid") && r.Has("dbid") {
		return 0
	}
	longest, times, inside := 0, 0, false
	for _, row := range first {
		r.Row = row
		text := r.text("query")
		switch n := utf8.RuneCountInString(text); {
		case n > longest:
			longest, times, inside = n, 1, endsInside(text)
		case n == longest:
			times, inside = times+1, inside || endsInside(text)
		}
	}
	if times < 2 || 3*times < len(first) || longest%10 != 0 && !inside || longest < 40 || longest > 500 {
		return 0
	}
	return longest
}

// endsInside reports whether a statement ends in parentheses or before what its last word needs.
func endsInside(text string) bool {
	return strings.Count(text, "(") > strings.Count(text, ")") || lastWord.MatchString(text)
}

var lastWord = regexp.MustCompile(`(?i)(?:\b(?:from|where|and|or|on|join|by|set|into|values|in|like|select|as|limit|having)|[,=<>+])$`)

// cutText reports whether a text may be one that its list has cut off at a width. A column of text
// shows no blank at the end of a line.
func cutText(text string, width int) bool {
	return width > 0 && utf8.RuneCountInString(text)+1+strings.Count(text, "\n") >= width
}

// stands matches what a template, or somebody who hides it, has in place of a statement's text: it
// is of any statement.
var stands = regexp.MustCompile(`(?i)^[\s"'\x60*]*(?:[<{\[(]{1,2}%?[\w .-]*%?[>}\])]{1,2}|\.{2,}|…|-+|\*+|x{3,}|\[?(?:redacted|hidden|masked|removed|omitted|anonymi[sz]ed|confidential|query ?\d*|sql ?\d*|statement ?\d*|text|n/?a|null|none|unknown|\(?no query\)?)\]?)[\s"'\x60*]*$`)

// mayStand reports whether stands can match: the words that it knows have none of the marks
// that nearly every statement has.
func mayStand(query string) bool {
	return query == "" || query[0]|0x20 < 'a' || query[0]|0x20 > 'z' || !strings.ContainsAny(query, "=,.;$<_(")
}

// Hidden reports whether the exporting role may not see the statement's text.
func (st *Statement) Hidden() bool { return st.Query.Raw() == HiddenText }

// statementSums are the counters that add up over the rows of one statement, with the
// columns of each. Several columns of one counter are added, too.
var statementSums = []struct {
	to      func(*Statement) *Float
	columns [][]string
}{
	{func(st *Statement) *Float { return &st.Calls }, [][]string{{"calls"}}},
	{func(st *Statement) *Float { return &st.Plans }, [][]string{{"plans"}}},
	{func(st *Statement) *Float { return &st.TotalMs }, [][]string{totalTimes}},
	{func(st *Statement) *Float { return &st.PlanTotalMs }, [][]string{{"total_plan_time"}}},
	{func(st *Statement) *Float { return &st.Rows }, [][]string{{"rows"}}},
	{func(st *Statement) *Float { return &st.SharedHit }, [][]string{{"shared_blks_hit", "blks_hit", "blocks_hit", "shared_hit"}}},
	{func(st *Statement) *Float { return &st.SharedRead }, [][]string{{"shared_blks_read", "blks_read", "blocks_read", "shared_read"}}},
	{func(st *Statement) *Float { return &st.SharedDirtied }, [][]string{{"shared_blks_dirtied"}}},
	{func(st *Statement) *Float { return &st.SharedWritten }, [][]string{{"shared_blks_written"}}},
	{func(st *Statement) *Float { return &st.TempRead }, [][]string{{"temp_blks_read"}}},
	{func(st *Statement) *Float { return &st.TempWritten }, [][]string{{"temp_blks_written"}}},
	{func(st *Statement) *Float { return &st.Local }, [][]string{{"local_blks_hit"}, {"local_blks_read"}, {"local_blks_dirtied"}, {"local_blks_written"}}},
	{func(st *Statement) *Float { return &st.ReadMs }, [][]string{{"shared_blk_read_time", "blk_read_time", "blk_read_ms", "blk_read_time_ms", "io_read_ms", "shared_blk_read_ms", "io_read_time"}}},
	{func(st *Statement) *Float { return &st.WriteMs }, [][]string{{"shared_blk_write_time", "blk_write_time", "blk_write_ms", "blk_write_time_ms", "io_write_ms"}}},
	{func(st *Statement) *Float { return &st.IOMs }, [][]string{{"sync_io_time", "io_time", "sync_io_ms", "io_ms", "io_time_ms", "total_io_time"}}}, // pg-extras
	{func(st *Statement) *Float { return &st.JITMs }, [][]string{{"jit_generation_time"}, {"jit_inlining_time"}, {"jit_optimization_time"}, {"jit_emission_time"}}},
	{func(st *Statement) *Float { return &st.WALRecords }, [][]string{{"wal_records"}}},
	{func(st *Statement) *Float { return &st.WALFpi }, [][]string{{"wal_fpi"}}},
	{func(st *Statement) *Float { return &st.WALBytes }, [][]string{{"wal_bytes"}}},
}

// unitUnknown is the unit of a total_time that is not in milliseconds and perhaps in seconds.
const unitUnknown = -1

// totalUnit returns how many milliseconds one is in total_time, which PostgreSQL 8.4 to 9.1 have
// in seconds. Their view has fewer columns than that of 9.2; a selection of them is told by its
// figures: no statement writes rows in a few microseconds each.
func totalUnit(r *record, first []rows.Row) float64 {
	const calls, fastest = 100, 0.005
	if !r.Has("total_time") {
		return 1
	}
	has := func(columns ...string) bool {
		return !slices.ContainsFunc(columns, func(c string) bool { return !r.Has(c) })
	}
	for _, c := range [...]string{"queryid", "shared_blks_dirtied", "blk_read_time", "blk_write_time", "mean_time", "min_time", "max_time", "toplevel"} {
		if r.Has(c) {
			return 1
		}
	}
	if has("shared_blks_written", "local_blks_read", "temp_blks_written") || has("userid", "dbid", "rows") && len(r.columns) <= 7 {
		return 1000
	}
	for _, row := range first {
		r.Row = row
		n, err := strconv.ParseFloat(r.text("calls"), 64)
		ms, bad := strconv.ParseFloat(r.text("total_time"), 64)
		if err == nil && bad == nil && n >= calls && ms < n*fastest && writes.MatchString(r.text("query")) {
			return unitUnknown
		}
	}
	return 1
}

// writes matches the beginning of a statement that writes rows.
var writes = regexp.MustCompile(`(?i)^\s*(?:insert|update|delete)\b`)

// statementColumns are the columns of a file of pg_stat_statements.
type statementColumns struct {
	id, query, database, user, userName, topLevel, since, exported []bound

	total, calls, mean, min, max, stddev, share []bound
	anyTotal                                    []bound     // under any name
	sums                                        [][][]bound // of statementSums
	byUser                                      bool        // user and database tell the rows of one statement apart
}

func (r *record) statementColumns() *statementColumns {
	if r.statement != nil {
		return r.statement
	}
	c := &statementColumns{
		id: r.bind("queryid"), query: r.bind("query"), database: r.bind("datname", "dbid"), user: r.bind("userid"), userName: r.bind("userid", "rolname"), topLevel: r.bind("toplevel"),
		since: r.bind("stats_since"), exported: r.bind("exported_at"), total: r.bind("total_exec_time", "total_time"), calls: r.bind("calls"), mean: r.bind(meanTimes...),
		min: r.bind("min_exec_time", "min_time"), max: r.bind("max_exec_time", "max_time"), stddev: r.bind("stddev_exec_time", "stddev_time", "stddev_ms"),
		anyTotal: r.bind(totalTimes...),
		byUser:   r.Has("userid") && r.Has("dbid"),
	}
	for _, name := range r.columns {
		if isShare(name) {
			c.share = append(c.share, r.bind(name)...)
		}
	}
	for _, sum := range statementSums {
		var columns [][]bound
		for _, names := range sum.columns {
			columns = append(columns, r.bind(names...))
		}
		c.sums = append(c.sums, columns)
	}
	r.statement = c
	return c
}

// groupedID matches a query identifier in the groups of psql's numericlocale.
var groupedID = regexp.MustCompile(`^-?\d{1,3}([,.'’ \x{a0}\x{202f}]\d{3})+$`)

// ungrouped returns a query identifier as the server gives it.
func ungrouped(id string) string {
	if strings.Trim(id, "-0123456789") != "" && groupedID.MatchString(id) {
		return strings.Map(func(c rune) rune {
			if c == '-' || unicode.IsDigit(c) {
				return c
			}
			return -1
		}, id)
	}
	return id
}

// readStatement adds the rows of one statement, which the view keeps by user. A
// repeated row (the same file read twice) counts once: user, database, level and
// counters identify it.
func readStatement(s *Snapshot, r *record) {
	in := r.statementColumns()
	one := Statement{QueryID: ungrouped(r.textIn(in.id)), Database: r.textIn(in.database), TopLevel: r.booleanIn(in.topLevel).Or(true)}
	query := r.textIn(in.query)
	if cutText(query, r.textWidth) {
		query += "…"
	}
	if query == "" && one.QueryID == "" && !r.textless { // the sum of the others
		r.bad("queryid", "a statement's id or its text")
		return
	}
	if query != HiddenText && mayStand(query) && stands.MatchString(query) {
		if !r.nameless {
			r.nameless = true
			r.warn(&SyntaxError{Name: r.name, Line: r.Line, Want: "statements", Err: errors.New("a text stands for the statement: each row is judged by its figures alone")})
		}
		query = ""
	}
	// What is kept of the row has a copy of its own, which "+" does not make of one text alone.
	kept := strings.Join([]string{query, one.QueryID}, "")
	query, one.QueryID = kept[:len(query)], kept[len(query):]
	one.Database = s.databaseNamed(one.Database)
	one.Query = redact.SQL(query)
	if one.Hidden() || r.textless || query == "" {
		one.ownRare().row = strings.Join([]string{r.textIn(in.userName), r.text("calls"), r.textIn(in.total),
			r.textIn(in.max), r.text("rows"), r.text("shared_blks_hit")}, " ")
	}
	s.PartListed = s.PartListed || !in.byUser && in.exported == nil
	key := one.key()
	h := key.hash()
	hash, row := h.Sum64(), r.rowOf(h)
	st := s.byKey.at(hash, key)
	if st != nil && in.byUser && one.QueryID != "" {
		if st.read == r && st.first.user == row.user || r.entries.has(row.user) { // the view has each once: here it begins again
			if !r.polled {
				r.warn(&SyntaxError{Name: r.name, Line: r.Line, Want: "each statement once per user", Err: errors.New("the file holds the view several times, and the last one is read")})
			}
			r.polled, s.Statements, s.byKey, r.entries, st = true, nil, nil, nil, nil
		}
	}
	if st != nil && (st.first.whole == row.whole || s.seen.has(row.whole)) {
		return
	}
	if st == nil {
		if s.byKey == nil {
			s.byKey, s.seen = byKey{}, nil
		}
		st = s.kept(&one)
		st.first, st.read = row, r
		s.byKey[hash] = st
		s.Statements = append(s.Statements, st)
		if !slices.Contains(s.databases, st.Database) {
			s.databases = append(s.databases, st.Database)
		}
	}
	calls := 0.0
	for i, sum := range statementSums {
		to := sum.to(st)
		for _, columns := range in.sums[i] {
			if to == &st.TotalMs && r.unit == unitUnknown {
				continue
			}
			f := st.add(to, r, columns)
			if to == &st.TotalMs && r.unit > 1 {
				*to = opt.Map(*to, func(total float64) float64 { return total + (r.unit-1)*f.Or(0) })
			}
			if to == &st.Calls {
				calls = f.Or(0)
			}
		}
	}
	if spent := r.withUnit("total"); !st.TotalMs.Known() && !st.rare().unread[&st.TotalMs] {
		st.TotalMs = spent
	}
	mean, _ := r.figureIn(in.mean)
	if !mean.Known() {
		if mean = r.withUnit(averages...); !mean.Known() && !st.TotalMs.Known() {
			for _, n := range averages {
				if _, ok := r.Get(n); ok {
					r.bad(n, "a time with its unit, such as 12 ms,")
				}
			}
		}
	}
	if !st.TotalMs.Known() && !st.rare().unread[&st.TotalMs] {
		st.TotalMs = opt.Both(mean, st.Calls, func(m, c float64) float64 { return m * c })
	}
	if m, ok := mean.Get(); ok {
		st.TotalMs = opt.Map(st.TotalMs, func(total float64) float64 { return total + r.lacking(in, m, calls) })
	}
	st.MeanMs = opt.Both(st.TotalMs, st.Calls, func(t, c float64) float64 { return t / c }) // absent without calls
	// Deviations and extremes cannot be added. Those of the row with the most
	// calls are kept.
	if calls >= st.busiest {
		st.busiest = calls
		st.MinMs, _ = r.figureIn(in.min)
		if st.MaxMs, _ = r.figureIn(in.max); !st.MaxMs.Known() {
			st.MaxMs = r.withUnit("max")
		}
		st.StddevMs, _ = r.figureIn(in.stddev)
	}
	if since, ok := r.timeIn(in.since).Get(); ok && (!st.StatsSince().Known() || since.Before(st.StatsSince().Or(since))) {
		st.began = since.UnixMicro()
	}
	if in.share != nil {
		few := st.ownRare()
		few.share = few.share.plus(r.shareIn(in.share))
	}
	s.exported(r.timeIn(in.exported))
}

// lacking returns what a row's total lacks of its calls times their mean, if the total
// was rounded more than the mean: 1 s for 2 calls of 699.31 ms.
func (r *record) lacking(in *statementColumns, mean, calls float64) float64 {
	total, unreadable := r.figureIn(in.anyTotal)
	coarse, fine := coarseness(r.textIn(in.anyTotal)), coarseness(r.textIn(in.mean))
	of, known := total.Get()
	if !known || unreadable || calls == 0 || coarse <= max(fine, 1e-4) || math.Abs(mean*calls-of) > coarse*max(of, mean*calls)*1.01 {
		return 0
	}
	return mean*calls - of
}

// coarseness returns the part of itself by which a printed number may be rounded; 0 if it
// cannot tell, 1 if it was rounded to nothing.
func coarseness(text string) float64 {
	if !isPlain(text) {
		return 0
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	_, decimals, _ := strings.Cut(text, ".")
	return min(math.Pow10(-len(decimals))/2/math.Abs(f), 1)
}

var averages = []string{"mean", "avg", "average"}

// withUnit returns the time in a column whose name tells no unit and that can be anything
// else, such as Mean and Total: its value has a unit then, 12.5 ms.
func (r *record) withUnit(names ...string) Float {
	for _, n := range names {
		if v, ok := r.Get(n); ok && strings.ContainsFunc(v, unicode.IsLetter) {
			if f, _, there := r.read(n, n, v); there {
				return f
			}
		}
	}
	return Float{}
}

// kept returns a copy of a statement that stays. Those of a large export are allocated
// together.
func (s *Snapshot) kept(st *Statement) *Statement {
	if len(s.spare) == 0 {
		s.spare = make([]Statement, min(max(len(s.Statements), 1), 256))
	}
	kept := &s.spare[0]
	*kept, s.spare = *st, s.spare[1:]
	return kept
}

// add adds a figure of a row to a counter, which is unknown once a part of it could not
// be read.
func (st *Statement) add(to *Float, r *record, columns []bound) Float {
	f, unreadable := r.figureIn(columns)
	if unreadable {
		few := st.ownRare()
		if few.unread == nil {
			few.unread = map[*Float]bool{}
		}
		few.unread[to] = true
	}
	switch v, ok := f.Get(); {
	case st.rare().unread[to]:
		*to = Float{}
	case ok:
		*to = opt.Of(to.Or(0) + v)
	}
	return f
}

// databaseNamed returns a database's name as the statements before have it.
func (s *Snapshot) databaseNamed(name string) string {
	for _, had := range s.databases {
		if had == name {
			return had
		}
	}
	return strings.Clone(name)
}

const ViewStatementsInfo View = "pg_stat_statements_info"

var statementsInfoView = view{
	name:    ViewStatementsInfo,
	use:     "evicted statements",
	columns: []string{"dealloc", "stats_reset"},
	query:   `SELECT now() AS exported_at, i.* FROM pg_stat_statements_info i`,
	row: func(s *Snapshot, r *record) {
		set(&s.StatementsReset, r.time("stats_reset"))
		set(&s.Deallocated, r.number("dealloc"))
		s.exported(r.time("exported_at"))
	},
}
