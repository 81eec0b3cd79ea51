package review

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/diag"
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/recon"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/rules/migrations"
	"github.com/pgverdict/pgverdict/internal/schema"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// Migration are the choices of a review of migrations, or of the schema that they
// and a dump make: WholeSchema.
type Migration struct {
	migration.Options
	// Repository is the folder that is looked at for what bears on the migrations;
	// empty: none.
	Repository string
	// Code is the code that uses the database; nil: none was given.
	Code *recon.Code
	// Applied holds the files that were applied before, by their absolute paths: a
	// file that has the same text there is not reviewed. nil: none are known.
	Applied map[string]string
	// All says that of a schema what was there before the migrations is reported, too.
	All bool
	// base are migrations outside of the review that were applied before.
	base []*migration.Source
}

// sqlNames are the extensions of files with SQL.
var sqlNames = map[string]bool{".sql": true, ".ddl": true, ".pgsql": true, ".psql": true}

// maxModel is how much of a file is read to see what it is.
const maxModel = 64 << 10

// readMigration reads a document of a migration and reports whether it was one.
// Exports are read as always. Of a folder, files that are neither are left out
// without a word: it can be a whole repository.
func (m *inputSet) readMigration(doc *input.Doc) bool {
	if doc.Beside {
		return true
	}
	isSQL := doc.Kind == input.SQL || doc.Kind == input.Schema
	ext := filepath.Ext(doc.Path)
	switch {
	case doc.Kind == input.Rows, doc.Kind == input.Own:
		return false
	case sqlNames[ext], isSQL && !doc.Found, isSQL && ext == "":
	case migration.MayBeModel(doc.Path):
		head, err := io.ReadAll(io.LimitReader(doc, maxModel))
		if model, is := migration.ModelOf(doc.Path, head); is && err == nil {
			m.models = append(m.models, model)
			m.inputs = append(m.inputs, report.Input{Path: doc.Path, Kind: "other", Note: model.Kind})
			return true
		}
		return doc.Found
	case ext == ".log" || ext == ".txt" || ext == "" || isSQL:
		return m.readLog(doc)
	default:
		return doc.Found
	}
	if is := diag.Is(""); errors.As(doc.Reason, &is) && is == "binary" {
		m.fail(doc, &diag.SyntaxError{Name: doc.Path, Want: "SQL", Err: doc.Reason})
		return true
	}
	if err := m.readWhole(doc, func(text string) error { m.source(doc, text); return nil }); err != nil {
		m.fail(doc, err)
	}
	return true
}

// readLog reads a log of statements, or a dump of another name, among other files.
func (m *inputSet) readLog(doc *input.Doc) bool {
	if doc.Kind == input.Plan {
		return doc.Found
	}
	head := make([]byte, maxModel)
	n, err := io.ReadFull(doc, head)
	head = head[:n]
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		doc.Reader = io.MultiReader(bytes.NewReader(head), doc.Reader)
		_, shown := dialect.Shown(string(head))
		if err = nil; shown || schema.IsDump(head) || migration.IsLog(string(head)) || doc.Kind == input.SQL && !doc.Found {
			err = m.readWhole(doc, func(text string) error { m.source(doc, text); return nil })
		} else {
			err = &diag.SyntaxError{Name: doc.Path, Want: m.wanted(), Err: doc.Reason}
		}
	}
	if err != nil && !doc.Found {
		m.fail(doc, err)
	}
	return true
}

// source keeps the text of a file with SQL.
func (m *inputSet) source(doc *input.Doc, text string) {
	text, _ = dialect.Shown(text)
	s := &migration.Source{Input: len(m.inputs), Path: doc.Path, Text: strings.TrimPrefix(text, "\ufeff"), Named: !doc.Found}
	if m.Migration.Applied != nil {
		path := input.Absolute(doc.Path)
		before, there := m.Migration.Applied[path]
		s.Base, s.Edited = there && before == text, there && before != text
		if m.given == nil {
			m.given, m.folders = map[string]bool{}, map[string]string{}
		}
		m.given[path], m.folders[filepath.Dir(path)] = true, filepath.Dir(doc.Path)
		if s.Edited && s.DumpOf() != "" { // the schema before
			s.Text = before
		}
	}
	in := report.Input{Path: doc.Path, Kind: "migration", Format: "sql", Warnings: doc.Left}
	if m.Migration.WholeSchema && s.DumpOf() == "" && areQueries(doc.Path, text) {
		var warnings diag.Warnings
		if in.Kind = input.SQL.String(); m.readQueries(doc, text, &in, &warnings) == nil {
			in.Warnings = warningLines(&warnings)
			m.inputs, m.readAny = append(m.inputs, in), true
			return
		}
	}
	switch s.DumpOf() {
	case "":
	case migration.PostgreSQL:
		in.Kind = input.Schema.String()
		p := part{path: doc.Path, input: len(m.inputs), view: workload.ViewSchema, schema: true, snap: new(workload.Snapshot)}
		if _, err := schema.Read(doc.Path, text, p.snap); err == nil {
			m.parts, m.schema = append(m.parts, p), true
		}
	default:
		in.Kind, m.schema = input.Schema.String(), true
	}
	m.sources, m.inputs, m.readAny = append(m.sources, s), append(m.inputs, in), true
}

// areQueries reports whether a file has queries, which the application runs beside its
// schema, and nothing that a migration is made of. INSERT alone is a seed. A migration
// has a version in its name.
func areQueries(path, text string) bool {
	if versioned.MatchString(filepath.ToSlash(path)) || strings.Contains(text, "-- +goose") || strings.Contains(text, "-- migrate:up") {
		return false
	}
	reads := false
	for _, piece := range lex.Split(text) {
		switch s := lex.Scan(piece.Text); {
		case s.Words("select"), s.Words("with"):
			shape, err := sql.Parse(piece.Text)
			reads = reads || err == nil && shape.Kind == sql.Select && len(rule.OwnTables(shape)) > 0
		case s.Words("insert"), s.Words("update"), s.Words("delete"), s.Words("merge"), s.Words("explain"), s.Words("prepare"), s.Words("begin"), s.Words("commit"), s.End():
		default:
			return false
		}
	}
	return reads
}

// versioned matches the path of a migration: db/migrations/x.sql, 0007_x.sql, x/up.sql.
var versioned = regexp.MustCompile(`(?i)(^|/)(v?\d[^/]*|up|down|migration|[^/]*\.(up|down))\.sql$|(^|/)[^/]*migrat[^/]*/[^/]*$`)

// wanted is what a run of these options reads.
func (m *inputSet) wanted() string {
	switch {
	case m.Migration != nil && m.Migration.WholeSchema:
		return "a schema dump (pg_dump -s), DDL, migrations or a statistics export"
	case m.Migration != nil:
		return "the SQL of a migration, a schema dump or a statistics export"
	case len(m.Only) > 0:
		return m.Only[0].Want()
	}
	return "EXPLAIN output, a statistics export, a schema dump or SQL"
}

// playMigration reads what the sources hold as their tools do, and plays it.
func (m *inputSet) playMigration() *migration.Set {
	o := m.Migration.Options
	m.recon = m.lookAround()
	m.believe(&o)
	o.Server = m.snap.ServerVersion()
	set := migration.Read(slices.Concat(m.Migration.base, m.notGiven(), m.sources), o)
	if m.hasSnapshot() {
		set.Tables = m.snap
	}
	for _, model := range m.models {
		if !slices.ContainsFunc(set.Models, func(k migration.Model) bool { return k.Kind == model.Kind }) {
			set.Models = append(set.Models, model)
		}
	}
	for _, f := range set.Files {
		m.inputs[f.Input].Rows += len(f.Statements)
		for _, s := range f.Statements {
			if s.Err != nil {
				in := &m.inputs[f.Input]
				in.Warnings = append(in.Warnings, (&diag.SyntaxError{Name: f.Path, Line: s.Line, Want: "an SQL statement", Err: s.Err}).Error())
			}
		}
	}
	for _, s := range set.Unread {
		if s.Input >= 0 {
			in := &m.inputs[s.Input]
			in.Warnings = append(in.Warnings, (&diag.SyntaxError{Name: in.Path, Line: s.Line, Want: "an SQL statement", Err: s.Err}).Error())
		}
	}
	for _, s := range set.Skipped {
		if s.Input >= 0 {
			m.inputs[s.Input].Note = "not reviewed: " + s.Why
		}
	}
	for _, s := range m.sources {
		if s.Base && m.inputs[s.Input].Note == "" {
			m.inputs[s.Input].Note = "not reviewed: it was applied before"
		}
	}
	switch {
	case len(set.Files) > 0 || o.WholeSchema && set.Schema == migration.Dumped:
	case m.Migration.Applied != nil && len(set.Models) == 0 && len(m.sources) > 0: // most commits change no migration
	default:
		m.errs = append(m.errs, m.noMigration(set))
	}
	return set
}

// notGiven are the files that were applied before and are not among the inputs: those
// beside a file that the user named, and those that were deleted since.
func (m *inputSet) notGiven() []*migration.Source {
	var list []*migration.Source
	for _, path := range slices.Sorted(maps.Keys(m.Migration.Applied)) {
		if m.given[path] {
			continue
		}
		s := &migration.Source{Input: -1, Path: path, Text: strings.TrimPrefix(m.Migration.Applied[path], "\ufeff"), Base: true}
		if dir, is := m.folders[filepath.Dir(path)]; is {
			s.Path = filepath.Join(dir, filepath.Base(path))
		}
		list = append(list, s)
	}
	return list
}

// command is what prints the SQL of a model that the review asks for.
func (m *inputSet) command(model migration.Model) string {
	if m.Migration.WholeSchema {
		return model.Whole
	}
	return model.Command
}

// noMigration says why there is nothing to review.
func (m *inputSet) noMigration(set *migration.Set) error {
	if len(set.Models) > 0 {
		model := set.Models[0]
		return fmt.Errorf("%s: %s, which is not SQL. Print the SQL with: %s", model.Path, model.Kind, m.command(model))
	}
	if m.Migration.WholeSchema {
		return errors.New("Nothing to review: expected a schema dump (pg_dump -s), DDL or migrations")
	}
	return errors.New("Nothing to review: expected the SQL of a migration")
}

// migrations reports the migrations and their statements, what is missing, and the
// verdict.
func (b *builder) migrations(r *report.Report) {
	set := b.c.Migration
	verdicts := migrations.Verdicts(set, b.found)
	names := map[catalog.OID]string{} // of relations when a statement first locked them
	at := map[int][]int{}             // the findings of an input
	for i, f := range r.Findings {
		if n, known := f.Where.Input.Get(); known {
			at[n] = append(at[n], i)
		}
	}
	for i, f := range set.Files {
		out := report.Migration{
			Input: f.Input, Path: f.Path, Version: f.Version, Engine: f.Engine, EngineBasis: f.EngineBy, Tool: f.Tool.Name, ToolBasis: f.Basis,
			Transaction: transactionOf(f), Down: f.HasDown, Left: orEmpty(f.Left), Notes: orEmpty(f.Notes), Rollback: []string{},
		}
		if major, exact := set.Server.Major(); exact && f.Engine == migration.PostgreSQL {
			out.PGVersion = opt.Some(major)
		}
		in := settingsOf(f)
		out.Timeouts = report.Timeouts{Lock: in.LockTimeout, Statement: in.StatementTimeout, Idle: in.IdleTimeout}
		for _, s := range f.Statements {
			r.Statements = append(r.Statements, b.ddl(i, s, names))
			out := &r.Statements[len(r.Statements)-1]
			for _, n := range at[f.Input] {
				if line := r.Findings[n].Where.Line.Or(-1); line >= s.Line && line <= s.EndLine {
					out.Findings = append(out.Findings, n)
				}
			}
		}
		out.Verdict = string(verdicts[f].Word)
		r.Migrations = append(r.Migrations, out)
	}
	b.rollouts(r)
	b.part("the list of missing data", func() { r.Missing = b.migrationMissing(r) })
	b.part("the verdict", func() { r.Summary = b.migrationSummary(r, verdicts) })
	b.part("the follow-up", func() { r.FollowUp = b.followUp(r) })
}

// transactionOf says who makes the transactions of a file.
func transactionOf(f *migration.File) string {
	kind := "none"
	for _, s := range f.Statements {
		switch {
		case s.Tx == nil:
		case s.Tx.Kind == migration.Explicit:
			return "explicit"
		default:
			kind = "tool"
		}
	}
	return kind
}

// settingsOf returns the settings at the first statement of a file that takes a
// strong lock; at its last one if none does.
func settingsOf(f *migration.File) migration.Settings {
	var in migration.Settings
	for _, s := range f.Statements {
		in = s.In
		if l := s.Effect.Strongest(); l != nil && l.Mode.BlocksDDL() {
			break
		}
	}
	return in
}

// longestStatement is how much of a statement that changes rows is printed.
const longestStatement = 10_000

func (b *builder) ddl(at int, s *migration.Statement, first map[catalog.OID]string) report.DDL {
	e := s.Effect
	out := report.DDL{
		Input: s.File.Input, Migration: at, Line: s.Line, EndLine: s.EndLine, Text: b.statementText(s), Kind: e.Kind,
		Supported: e.Refused == "", Refused: e.Refused,
		Locks: []report.RelationLock{}, Rewritten: names(e.Rewrites), Rebuilt: names(e.Rebuilds), Scanned: names(e.Reads),
		Rewrites: len(e.Rewrites) > 0, Scans: len(e.Reads) > 0,
		BlockOK: !e.NoBlock, InBlock: s.Tx != nil,
		Class: cmp.Or(string(e.Class), string(ddl.Unknown)), DependsOn: dependsOn(e),
		Reversible: "yes", Assumptions: orEmpty(slices.Clone(e.Assumed)), Findings: []int{}, SafeRewrite: []report.SafeStep{}, Rollback: []report.RollbackStep{},
	}
	if s.Err != nil {
		out.Kind, out.Deploy = "unread", "any"
		out.Assumptions = append(out.Assumptions, "the statement could not be read: "+s.Err.Error())
	}
	for _, l := range e.Locks {
		basis := "schema"
		if l.FromName {
			basis = "statement"
		}
		name := l.Relation.Name.String()
		if first[l.Relation.OID] == "" {
			first[l.Relation.OID] = name
		}
		var before *string
		if old := first[l.Relation.OID]; old != name {
			before = &old
		}
		out.Locks = append(out.Locks, report.RelationLock{
			Relation: name, OIDOf: before, Kind: l.Relation.Kind.String(), Mode: l.Mode.String(), New: l.New,
			BlocksReads: !l.Late && l.Mode.BlocksReads(), BlocksWrites: !l.Late && l.Mode.BlocksWrites(), BlocksDDL: l.Mode.BlocksDDL(), Basis: basis,
		})
	}
	if s.Dialect != nil {
		dialectEffect(&out, s)
		return out
	}
	strong := e.Strongest()
	out.OnlineSafe = out.Supported && s.Err == nil && (strong == nil || !strong.Mode.BlocksWrites() || e.Class == ddl.Instant)
	return out
}

// statementText returns a statement for printing. Statements that change rows hide their
// literals, as do comments and statements that could not be read; a definition could not be
// read without them.
func (b *builder) statementText(s *migration.Statement) string {
	text := s.Text
	if s.Dialect == nil && (s.Err != nil || hidesLiterals[s.Tree.Kind]) || s.Dialect != nil && hidesLiteralsOf[s.Dialect.Kind] {
		if len(text) > longestStatement {
			text = strings.ToValidUTF8(text[:longestStatement], "") + "…"
		}
		if s.Dialect != nil && !b.ShowLiterals {
			return redact.Literals(dialect.Standard(s.Dialect.Engine, text))
		}
		return b.show(redact.SQL(text))
	}
	return text
}

var (
	hidesLiterals = map[string]bool{
		"InsertStmt": true, "UpdateStmt": true, "DeleteStmt": true, "MergeStmt": true, "SelectStmt": true, "CopyStmt": true, "CommentStmt": true, "SecLabelStmt": true,
	}
	hidesLiteralsOf = map[dialect.Kind]bool{dialect.Insert: true, dialect.Update: true, dialect.Delete: true, dialect.Select: true, dialect.Other: true}
)

// dependsOn says what the duration of a statement grows with.
func dependsOn(e *ddl.Effect) []string {
	out := []string{}
	add := func(what string) {
		if !slices.Contains(out, what) {
			out = append(out, what)
		}
	}
	switch e.Class {
	case ddl.Waits:
		add("transactions that are older than the statement")
	case ddl.RowWrites:
		for _, l := range e.Locks {
			if l.Mode == ddl.RowExclusive {
				add("rows that it writes in " + l.Relation.Name.String())
			}
		}
	case ddl.Scan, ddl.Build, ddl.Rewrite:
		for _, name := range names(slices.Concat(e.Rewrites, e.Reads)) {
			add("rows of " + name)
		}
	}
	return out
}

// names returns the names of relations, each once.
func names(list []*catalog.Relation) []string {
	out := []string{}
	for _, r := range list {
		if name := r.Name.String(); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// Before takes the migrations of a folder for what was applied before. A file of the
// same name and text under review is the same migration.
func (m *Migration) Before(dir string) error {
	m.Since = true
	for doc, err := range input.OpenWhole([]string{dir}, nil) {
		if err != nil || !sqlNames[filepath.Ext(doc.Path)] || doc.Beside {
			continue
		}
		text, err := io.ReadAll(doc)
		if err != nil {
			return err
		}
		m.base = append(m.base, &migration.Source{Input: -1, Path: doc.Path, Text: strings.TrimPrefix(string(text), "\ufeff"), Base: true})
	}
	if len(m.base) == 0 {
		return fmt.Errorf("%s: expected a folder with migrations", dir)
	}
	return nil
}
