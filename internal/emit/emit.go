// Package emit writes a report's changes as migration files, in the manner of
// the tool whose files are there already, and the ticket beside them.
//
// It writes drafts and executes nothing. A file that exists is never
// overwritten; what would run inside of a transaction, where CONCURRENTLY is
// refused, is marked so that the tool does not open one. A change that cannot
// be run as printed, or that nothing undoes, is in the ticket alone.
package emit

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pgverdict/pgverdict/internal/report"
)

// tool is a migration tool: how its files are called and what stands in them.
type tool struct {
	name  string
	seen  *regexp.Regexp // its files' names; the first group is the version
	holds string         // what one of them has to hold; empty: nothing in particular
	files func(at place, name string, m migration) map[string]string
}

// place is where in a folder's history a migration goes.
type place struct {
	dir      string
	version  string // its own
	previous string // the file before it, as it is called without its ending
	text     string // what stands in that; empty if there is none
}

// migration is one change, up and down; the heading is in SQL's comments.
type migration struct{ title, heading, up, down string }

// tools are those that are told by their files, the most particular first. The
// last one, plain SQL, stands in where none is seen.
var tools = []tool{
	{"Rails", regexp.MustCompile(`^(\d{14})_.*\.rb$`), "ActiveRecord::Migration", rails},
	{"Django", regexp.MustCompile(`^(\d{4})_.*\.py$`), "migrations.Migration", django},
	{"Alembic", regexp.MustCompile(`^(\w+)\.py$`), "down_revision", alembic},
	{"goose", regexp.MustCompile(`^(\d+)_.*\.sql$`), "-- +goose Up", func(at place, name string, m migration) map[string]string {
		return map[string]string{at.version + "_" + name + ".sql": "-- +goose NO TRANSACTION\n-- +goose Up\n" + m.heading + m.up + "\n\n-- +goose Down\n" + m.down + "\n"}
	}},
	{"Flyway", regexp.MustCompile(`^V(\d+)__.*\.sql$`), "", func(at place, name string, m migration) map[string]string {
		return map[string]string{
			"V" + at.version + "__" + name + ".sql":      m.heading + m.up + "\n",
			"V" + at.version + "__" + name + ".sql.conf": "executeInTransaction=false\n",
			"U" + at.version + "__" + name + ".sql":      m.down + "\n",
		}
	}},
	{"golang-migrate", regexp.MustCompile(`^(\d+)_.*\.(?:up|down)\.sql$`), "", pairOfFiles},
	{"plain SQL", regexp.MustCompile(`^(\d+)_.*\.sql$`), "", pairOfFiles},
}

func pairOfFiles(at place, name string, m migration) map[string]string {
	return map[string]string{at.version + "_" + name + ".up.sql": m.heading + m.up + "\n", at.version + "_" + name + ".down.sql": m.down + "\n"}
}

// Write writes a migration for each index to create or drop into the folder, if
// the change can be run as it stands and undone,
// and ticket.md, and gives the paths it wrote. What it wrote before an error is
// left.
func Write(dir string, r *report.Report, now time.Time) ([]string, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	t, at, err := look(dir, now)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, rec := range r.Recommendations {
		if rec.Action != "create_index" && rec.Action != "drop_index" || !rec.Runnable || strings.TrimSpace(rec.Rollback) == "" {
			continue
		}
		m := migration{rec.Title, heading(rec), rec.Statement, rec.Rollback}
		files := t.files(at, nameOf(rec), m)
		names := make([]string, 0, len(files))
		for name := range files {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			path := filepath.Join(dir, name)
			if err := create(path, files[name]); err != nil {
				return paths, err
			}
			paths = append(paths, path)
			at.previous, at.text = strings.TrimSuffix(name, filepath.Ext(name)), files[name]
		}
		at.version = next(at.version)
	}
	var ticket bytes.Buffer
	if err := report.Write(&ticket, r, "markdown", report.Options{}); err != nil {
		return paths, err
	}
	path := filepath.Join(dir, "ticket.md")
	if err := create(path, ticket.String()); err != nil {
		return paths, err
	}
	return append(paths, path), nil
}

// look finds the tool whose files are in a folder, and the place to go on at.
func look(dir string, now time.Time) (tool, place, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return tool{}, place{}, err
	}
	stamp := now.UTC().Format("20060102150405")
	for _, t := range tools {
		last, at := "", place{dir: dir}
		for _, e := range entries {
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
			if at.version = next(last); len(last) == len(stamp) && stamp > last {
				at.version = stamp
			}
			return t, at, nil
		}
	}
	return tools[len(tools)-1], place{dir: dir, version: stamp}, nil
}

// in reports whether a file is the tool's.
func (t tool) in(path string) bool {
	if t.holds == "" {
		return true
	}
	b, err := os.ReadFile(path)
	return err == nil && bytes.Contains(b, []byte(t.holds))
}

// next is the version after one, as wide as it is.
func next(version string) string {
	n, err := strconv.ParseUint(version, 10, 64)
	if err != nil {
		return version + "1"
	}
	return fmt.Sprintf("%0*d", len(version), n+1)
}

// heading says above a statement what it is for and what to mind.
func heading(rec report.Recommendation) string {
	var b strings.Builder
	comment := func(label, text string) {
		if text != "" {
			fmt.Fprintf(&b, "-- %s: %s\n", label, strings.Join(strings.Fields(text), " "))
		}
	}
	comment(rec.ID, rec.Title)
	comment("gain", rec.Gain)
	comment("cost", rec.Cost)
	if rec.Lock.Mode != "" {
		comment("lock", rec.Lock.Mode+", "+rec.Lock.Blocks)
	}
	for _, c := range rec.Lock.Cautions {
		comment("mind", c)
	}
	comment("basis", rec.Verify)
	return b.String()
}

var notWord = regexp.MustCompile(`[^a-z0-9]+`)

// nameOf is a file's name for a change: "create_orders_customer_id".
func nameOf(rec report.Recommendation) string {
	what := strings.TrimPrefix(rec.Title, "index on ")
	if rec.Action == "create_index" {
		what = "create index " + what
	}
	name := strings.Trim(notWord.ReplaceAllString(strings.ToLower(what), "_"), "_")
	return name[:min(len(name), 60)]
}

// create writes a file that is not there yet.
func create(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		if errors.Is(err, os.ErrExist) {
			return fmt.Errorf("%s exists already, and is left as it is", path)
		}
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
