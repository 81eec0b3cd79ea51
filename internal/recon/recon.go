// Package recon looks at a repository's folder before its migrations are judged:
// which server they are for, how it is hosted, which tool runs them, what the
// migrations before them have in common, and what else bears on them.
//
// What marks a thing is in tables: signs of files and of what they contain. A new
// tool, host or setting is a row. Nothing here judges, and nothing is executed: only
// files are read.
package recon

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// Confidence is how a fact is known.
type Confidence string

const (
	Stated   Confidence = "stated"   // a file says it
	Inferred Confidence = "inferred" // it follows from what a file says
)

// Item is one fact with the place that tells it.
type Item struct {
	Item       string     `json:"item"`
	Value      string     `json:"value"`
	Basis      string     `json:"basis"` // "compose.yaml:12"; empty for what is missing
	Confidence Confidence `json:"confidence"`
}

// The kinds of items, in the order of a report.
const (
	Engine      = "engine"
	Hosting     = "hosting"
	Tools       = "tool"
	Conventions = "conventions"
	Timeouts    = "timeouts"
	Schema      = "schema"
	Seeds       = "seeds"
	Names       = "names"
	Checks      = "checks"
	Workload    = "workload"
	Credentials = "credentials"
	Missing     = "missing"
)

var order = []string{Engine, Hosting, Tools, Conventions, Timeouts, Schema, Seeds, Names, Checks, Workload, Credentials, Missing}

// Report is what a folder tells.
type Report struct {
	Root  string
	Files []string // that were read, relative to Root
	// Partial says why not all files were looked at or read; empty if they were.
	Partial string
	Items   []Item

	Engine  string // "postgresql", "mysql", "sqlite"; empty if no file tells it
	Version string // of production as far as a file tells: "15.4"
	// VersionBy is the item that tells them.
	VersionBy Item

	// Standby and Pooler are nil if no file speaks of one.
	Standby     *Item
	Pooler      *Item
	Transaction bool // the pooler gives a server connection for a transaction only

	LockTimeout      *Setting // what sets it for every migration
	StatementTimeout *Setting
	Retry            *Item // what runs a migration again that could not get its lock

	Conventions []Convention
	Departures  []Departure // of the files under review
	Conflicts   []Conflict
	Accepted    []Item // comments by which the files under review silence another linter
	Names       []design.Template
	Hints       []Hint
	Credentials []Credential
	// Behind holds the migrations that the schema dump does not have, relative to
	// Root, in their order.
	Behind []string

	dumped bool // there is a schema dump
}

// Setting is a value that is set outside of the migrations.
type Setting struct {
	Ms    opt.Float // absent if a variable holds it
	By    string    // "role migrator", "strong_migrations"
	Basis string
}

// Conflict is two sources that cannot both be right, or two answers where one is
// expected.
type Conflict struct {
	About string // "server version"
	Says  string // one sentence
	A, B  Item
}

// climbed is how many folders above a migration the repository begins at most.
const climbed = 6

// Root returns the repository that a path is in: the nearest folder above with .git,
// or else the path itself if it is a folder; empty if there is none.
func Root(path string) string {
	dir, err := filepath.Abs(path) // a link is part of where it lies
	if err != nil {
		return ""
	}
	for range climbed {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return path
	}
	return ""
}

// Look reads a repository. The files under review are not part of the history that
// they are compared with, unless there is nothing else.
func Look(root string, review ...string) (*Report, error) {
	t, err := open(root, review)
	if err != nil {
		return nil, err
	}
	r := &Report{Root: root}
	r.history(t) // first: what is read is limited
	r.engine(t)
	r.hosting(t)
	r.tools(t)
	r.timeouts(t)
	r.schema(t)
	r.checks(t)
	r.workload(t)
	r.credentials(t)
	r.missing()
	r.Files, r.Partial = t.read, t.partial
	slices.SortStableFunc(r.Items, func(a, b Item) int {
		return cmp.Compare(slices.Index(order, a.Item), slices.Index(order, b.Item))
	})
	return r, nil
}

// add adds an item and returns it.
func (r *Report) add(kind, value string, h hit) Item {
	i := h.item(kind, value)
	r.Items = append(r.Items, i)
	return i
}

// Lines returns the items with those of a kind on one line: at most a dozen.
func (r *Report) Lines() []Item {
	var lines []Item
	for _, i := range r.Items {
		n := len(lines)
		if n == 0 || lines[n-1].Item != i.Item {
			lines = append(lines, i)
			continue
		}
		last := &lines[n-1]
		if last.Value += "; " + i.Value; i.Basis != "" && !slices.Contains(strings.Split(last.Basis, ", "), i.Basis) {
			last.Basis += ", " + i.Basis
		}
		if i.Confidence == Inferred {
			last.Confidence = Inferred
		}
	}
	return lines
}

// missing names what no file tells. What the report asks for in any case (sizes,
// write rates, running transactions) is not among it.
func (r *Report) missing() {
	if r.Engine != "" && r.Engine != "postgresql" {
		return
	}
	for _, m := range []struct {
		is   bool
		what string
	}{
		{r.Version == "", "server version (give --pg-version): locks and rewrites differ between versions"},
		{r.Standby == nil, "whether there are standbys: their readers wait for ACCESS EXCLUSIVE locks too"},
		{r.Retry == nil && r.LockTimeout != nil, "what runs a migration again after lock_timeout stopped it"},
		{!r.dumped, "a schema dump (pg_dump --schema-only): it tells types, constraints and what depends on what"},
	} {
		if m.is {
			r.Items = append(r.Items, Item{Missing, m.what, "", Stated})
		}
	}
}

func (r *Report) conflict(about string, a, b Item, format string, args ...any) {
	r.Conflicts = append(r.Conflicts, Conflict{about, fmt.Sprintf(format, args...), a, b})
}
