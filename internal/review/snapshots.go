package review

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// part is one file of an export, or a schema dump.
type part struct {
	path   string
	input  int
	view   workload.View
	schema bool
	snap   *workload.Snapshot
	// columns are those of the file, which two moments of one view share.
	columns string
}

// assemble combines the parts. The parts of one export are one snapshot. With two
// exports of the same database, rates are computed since the earlier one. A part
// without a time belongs to the latest export in its folder. The order of the files
// does not matter.
func (m *inputSet) assemble() {
	slices.SortStableFunc(m.parts, func(a, b part) int {
		// Of several results of a view in one file the last one counts.
		return cmp.Or(compareBool(a.schema, b.schema), cmp.Compare(a.path, b.path), cmp.Compare(b.input, a.input))
	})
	m.again()
	groups := m.exports()
	for _, p := range m.parts {
		if p.snap.ExportedAt.Known() {
			continue
		}
		at := len(groups) - 1
		for i := range groups {
			if groups[i].dirs[filepath.Dir(p.path)] {
				at = i
			}
		}
		if at < 0 {
			groups = append(groups, oneExport{dirs: map[string]bool{}, views: map[workload.View]bool{}, snap: new(workload.Snapshot)})
			at = 0
		}
		groups[at].fill(p)
	}
	groups = m.oneDatabase(groups)
	for _, g := range groups {
		m.gaps(g)
	}
	m.withoutTools(groups)
	m.parts = nil
	m.snap = new(workload.Snapshot)
	var refuted []*workload.Table
	for _, g := range groups {
		refuted = g.snap.ForgetLive()
	}
	if n := len(groups); n > 0 {
		m.snap = groups[n-1].snap
		m.since(groups[:n-1])
	}
	m.takeLogs()
	m.withoutDefinitions()
	m.withoutTables()
	m.withoutDatabases()
	m.withoutRows(refuted)
	m.unjudged(refuted)
	if len(groups) == 1 {
		m.neverReset()
	}
}

// again notes the files that hold a view several times with other figures and no time. Of results
// with the same columns the last one counts: the others are of other moments.
func (m *inputSet) again() {
	type result struct {
		path string
		view workload.View
	}
	times := map[result]int{}
	for _, p := range m.parts {
		times[result{p.path, p.view}]++
	}
	m.nameless()
	counters, noted, last := map[result]workload.Counters{}, map[result]bool{}, map[result]string{}
	earlier := map[*workload.Snapshot]bool{}
	for _, p := range m.parts {
		of := result{p.path, p.view}
		if times[of] == 1 || p.schema {
			continue
		}
		first := counters[of] == nil
		if first {
			counters[of] = workload.Counters{}
		}
		if first {
			last[of] = p.columns
		}
		if !counters[of].Contradicts(p.snap) || first || p.snap.ExportedAt.Known() {
			continue
		}
		if p.columns == last[of] {
			if earlier[p.snap] = true; !noted[of] {
				m.notes = append(m.notes, fmt.Sprintf("%s holds %s several times with different figures and no time: judged is the last one. To compare two of them, save each to a file: pgverdict compare BEFORE AFTER", p.path, p.view))
			}
			noted[of] = true
			continue
		}
		if !noted[of] {
			noted[of] = true
			m.notes = append(m.notes, fmt.Sprintf("%s holds %s several times with different figures and no time: what is in several is taken from the last one, and what only one has is added. To compare two of them, save each to a file: pgverdict compare BEFORE AFTER", p.path, p.view))
		}
	}
	m.parts = slices.DeleteFunc(m.parts, func(p part) bool { return earlier[p.snap] })
}

// nameless leaves out the statements of a result without texts and times that no other result
// of the file names: they may be any of those that it has.
func (m *inputSet) nameless() {
	bare := func(st *workload.Statement) bool {
		return st.Query.Empty() && !st.TotalMs.Known() && !st.MeanMs.Known()
	}
	if !slices.ContainsFunc(m.parts, func(p part) bool { return slices.ContainsFunc(p.snap.Statements, bare) }) {
		return
	}
	type id struct{ path, database, id string }
	named, timed := map[id]bool{}, map[string]bool{}
	for _, p := range m.parts {
		for _, st := range p.snap.Statements {
			if !bare(st) {
				named[id{p.path, st.Database, st.QueryID}], timed[p.path] = true, true
			}
		}
	}
	for _, p := range m.parts {
		if len(p.snap.Statements) == 0 || !timed[p.path] || slices.ContainsFunc(p.snap.Statements, func(st *workload.Statement) bool { return !bare(st) }) {
			continue
		}
		all := len(p.snap.Statements)
		p.snap.Drop(func(st *workload.Statement) bool { return !named[id{p.path, st.Database, st.QueryID}] })
		if left := all - len(p.snap.Statements); left > 0 {
			m.notes = append(m.notes, fmt.Sprintf("%s: a result of %s has neither texts nor times, and another one has: %s of the first that the other does not name are left out. Select query and total_exec_time as well", p.path, p.view, figures.Plural(left, "statement")))
		}
	}
}

// since subtracts the counters of the earliest export that is comparable with the last
// one.
func (m *inputSet) since(earlier []oneExport) {
	if len(earlier) == 0 {
		return
	}
	m.snap.Fill(catalogueOf(earlier[len(earlier)-1].snap))
	for i, e := range earlier {
		note := m.snap.Since(e.snap)
		switch {
		case note == "" && i == 0 && len(earlier) > 1:
			m.notes = append(m.notes, fmt.Sprintf("%d exports: all figures are for the time from the first to the last", len(earlier)+1))
		case note == "" && i > 0:
			m.notes = append(m.notes, fmt.Sprintf("%d exports: all figures are for the time from export %d to the last, without a statistics reset in between", len(earlier)+1, i+1))
		case note != "" && i == len(earlier)-1:
			m.notes = append(m.notes, note)
		}
		if note == "" {
			return
		}
	}
}

// withoutDefinitions notes the tables whose index definitions are missing from an
// export, because they were locked when it was taken.
func (m *inputSet) withoutDefinitions() {
	if !m.snap.Has(workload.ViewIndex) {
		return
	}
	var tables []string
	for _, t := range m.snap.Tables {
		if slices.ContainsFunc(t.Indexes, func(ix *workload.Index) bool { return m.snap.Lists(workload.ViewIndex, ix) && len(ix.Def.Keys) == 0 }) {
			tables = append(tables, t.Name)
		}
	}
	if len(tables) > 0 {
		m.notes = append(m.notes, "the export has no definition for indexes of "+someOf("table", tables)+": these tables were locked, and the export does not wait for locks. Export again when the lock is released")
	}
}

// unjudged notes figures that lack what a rule needs to judge them. Of tables whose rows are
// refuted it is known why.
func (m *inputSet) unjudged(refuted []*workload.Table) {
	var dead []string
	for _, t := range m.snap.Tables {
		if t.Dead.Or(0) >= manyDead && !t.Live.Known() && !t.RowCount().Known() && !slices.Contains(refuted, t) {
			dead = append(dead, fmt.Sprintf("%s (%s)", t.QName(), figures.Count(t.Dead.Or(0))))
		}
	}
	if len(dead) > 0 {
		m.notes = append(m.notes, "dead rows that could not be judged, because the number of live rows is not in the input: "+someOf("table", dead)+". Select n_live_tup as well, or run: pgverdict export")
	}
	system := largeSystemTables(m.snap)
	if len(system) > 0 {
		m.notes = append(m.notes, "system tables, which no rule judges: "+someOf("table", system))
	}
	const large = 64 << 20 // a queue that is often empty keeps less
	var empty []string
	for _, t := range m.snap.Tables {
		if t.EstimatedEmpty && t.RowCount().Or(0) == 0 && t.Bytes().Or(0) >= large && !slices.Contains(refuted, t) {
			empty = append(empty, fmt.Sprintf("%s (%s)", t.QName(), figures.Bytes(t.Bytes().Or(0))))
		}
	}
	if len(empty) > 0 {
		m.notes = append(m.notes, "row count unknown for "+someOf("table", empty)+": the estimate is 0 rows, which does not fit the size. Either ANALYZE has not run since rows were added, or the space belongs to dead or deleted rows. Run ANALYZE on the tables, and export n_live_tup and n_dead_tup")
	}
	for _, s := range m.snap.Slots {
		judged := s.RetainedBytes.Or(0) >= huge || s.WALStatus == "extended" || s.WALStatus == "unreserved" || s.WALStatus == "lost" || s.Invalidated != ""
		kept, known := s.RetainedBytes.Get()
		if s.Active.Or(true) || judged || !known || kept < segment {
			continue
		}
		note := "replication slot " + s.Name + " has no client: the server keeps all WAL from its restart_lsn on, now " + figures.Bytes(kept)
		if m.snap.Settings["max_slot_wal_keep_size"].Value == "-1" {
			note += ", and max_slot_wal_keep_size = -1 sets no limit"
		}
		m.notes = append(m.notes, note)
	}
	open := 0
	for i := range m.snap.Sessions {
		x := &m.snap.Sessions[i]
		if x.BackendType == "autovacuum worker" && strings.Contains(x.Query.Raw(), "to prevent wraparound") {
			lasts := ""
			if ms, known := x.OpenMs.Get(); known {
				lasts = ", which has run for at least " + figures.Ms(ms)
			}
			m.notes = append(m.notes, fmt.Sprintf("pid %s is an autovacuum worker that prevents transaction ID wraparound%s. If it is canceled, it starts again. pg_stat_progress_vacuum shows how far it is", x.PID, lasts))
		}
		if strings.HasPrefix(x.State, "idle in transaction") && !x.OpenMs.Known() && m.ageless(x) {
			open++
		}
	}
	if open > 0 {
		m.notes = append(m.notes, fmt.Sprintf("%s idle in transaction, for a time that is not in the input. Select now() and xact_start as well, or run: pgverdict export", figures.Plural(open, "session")))
	}
}

// ageless reports whether the input does not tell how long a session has been in its state: it
// has no time of the session, or none of now and no later one.
func (m *inputSet) ageless(x *workload.Session) bool {
	for _, from := range [...]workload.Time{x.XactStart, x.QueryStart, x.StateFrom} {
		if ms, atLeast := m.snap.SinceMs(from); ms.Known() && (!atLeast || ms.Or(0) > 0) {
			return false
		}
	}
	return true
}

// The fewest dead rows that are a finding (dead-tuples), a size that is large for a table of
// the server itself and for what a replication slot keeps, and a segment of WAL, of which a slot
// that has just lost its client keeps a part.
const manyDead, huge, segment = 10_000, 1 << 30, 16 << 20

// largeSystemTables returns the tables of the server itself that are large or have many dead
// rows, with these figures.
func largeSystemTables(s *workload.Snapshot) (list []string) {
	for _, t := range s.SystemTables() {
		var has []string
		if dead := t.Dead.Or(0); dead >= manyDead {
			has = append(has, figures.Count(dead)+" dead rows")
		}
		if bytes := t.Bytes.Or(0); bytes >= huge {
			has = append(has, figures.Bytes(bytes))
		}
		if has != nil {
			list = append(list, t.Name+" ("+strings.Join(has, ", ")+")")
		}
	}
	return list
}

// withoutTables notes the indexes whose table no input names: only that they have no scans
// can be judged.
func (m *inputSet) withoutTables() {
	var names, sizes []string
	for _, ix := range m.snap.WithoutTable() {
		if scans, known := ix.Scans.Get(); known {
			about := figures.Plural(int(scans), "scan")
			if size, sized := ix.SizeBytes.Get(); sized {
				about += ", " + figures.Bytes(size)
			}
			names = append(names, ix.Name+" ("+about+")")
		} else {
			sizes = append(sizes, ix.Name)
		}
	}
	if len(sizes) > 0 {
		m.notes = append(m.notes, "indexes with nothing but their sizes: "+someOf("index", sizes)+". Select idx_scan and relname as well, or run: pgverdict export")
	}
	if len(names) > 0 {
		m.notes = append(m.notes, "no input names the tables of the indexes "+someOf("index", names)+". Select relname, the table's name, as well, or run: pgverdict export")
	}
}

// withoutDatabases notes the databases whose counters no rule judges.
func (m *inputSet) withoutDatabases() {
	if names := m.snap.OtherDatabases(); len(names) > 0 {
		m.notes = append(m.notes, "pg_stat_database has several databases. Judged is "+m.snap.Database+", the busiest, and not "+someOf("database", names)+". To judge another one, give its row alone")
	}
}

// withoutRows notes the tables whose counter of live rows is contradicted and that have
// no other row count.
func (m *inputSet) withoutRows(refuted []*workload.Table) {
	var tables []string
	for _, t := range refuted {
		if !t.RowCount().Known() {
			tables = append(tables, t.QName())
		}
	}
	if len(tables) > 0 {
		m.notes = append(m.notes, "row count unknown for "+someOf("table", tables)+": after a statistics reset or a crash, n_live_tup counts only new rows until VACUUM or ANALYZE runs. Export pg_class")
	}
}

// someOf returns the names of the first few tables of a list.
func someOf(kind string, names []string) string {
	const named = 3
	list := strings.Join(names[:min(len(names), named)], ", ")
	if n := len(names); n > named {
		list += " and " + figures.Plural(n-named, "more "+kind)
	}
	return list
}

// neverReset notes what is known about the age of counters that were never reset.
func (m *inputSet) neverReset() {
	s := m.snap
	if !s.NeverReset {
		return
	}
	note := "table and index statistics were never reset (stats_reset is NULL): the time that they cover is unknown"
	if d, ok := s.StatementsAge(); ok {
		note += fmt.Sprintf(". Statement statistics cover %s", figures.Days(d.Hours()/24))
	}
	if now, ok := s.ExportedAt.Get(); ok {
		if since, ok := s.PostmasterStart.Get(); ok && now.After(since) {
			note += fmt.Sprintf(". The server was started %s before the export", figures.Days(now.Sub(since).Hours()/24))
		}
	}
	m.notes = append(m.notes, note)
}

// oneExport is the output of one run of the export script.
type oneExport struct {
	dirs  map[string]bool
	views map[workload.View]bool
	snap  *workload.Snapshot
	parts []part // without their snapshots
}

func (e *oneExport) fill(p part) {
	e.snap.Fill(p.snap)
	p.snap = nil
	e.parts = append(e.parts, p)
}

// of returns the parts that a view was read from, and their folder; empty if they are
// in several folders.
func (e oneExport) of(v workload.View) (list []part, dir string) {
	for _, p := range e.parts {
		if p.view != v {
			continue
		}
		if d := filepath.Dir(p.path); len(list) == 0 {
			dir = d
		} else if d != dir {
			dir = ""
		}
		list = append(list, p)
	}
	return list, dir
}

// gaps notes the files of an export that lack what other files list. Files of
// pgverdict's script were cut off. For a manual export, it only notes what is there.
func (m *inputSet) gaps(e oneExport) {
	from, ok1 := e.snap.ExportedFrom.Get()
	to, ok2 := e.snap.ExportedTo.Get()
	if ok1 && ok2 && to.Sub(from) > oneRun {
		return
	}
	cut := map[workload.View][]string{}
	for _, g := range e.snap.Gaps() {
		_, dir := e.of(g.View)
		if _, other := e.of(g.By); dir != other || dir == "" {
			continue
		}
		lacks := fmt.Sprintf("%d of the %s that %s lists", g.Has, figures.Plural(g.Of, g.Kind), g.By)
		if g.OnPurpose {
			if note := fmt.Sprintf("%s has %s. The others are not reviewed", g.View, lacks); !slices.Contains(m.notes, note) {
				m.notes = append(m.notes, note)
			}
		} else {
			cut[g.View] = append(cut[g.View], lacks)
		}
	}
	for _, v := range slices.Sorted(maps.Keys(cut)) {
		e.snap.Cut(v)
		files, _ := e.of(v)
		for _, p := range files {
			err := fmt.Errorf("%s: %s has %s. The export was cut off, or the database changed during the export: run it again", p.path, v, strings.Join(cut[v], " and "))
			m.errs = append(m.errs, err)
			m.inputs[p.input].Warnings = append(m.inputs[p.input].Warnings, err.Error())
		}
	}
}

// oneRun is the maximum time between the views of one export. Later, tables and indexes
// may have changed.
const oneRun = 6 * time.Hour

// exports groups the parts that have a time. Parts in one folder are one export until a
// view repeats with another time. A part from a new folder joins the export before it,
// unless that export already has the view or is of another database.
func (m *inputSet) exports() []oneExport {
	var dated []part
	for _, p := range m.parts {
		if p.snap.ExportedAt.Known() {
			dated = append(dated, p)
		}
	}
	slices.SortStableFunc(dated, func(a, b part) int {
		x, _ := a.snap.ExportedAt.Get()
		y, _ := b.snap.ExportedAt.Get()
		return x.Compare(y)
	})
	var groups []oneExport
	for _, p := range dated {
		dir, at := filepath.Dir(p.path), len(groups)-1
		for i := range groups {
			if groups[i].dirs[dir] {
				at = i
			}
		}
		if at < 0 || groups[at].views[p.view] && groups[at].snap.ExportedAt != p.snap.ExportedAt || !sameDatabase(groups[at].snap, p.snap) {
			groups = append(groups, oneExport{dirs: map[string]bool{}, views: map[workload.View]bool{}, snap: new(workload.Snapshot)})
			at = len(groups) - 1
		}
		g := &groups[at]
		g.dirs[dir], g.views[p.view] = true, true
		g.fill(p)
	}
	return groups
}

func sameDatabase(a, b *workload.Snapshot) bool {
	return a.Database == b.Database || a.Database == "" || b.Database == ""
}

// oneDatabase keeps the exports of the database that was exported last. A report covers
// one database; the others are noted as not read.
func (m *inputSet) oneDatabase(groups []oneExport) []oneExport {
	if len(groups) == 0 {
		return nil
	}
	last := groups[len(groups)-1].snap
	return slices.DeleteFunc(groups, func(g oneExport) bool {
		other := !sameDatabase(g.snap, last)
		if other {
			dirs := strings.Join(slices.Sorted(maps.Keys(g.dirs)), ", ")
			m.errs = append(m.errs, fmt.Errorf("%s: skipped: exports of database %s; this report covers %s. Review each database separately", dirs, g.snap.Database, last.Database))
		}
		return other
	})
}

// catalogueOf returns the part of an earlier export that is valid for a later one that
// lacks it: definitions and settings, not counters.
func catalogueOf(s *workload.Snapshot) *workload.Snapshot {
	c := &workload.Snapshot{Settings: s.Settings, Database: s.Database}
	for _, t := range s.Tables {
		to := c.TableFor(t.Schema, t.Name)
		to.Kind, to.Columns, to.Constraints = t.Kind, t.Columns, t.Constraints
		for _, ix := range t.Indexes {
			i := c.IndexFor(to, ix.Name)
			i.Def, i.Definition, i.Constraint, i.ConstraintType = ix.Def, ix.Definition, ix.Constraint, ix.ConstraintType
			i.Unique, i.Primary, i.Valid, i.ConstraintKnown = ix.Unique, ix.Primary, ix.Valid, ix.ConstraintKnown
		}
	}
	return c
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// keepDatabase removes the statements of other databases. The database of the tables is
// the one whose statements name them.
func (m *inputSet) keepDatabase(shapes map[*workload.Statement]*sql.Query) {
	all := m.snap.Databases()
	if len(all) < 2 {
		return
	}
	known := map[string]int{}
	for st, q := range shapes {
		if len(q.Tables) > 0 && m.knowsAll(q) {
			known[st.Database]++
		}
	}
	best := slices.MaxFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(known[a], known[b]), cmp.Compare(b, a)) })
	if known[best] == 0 {
		m.notes = append(m.notes, fmt.Sprintf("the statements are from %d databases; the database of the tables is unknown", len(all)))
		return
	}
	dropped := m.snap.Keep(best)
	m.notes = append(m.notes, fmt.Sprintf("%s of other databases skipped: the tables belong to database %s", figures.Plural(dropped, "statement"), best))
}

func (m *inputSet) knowsAll(q *sql.Query) bool {
	for _, t := range q.Tables {
		if m.snap.Table(t.Schema, t.Name) == nil {
			return false
		}
	}
	return true
}

// wholeList is the number of statements from which on a list is taken for all of them:
// people limit theirs to fewer.
const wholeList = 100

// partListed says what shares are of if the export may list only some of the statements.
func (m *inputSet) partListed() {
	switch n := len(m.snap.Statements); {
	case m.snap.Doubtful():
		m.notes = append(m.notes, "the shares of execution time in the input do not agree with its times: no share is computed")
	case m.snap.Single() && m.snap.Logged():
		m.notes = append(m.notes, "the server log has 1 statement with its duration: its share of the time is unknown")
	case m.snap.Single():
		m.notes = append(m.notes, "the input has 1 statement: its share of total execution time is unknown")
	case n > 0 && n < wholeList && m.snap.PartListed && !m.snap.TotalMs().Known():
		m.notes = append(m.notes, fmt.Sprintf("shares of total execution time are of the %s in the input, perhaps the first of a longer list", figures.Plural(n, "statement")))
	}
}

// unjoined counts the statements that could not be assigned to tables, of those that
// take a time at least: the others were not parsed.
func (m *inputSet) unjoined(shapes map[*workload.Statement]*sql.Query, least float64) {
	unread, textless, strange := 0, 0, 0
	var names []string
	for _, st := range m.snap.Statements {
		q, ok := shapes[st]
		switch {
		case !ok && st.Hidden(): // counted apart, for nobody has the text
		case !ok:
			switch {
			case st.TotalMs.Or(0) < least:
			case st.Query.Empty():
				textless++
			default:
				unread++
			}
		case len(m.snap.Tables) > 0:
			for _, t := range q.Tables {
				if m.snap.Table(t.Schema, t.Name) == nil && !strings.HasPrefix(t.Name, "pg_") && t.Schema != "information_schema" {
					strange++
					if len(names) < 3 && !slices.Contains(names, t.Name) {
						names = append(names, t.Name)
					}
					break
				}
			}
		}
	}
	switch unread {
	case 0:
	case 1:
		m.notes = append(m.notes, "1 statement could not be parsed as SQL: only its figures were judged")
	default:
		m.notes = append(m.notes, fmt.Sprintf("%d statements could not be parsed as SQL: only their figures were judged", unread))
	}
	if textless > 0 {
		m.notes = append(m.notes, figures.Plural(textless, "statement")+" without text: select query as well")
	}
	if strange > 0 {
		m.notes = append(m.notes, fmt.Sprintf("%s on tables that are not in the exports, such as %s", figures.Plural(strange, "statement"), strings.Join(names, ", ")))
	}
}
