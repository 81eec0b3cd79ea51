package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// shownMigration is a migration as every format prints it.
type shownMigration struct {
	*Migration
	About      string     // tool, transaction, server version
	Statements []shownDDL // those that a reader has to know of
	Rest       string     // what the others are
}

// shownDDL is a statement as every format prints it.
type shownDDL struct {
	*DDL
	Head  string   // its text in one line
	Locks string   // a sentence about each mode
	Time  string   // how long the strongest lock is held
	IDs   []string // the findings about it
}

// verdictOrder orders migrations: what must not ship comes first.
var verdictOrder = map[string]int{"hold": 0, "rewrite": 1, "ship": 2}

// migrationsListed is the number of migrations that a short report prints in full.
const migrationsListed = 5

// shownMigrations returns the migrations to print in full, and one line for each of
// the others. A short report prints what must not ship as it is.
func (r *Report) shownMigrations(full bool) (list []shownMigration, others []string) {
	order := make([]int, len(r.Migrations))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return verdictOrder[r.Migrations[a].Verdict] - verdictOrder[r.Migrations[b].Verdict]
	})
	statements := map[int][]*DDL{}
	for i := range r.Statements {
		s := &r.Statements[i]
		statements[s.Migration] = append(statements[s.Migration], s)
	}
	for _, i := range order {
		m := &r.Migrations[i]
		if !full && len(r.Migrations) > 1 && (m.Verdict == "ship" || len(list) == migrationsListed) {
			others = append(others, m.Verdict+"  "+m.Path)
			continue
		}
		list = append(list, r.shownMigration(m, statements[i], full))
	}
	return list, others
}

func (r *Report) shownMigration(m *Migration, statements []*DDL, full bool) shownMigration {
	out := shownMigration{Migration: m, About: m.about()}
	quiet := 0
	for _, s := range statements {
		if !full && !r.notable(s) {
			quiet++
			continue
		}
		shown := shownDDL{DDL: s, Head: oneLine(s.Text, 160), Locks: m.lockSentences(s), Time: s.duration()}
		for _, i := range s.Findings {
			if f := r.Findings[i]; f.Ignored == "" && (full || f.Severity > finding.Nit) {
				shown.IDs = append(shown.IDs, f.ID)
			}
		}
		out.Statements = append(out.Statements, shown)
	}
	if quiet > 0 {
		more := "statement"
		if len(out.Statements) > 0 {
			more = "other statement"
		}
		out.Rest = fmt.Sprintf("%s without a finding and without a lock that blocks writes", figures.Plural(quiet, more))
	}
	return out
}

// notable reports whether a statement is printed in a short report.
func (r *Report) notable(s *DDL) bool {
	return !s.Supported || s.Kind == "unread" || len(s.Assumptions) > 0 || slices.ContainsFunc(s.Locks, func(l RelationLock) bool { return !l.New && l.BlocksWrites }) ||
		slices.ContainsFunc(s.Findings, func(i int) bool { return r.Findings[i].Severity > finding.Nit && r.Findings[i].Ignored == "" })
}

// transactionWords say how a migration runs.
var transactionWords = map[string]string{
	"explicit": "with its own BEGIN and COMMIT", "tool": "in one transaction", "none": "one statement at a time", "unknown": "transactions unknown",
}

func (m *Migration) about() string {
	parts := []string{m.Tool}
	if m.Tool == "plain" {
		parts[0] = "plain SQL"
	}
	if w := transactionWords[m.Transaction]; w != "" {
		parts = append(parts, w)
	}
	switch v, known := m.PGVersion.Get(); {
	case m.Engine != "postgresql":
		parts = append(parts, map[string]string{"mysql": "MySQL", "sqlite": "SQLite"}[m.Engine])
	case known:
		parts = append(parts, fmt.Sprintf("PostgreSQL %d", v))
	}
	return strings.Join(parts, ", ")
}

// effect says what the lock blocks.
func (l RelationLock) effect() string {
	switch {
	case l.Mode == "ACCESS EXCLUSIVE" && !l.BlocksReads:
		return "taken once no session uses it"
	case l.BlocksReads:
		return "blocks reads and writes, on standbys too"
	case l.BlocksWrites:
		return "blocks writes, not reads"
	case l.BlocksDDL:
		return "blocks other DDL and VACUUM, not reads or writes"
	}
	return "does not block reads or writes"
}

// lockSentences says what a statement of the migration locks.
func (m *Migration) lockSentences(s *DDL) string {
	switch {
	case m.Engine == "postgresql":
		return s.lockSentences()
	case !s.Supported:
		return ""
	case m.Engine == "sqlite":
		return "the database: no other connection writes meanwhile."
	case s.Online == nil && (s.Kind == "drop-table" || s.Kind == "truncate"):
		return "the metadata lock: reads and writes wait."
	case s.Online == nil:
		return "none on an existing table"
	case !s.Online.DML:
		return "ALGORITHM=" + s.Online.Algorithm + ": blocks writes, not reads."
	case s.Online.Algorithm == "INSTANT":
		return "ALGORITHM=INSTANT: the metadata lock for a moment."
	}
	return "ALGORITHM=" + s.Online.Algorithm + ": does not block reads or writes, but for a moment at its begin and end."
}

// lockSentences names the locks on what was there before, one sentence per mode.
func (s *DDL) lockSentences() string {
	if !s.Supported {
		return ""
	}
	var modes []string
	on, effects := map[string][]string{}, map[string]string{}
	for _, l := range s.Locks {
		if l.New || l.Mode == "ACCESS SHARE" {
			continue
		}
		if on[l.Mode] == nil {
			modes = append(modes, l.Mode)
		}
		on[l.Mode] = append(on[l.Mode], bareName(l.Relation))
		effects[l.Mode] = l.effect()
	}
	if len(modes) == 0 {
		return "none on an existing table"
	}
	var parts []string
	for _, mode := range modes {
		const most = 4
		names := on[mode]
		list := figures.List(names)
		if len(names) > most {
			list = fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
		}
		parts = append(parts, fmt.Sprintf("%s on %s: %s.", mode, list, effects[mode]))
	}
	return strings.Join(parts, " ")
}

// duration says how long the strongest lock is held, or the statement runs.
func (s *DDL) duration() string {
	of := func(list []string) string {
		names := make([]string, len(list))
		for i, n := range list {
			names[i] = bareName(n)
		}
		return figures.List(names)
	}
	switch s.Class {
	case "instant":
		return "instant once it has the lock"
	case "waits-for-transactions":
		return "waits for all older transactions"
	case "row-writes":
		return "grows with the rows that it writes"
	case "scan":
		return "reads " + of(s.Scanned)
	case "index-build":
		return "reads " + of(s.Scanned) + " and builds the index"
	case "rewrite":
		if len(s.Rewritten) == 0 {
			return "copies what it names"
		}
		return "writes " + of(s.Rewritten) + " again with all indexes"
	}
	return "unknown"
}

// deployWords say when a step runs, seen from the deploy of the code.
var deployWords = map[string]string{"before-code": "before the code", "after-code": "after the code"}

// note says how the step runs.
func (s SafeStep) note() string {
	var parts []string
	switch s.Transaction {
	case "none":
		parts = append(parts, "outside a transaction")
	case "own":
		parts = append(parts, "in its own transaction")
	}
	if word := deployWords[s.Deploy]; word != "" {
		parts = append(parts, word)
	}
	note := strings.Join(parts, ", ")
	if s.Why != "" {
		if note != "" {
			note += ": "
		}
		note += s.Why
	}
	return note
}

// spot is the file and line that a finding in a migration or a schema is about; empty
// for others.
func (r *Report) spot(f Finding) string { return r.spotOf(f.Where.Input, f.Where.Line) }

func (r *Report) spotOf(input, line opt.Value[int]) string {
	i, known := input.Get()
	if len(r.Migrations) == 0 && r.Schema == nil || !known || i >= len(r.Inputs) {
		return ""
	}
	path := strings.TrimPrefix(r.Inputs[i].Path, r.folder())
	n := line.Or(0)
	switch {
	case path == "-" && n > 0:
		return fmt.Sprintf("line %d", n)
	case path == "-":
		return ""
	case n > 0:
		return fmt.Sprintf("%s:%d", path, n)
	}
	return path
}

// folder is the folder of all files that were reviewed, which says nothing beside their
// names; empty if a name needs it.
func (r *Report) folder() string {
	if r.Schema == nil && len(r.Migrations) != 1 {
		return ""
	}
	folder, first := "", true
	for _, in := range r.Inputs {
		if in.Kind != "migration" && (in.Kind != "schema" || r.Schema == nil) {
			continue
		}
		dir := in.Path[:strings.LastIndexByte(in.Path, '/')+1]
		if first {
			folder, first = dir, false
		}
		for !strings.HasPrefix(dir, folder) {
			folder = folder[:strings.LastIndexByte(strings.TrimSuffix(folder, "/"), '/')+1]
		}
	}
	return folder
}

// fits are the words for how schema and code go back.
var fits = map[string]string{
	"code-alone":   "The old code runs on the new schema: roll back the code alone.",
	"schema-first": "Roll back the schema first, then the code.",
	"together":     "Schema and code have to go back together.",
	"no-way-back":  "There is no way back without a restore.",
}

// Wrong says what a rollback means, in sentences.
func (w WayBack) Wrong() string {
	parts := []string{fits[w.Fits]}
	if len(w.Loses) > 0 {
		parts = append(parts, "Lost: "+figures.List(w.Loses)+".")
	}
	if line, known := w.NoReturn.Get(); known {
		parts = append(parts, fmt.Sprintf("Past line %d it cannot be taken back whole.", line))
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}

// reconListed is the number of facts about the repository in a short report.
const reconListed = 12

// reconShown returns the facts to print, without what is missing: the missing data
// has a part of its own.
func (r *Report) reconShown(full bool) []Recon {
	list := slices.DeleteFunc(slices.Clone(r.Recon), func(f Recon) bool { return f.Item == "missing" })
	if full {
		return list
	}
	return list[:min(len(list), reconListed)]
}

// assumed are the assumptions about a statement as sentences.
func (s *DDL) assumed() string {
	var list []string
	for _, a := range s.Assumptions {
		list = append(list, sentence(a))
	}
	return strings.Join(list, " ")
}

// line is a fact with the place that tells it.
func (f Recon) line() string {
	said := f.Item + ": " + f.Value
	if f.Basis != "" {
		said += " (" + f.Basis + ")"
	}
	if f.Confidence == "inferred" {
		said += ", inferred"
	}
	return said
}
