// Package emit writes the changes of a report as migration files, in the form
// of the migration tool that the folder already uses, and a ticket.
//
// It writes drafts and executes nothing. It never overwrites a file. CREATE
// INDEX CONCURRENTLY cannot run in a transaction, so each file tells its tool
// not to open one. A change that cannot be run as printed, that has no rollback, or that
// drops what may still be needed, is in the ticket only.
package emit

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/limits"
	"github.com/pgverdict/pgverdict/internal/report"
)

// tool is a migration tool: how its files are named and what they contain.
type tool struct {
	name  string
	seen  *regexp.Regexp // matches its file names; the first group is the version
	holds string         // text that one of its files contains; empty: any text
	files func(at place, name string, m migration) map[string]string
	// single says that a file outside of a transaction holds one statement: several
	// are sent as one string, which is a transaction.
	single bool
	// block says that it runs nothing outside of a transaction.
	block bool
}

// place is where in a folder's history a migration goes.
type place struct {
	dir      string
	version  string // its own
	previous string // the name of the file before it, without extension
	text     string // the content of that file; empty if there is none
}

// migration is one change, up and down. The heading holds SQL comments. block says
// that it runs in a transaction, which the tool makes.
type migration struct {
	title, heading, up, down string
	block                    bool
}

// tools lists the tools that are recognized by their files, the most specific
// first. The last one, plain SQL, is used if no tool is recognized. Without a
// pattern for its files a tool is used if the caller names it.
var tools = []tool{
	{name: "Rails", seen: regexp.MustCompile(`^(\d{14})_.*\.rb$`), holds: "ActiveRecord::Migration", files: rails},
	{name: "Django", seen: regexp.MustCompile(`^(\d{4})_.*\.py$`), holds: "migrations.Migration", files: django},
	{name: "Alembic", seen: regexp.MustCompile(`^(\w+)\.py$`), holds: "down_revision", files: alembic},
	{name: "goose", seen: regexp.MustCompile(`^(\d+)_.*\.sql$`), holds: "-- +goose Up", files: goose},
	{name: "sql-migrate", seen: regexp.MustCompile(`^(\d+)[_-].*\.sql$`), holds: "-- +migrate Up", files: sqlMigrate},
	{name: "tern", seen: regexp.MustCompile(`^(\d+)_.*\.sql$`), holds: "---- create above / drop below ----", files: tern, single: true},
	{name: "dbmate", seen: regexp.MustCompile(`^(\d+)_.*\.sql$`), holds: "-- migrate:up", files: dbmate, single: true},
	{name: "Liquibase", seen: regexp.MustCompile(`^(\d+)[_-].*\.sql$`), holds: "--liquibase formatted sql", files: liquibase},
	{name: "Drizzle", seen: regexp.MustCompile(`^(\d{4})_.*\.sql$`), holds: "--> statement-breakpoint", files: oneFile, block: true},
	{name: "node-pg-migrate", seen: regexp.MustCompile(`^(\d{13,})_.*\.sql$`), holds: "-- Up Migration", files: nodePgMigrate, block: true},
	{name: "Prisma", seen: regexp.MustCompile(`^(\d{14})_[^.]*$`), files: inFolder("migration.sql", ""), single: true},
	{name: "hasura", seen: regexp.MustCompile(`^(\d{13})_[^.]*$`), files: inFolder("up.sql", "down.sql"), single: true},
	{name: "diesel", seen: regexp.MustCompile(`^(\d{4}-\d{2}-\d{2}-\d{6}(?:-\d{4})?)_[^.]*$`), files: diesel, single: true},
	{name: "Flyway", seen: regexp.MustCompile(`^V(\d+)__.*\.sql$`), files: flyway},
	{name: "golang-migrate", seen: regexp.MustCompile(`^(\d+)_.*\.(?:up|down)\.sql$`), files: pairOfFiles, single: true},
	{name: "sqlx", files: sqlx, single: true},
	{name: "Supabase", files: oneFile, block: true},
	{name: "plain SQL", seen: regexp.MustCompile(`^(\d+)_.*\.sql$`), files: plain},
}

// lineOfItsOwn says what in a statement could be a line that a tool takes for its mark: a
// name or a literal with a line break or another control character, or a comment. It is
// empty if there is none.
func lineOfItsOwn(statement string) string {
	for t := range lex.Tokens(statement) {
		switch {
		case t.Kind == lex.Comment:
			return "it has a comment, which could be a mark of the migration tool"
		case (t.Kind == lex.Quoted || t.Kind == lex.String) && strings.ContainsFunc(t.Text, unicode.IsControl):
			return "a name or a literal in it has a control character"
		}
	}
	return ""
}

// Write writes ticket.md to the folder, and a migration for each index to create
// or drop, unless the ticket is the only place for it. If there is a ticket.md, it writes
// nothing. It returns the paths it wrote, also after an error, and the changes of indexes
// that it did not write, each with the reason.
func Write(dir string, r *report.Report, now time.Time) (paths, left []string, err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, nil, err
	}
	t, at, err := look(dir, now)
	if err != nil {
		return nil, nil, err
	}
	// The ticket is first: another run that has written it, or is about to, has written the
	// same migrations.
	var ticket bytes.Buffer
	if err := report.Write(&ticket, r, "markdown", report.Options{}); err != nil {
		return nil, nil, err
	}
	path := filepath.Join(dir, "ticket.md")
	if err := create(path, ticket.String()); err != nil {
		return nil, nil, fmt.Errorf("%w: no file was written", err)
	}
	paths = []string{path}
	for _, rec := range r.Recommendations {
		if rec.Action != "create_index" && rec.Action != "drop_index" {
			continue
		}
		if why := ticketOnly(r, rec); why != "" {
			left = append(left, rec.ID+": "+why)
			continue
		}
		for _, m := range migrationsOf(rec) {
			wrote, err := t.write(&at, nameOf(m.title), m)
			paths = append(paths, wrote...)
			if err != nil {
				return paths, left, err
			}
		}
	}
	return paths, left, nil
}

// ticketOnly says why a change of an index is no migration; empty if it is one. Whatever
// runs migrations asks nobody.
func ticketOnly(r *report.Report, rec report.Recommendation) string {
	settled := func(i int) bool { return r.Findings[i].Section != "B" }
	switch {
	case !rec.Runnable:
		return rec.NotRunnable
	case strings.TrimSpace(rec.Rollback) == "":
		return "its rollback is unknown"
	case lineOfItsOwn(rec.Statement+"\n"+rec.Rollback) != "":
		return lineOfItsOwn(rec.Statement + "\n" + rec.Rollback)
	case rec.Action == "drop_index" && len(rec.Findings) > 0 && !slices.ContainsFunc(rec.Findings, settled):
		return "its finding has an open question"
	}
	return ""
}

// write writes the files of a migration and goes on to the next version.
func (t tool) write(at *place, name string, m migration) ([]string, error) {
	files := t.files(*at, name, m)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	var paths []string
	for _, name := range names {
		path := filepath.Join(at.dir, name)
		if err := create(path, files[name]); err != nil {
			return paths, err
		}
		paths = append(paths, path)
		at.previous, at.text = strings.TrimSuffix(name, filepath.Ext(name)), files[name]
	}
	at.version = next(at.version)
	return paths, nil
}

// look finds the tool whose files are in a folder, and the next place in it.
func look(dir string, now time.Time) (tool, place, error) {
	entries, err := list(dir)
	if err != nil {
		return tool{}, place{}, err
	}
	stamp := now.UTC().Format("20060102150405")
	for _, t := range tools {
		last, at := "", place{dir: dir}
		for _, e := range entries {
			if t.seen == nil {
				break
			}
			got := t.seen.FindStringSubmatch(e.Name())
			if got == nil || !t.in(filepath.Join(dir, e.Name())) {
				continue
			}
			if v := got[1]; len(v) > len(last) || len(v) == len(last) && v > last {
				last, at.previous = v, strings.TrimSuffix(e.Name(), filepath.Ext(e.Name()))
				if b, err := os.ReadFile(filepath.Join(dir, e.Name())); err == nil {
					at.text = string(b)
				}
			}
		}
		if last != "" {
			at.version = after(last, stamp)
			return t, at, nil
		}
	}
	return tools[len(tools)-1], place{dir: dir, version: stamp}, nil
}

// list returns the entries of a folder by name, without those that a reader would wait for.
func list(dir string) ([]os.DirEntry, error) {
	entries, err := os.ReadDir(dir)
	return slices.DeleteFunc(entries, func(e os.DirEntry) bool {
		info, err := os.Stat(filepath.Join(dir, e.Name()))
		return err != nil || limits.Special(info.Mode()) != ""
	}), err
}

// after returns the version after the last one: the time, if versions are times.
func after(last, stamp string) string {
	switch {
	case len(last) == len(stamp) && stamp > last:
		return stamp
	case strings.Contains(last, "-"): // diesel: 2026-01-02-120000-0000
		suffix := ""
		if len(last) > len("2006-01-02-150405") {
			suffix = "-0000"
		}
		if now := stamp[:4] + "-" + stamp[4:6] + "-" + stamp[6:8] + "-" + stamp[8:] + suffix; now > last {
			return now
		}
	}
	return next(last)
}

// in reports whether a file belongs to the tool.
func (t tool) in(path string) bool {
	if t.holds == "" {
		return true
	}
	b, err := os.ReadFile(path)
	return err == nil && bytes.Contains(b, []byte(t.holds))
}

// next returns the version after the given one, with the same width: of a time the
// next second.
func next(version string) string {
	if i := strings.LastIndexByte(version, '-'); i > 0 {
		return version[:i+1] + next(version[i+1:])
	}
	if at, err := time.Parse("20060102150405", version); err == nil {
		return at.Add(time.Second).Format("20060102150405")
	}
	n, err := strconv.ParseUint(version, 10, 64)
	if err != nil {
		return version + "1"
	}
	return fmt.Sprintf("%0*d", len(version), n+1)
}

// heading returns the comments above a statement: its purpose, cost and cautions.
func heading(rec report.Recommendation) string {
	var b strings.Builder
	comment := func(label, text string) {
		if text != "" {
			fmt.Fprintf(&b, "-- %s: %s\n", label, strings.Join(strings.Fields(text), " "))
		}
	}
	comment(rec.ID, rec.Title)
	if rec.Basis == "schema" {
		comment("Fixes", rec.Gain)
	} else {
		comment("Saves", rec.Gain)
	}
	comment("Costs", rec.Cost)
	if rec.Lock.Mode != "" {
		comment("Lock", rec.Lock.Mode+", "+rec.Lock.Blocks)
	}
	for _, c := range rec.Lock.Cautions {
		comment("Before you run it", c)
	}
	comment("Basis", rec.Verify)
	return b.String()
}

var notWord = regexp.MustCompile(`[^a-z0-9]+`)

// migrationsOf returns the migrations of a change of indexes: one, or one for each of its
// steps, of which the rollback goes back from the last.
func migrationsOf(rec report.Recommendation) []migration {
	title := rec.Title
	if rec.Action == "create_index" {
		title = "create " + title
	}
	if len(rec.Steps) == 0 {
		return []migration{{title: title, heading: heading(rec), up: rec.Statement, down: rec.Rollback}}
	}
	var list []migration
	down := rec.Rollback
	for n, step := range slices.Backward(rec.Steps) {
		m := migration{title: strings.TrimSuffix(step.SQL, ";"), heading: "-- " + rec.ID + ", first: " + step.Why + "\n", up: step.SQL, block: step.Transaction != "none"}
		if n == len(rec.Steps)-1 {
			m.title, m.heading = title, heading(rec)
		}
		m.down, down, _ = strings.Cut(down, "\n")
		list = append(list, m)
	}
	slices.Reverse(list)
	return list
}

// nameOf returns the file name for a change by its title, such as
// "create_index_orders_customer_id".
func nameOf(title string) string {
	name := strings.Trim(notWord.ReplaceAllString(strings.ToLower(strings.Replace(title, "index on ", "index ", 1)), "_"), "_")
	return name[:min(len(name), 60)]
}

// create writes a new file, completely or not at all: a part of a migration could be run.
// It fails if the file exists.
func create(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		if errors.Is(err, os.ErrExist) {
			return fmt.Errorf("%s already exists and was not changed", path)
		}
		return err
	}
	_, err = f.WriteString(text)
	if err = cmp.Or(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// addFile writes a new file. If the name is taken it gets a number.
func addFile(dir, name, text string) (string, error) {
	ext := filepath.Ext(name)
	path := filepath.Join(dir, name)
	for i := 2; i < 100; i++ {
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			break
		}
		path = filepath.Join(dir, fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), i, ext))
	}
	return path, create(path, text)
}
