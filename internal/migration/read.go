package migration

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/pgversion"
)

// Source is the text of a file.
type Source struct {
	Input  int
	Path   string // as the user gave it; "-" for standard input
	Text   string
	Named  bool // the user named it; otherwise it was found in a folder
	Base   bool // it was applied before: it tells the schema and is not reviewed
	Edited bool // it was applied before with another text

	tool   *Tool
	basis  string
	engine string
	key    string // of the pair that it makes with the file that takes it back
	down   bool
	notes  []string
	lines  lines
	beside *beside
}

// DumpOf returns the engine whose schema dump the source is; empty if it is none, or
// a migration that was made of one.
func (s *Source) DumpOf() string {
	e := dumpOf(s.Text)
	if e == "" {
		return ""
	}
	if s.findTool(newBeside()); s.tool != Plain {
		return ""
	}
	return e
}

func (s *Source) findTool(b *beside) {
	if s.tool == nil {
		s.beside = b
		s.tool, s.basis = toolOf(s)
	}
}

func (s *Source) note(text string) {
	if !slices.Contains(s.notes, text) {
		s.notes = append(s.notes, text)
	}
}

// Options are what the user says of the migration.
type Options struct {
	Server     pgversion.Version
	Engine     string // of all files; empty: each file's own
	Repository string // the engine that the repository names; empty if none
	// Versions are those of MySQL and SQLite, by engine.
	Versions map[string]string

	// WholeSchema says that the schema behind all files is asked for: all histories
	// make one, and a dump is kept even if it has what the files create.
	WholeSchema bool

	Since            bool   // the sources that are not Base are all that is pending
	LockTimeout      string // of the role or the connection: "2s"; empty if nobody said
	LockBy           string // who said it; empty: --lock-timeout
	StatementTimeout string
	Deploy           string
	HotTables        []string // on which strong locks are a level more severe: "orders", "billing.invoices"
}

// Read reads the sources as their tools do and plays them.
func Read(sources []*Source, o Options) *Set {
	m := &reader{Options: o, set: &Set{Server: o.Server, Deploy: o.Deploy, HotTables: o.HotTables}}
	b := newBeside()
	var dumps, files []*Source
	for _, s := range sources {
		if e := s.DumpOf(); e != "" {
			s.engine = e
			dumps = append(dumps, s)
			continue
		}
		s.findTool(b)
		files = append(files, s)
	}
	files = m.withoutBaselines(m.withoutOthers(files))
	files = m.withoutDumped(files, dumps)
	m.pendingKnown = o.Since || len(dumps) > 0 || slices.ContainsFunc(files, func(s *Source) bool { return s.Named })
	if len(dumps) > 0 {
		m.dumped = dumps[0].engine
	}
	m.inOrder(files)
	base, review := m.files(files)
	m.play(dumps, base, review)
	return m.set
}

type reader struct {
	Options
	set          *Set
	dumped       string // the engine of the dump; empty if there is none
	pendingKnown bool   // the files are those that run together, not all that ever ran
}

func (m *reader) skip(s *Source, why string) {
	m.set.Skipped = append(m.set.Skipped, Skipped{s.Input, why})
}

// withoutOthers leaves out what a folder with a tool's files holds besides: queries,
// seeds, tests. A numbered file among them is of the tool, although nothing in it
// says so.
func (m *reader) withoutOthers(files []*Source) []*Source {
	var tool *Tool
	of := map[string]*Tool{} // by folder
	for _, s := range files {
		if s.tool != Plain {
			tool, of[filepath.Dir(s.Path)] = s.tool, s.tool
		}
	}
	if tool == nil {
		return files
	}
	return slices.DeleteFunc(files, func(s *Source) bool {
		if s.tool != Plain || s.Named {
			return false
		}
		if t := of[filepath.Dir(s.Path)]; t != nil && numbered.MatchString(filepath.Base(s.Path)) {
			if t.parts == nil {
				s.tool, s.basis = t, "beside files of "+t.Name
			}
			return false
		}
		m.skip(s, "not a migration of "+tool.Name)
		return true
	})
}

// withoutBaselines leaves out Flyway's baselines, which only a new database gets in
// place of the migrations before them.
func (m *reader) withoutBaselines(files []*Source) []*Source {
	baseline := func(s *Source) bool { return s.tool.Name == "flyway" && filepath.Base(s.Path)[0] == 'B' }
	if !slices.ContainsFunc(files, func(s *Source) bool { return s.tool.Name == "flyway" && !baseline(s) }) {
		return files
	}
	return slices.DeleteFunc(files, func(s *Source) bool {
		if baseline(s) {
			m.skip(s, "a baseline, which only a new database gets")
		}
		return baseline(s)
	})
}

// inOrder sorts sources as their tools run them. Plain files that the user named
// stay in his order.
func (m *reader) inOrder(files []*Source) {
	journals := map[string]map[string]int{}
	place := func(s *Source) int { // in Drizzle's journal
		if s.tool.Name != "drizzle" {
			return 0
		}
		path := filepath.Join(filepath.Dir(s.Path), "meta", "_journal.json")
		if _, read := journals[path]; !read {
			journals[path] = journal(s.beside.text(path))
		}
		return journals[path][strings.TrimSuffix(filepath.Base(s.Path), ".sql")]
	}
	type key struct {
		home, version string
		place         int
	}
	keys := make(map[*Source]key, len(files))
	for _, s := range files {
		keys[s] = key{s.home(), s.order(), place(s)}
	}
	slices.SortStableFunc(files, func(a, b *Source) int {
		x, y := keys[a], keys[b]
		if a.tool == Plain && b.tool == Plain && a.Named && b.Named {
			return 0
		}
		return cmp.Or(
			natural(x.home, y.home), cmp.Compare(a.tool.Name, b.tool.Name),
			cmp.Compare(x.place, y.place),
			compareBool(x.version == "", y.version == ""), natural(x.version, y.version),
			natural(a.Path, b.Path),
		)
	})
}

// home is the history that a source belongs to: the folder of its tool.
func (s *Source) home() string {
	if s.tool.home == nil {
		return filepath.Dir(s.Path)
	}
	if home := s.tool.home(s.Path); home != "" {
		return home
	}
	// All files are one history, unless their folders are named after engines.
	_, folder := named(filepath.Dir(s.Path))
	return folder
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

// order is the version as the tool compares it: Diesel leaves out the dashes, and
// compares texts.
func (s *Source) order() string {
	v := s.version()
	if s.tool.Name == "diesel" {
		const longest = 20
		v = strings.ReplaceAll(v, "-", "")
		v += strings.Repeat("0", max(longest-len(v), 0))
	}
	return v
}

// version is what orders a source among those of its tool.
func (s *Source) version() string {
	if s.tool.version != nil {
		return s.tool.version(s.Path)
	}
	name := filepath.Base(s.Path)
	if name[0] < '0' || name[0] > '9' {
		name = filepath.Base(filepath.Dir(s.Path))
		if s.tool.home == nil || s.tool == Plain || name[0] < '0' || name[0] > '9' {
			return ""
		}
	}
	end := strings.IndexFunc(name, func(c rune) bool { return c != '.' && c != '-' && (c < '0' || c > '9') })
	if end < 0 {
		end = len(name)
	}
	return strings.Trim(name[:end], ".-")
}

// natural compares texts with their numbers as numbers.
func natural(a, b string) int {
	for a != "" && b != "" {
		x, y := digits(a), digits(b)
		switch {
		case x > 0 && y > 0:
			n, m := strings.TrimLeft(a[:x], "0"), strings.TrimLeft(b[:y], "0")
			if c := cmp.Or(cmp.Compare(len(n), len(m)), cmp.Compare(n, m)); c != 0 {
				return c
			}
			a, b = a[x:], b[y:]
		case a[0] != b[0]:
			return cmp.Compare(a[0], b[0])
		default:
			a, b = a[1:], b[1:]
		}
	}
	return cmp.Compare(len(a), len(b))
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// files makes files of ordered sources: those that were applied before, and those
// that are reviewed.
func (m *reader) files(sources []*Source) (base, review []*File) {
	pairs := map[string]*Source{}
	ups := 0
	for _, s := range sources {
		if s.key, s.down = s.Path, false; s.tool.pair != nil {
			s.key, s.down = s.tool.pair(s.Path)
		}
		if !s.down {
			ups++
		}
	}
	for _, s := range sources {
		if s.down && ups > 0 {
			pairs[s.tool.Name+"\x00"+s.key] = s
		}
	}
	for _, s := range sources {
		if s.down && ups > 0 {
			continue
		}
		list := m.filesOf(s)
		if back := pairs[s.tool.Name+"\x00"+s.key]; back != nil && len(list) == 1 {
			list[0].takenBackBy(back)
			delete(pairs, s.tool.Name+"\x00"+s.key)
		}
		if s.Base {
			base = append(base, list...)
		} else {
			review = append(review, list...)
		}
	}
	for _, s := range sources {
		if pairs[s.tool.Name+"\x00"+s.key] != s || !s.down {
			continue
		}
		if !s.Base && len(review) == 1 && s.tool == Plain && !review[0].HasDown && review[0].Tool == Plain {
			review[0].takenBackBy(s)
			continue
		}
		m.skip(s, "it takes back a migration that is not among the files")
	}
	late(base, review)
	m.engines(slices.Concat(base, review))
	others := func(f *File) bool { return f.Engine == unknown }
	for _, f := range review {
		if others(f) {
			m.skip(f.parts[0].source, "its engine is not known here")
		}
	}
	base, review = slices.DeleteFunc(base, others), slices.DeleteFunc(review, others)
	return base, review
}

// takenBackBy reads the file that takes f back.
func (f *File) takenBackBy(s *Source) {
	s.lines = linesOf(s.Text)
	f.DownInput = s.Input
	f.take(reading{s, part{text: s.Text, down: true}})
}

// reading is a part of a source that a file is made of.
type reading struct {
	source *Source
	part   part
}

// take reads a part of a source into the file.
func (f *File) take(r reading) {
	f.parts = append(f.parts, r)
	list := f.owned(r.source.read(r.part, f.Engine))
	f.transactions(r.source, r.part, list)
	if r.part.down {
		f.Down, f.HasDown = append(f.Down, list...), f.HasDown || len(list) > 0
		return
	}
	f.Statements = append(f.Statements, list...)
}

// readAgain reads the file as its engine's.
func (f *File) readAgain() {
	parts := f.parts
	f.parts, f.Statements, f.Down, f.HasDown = nil, nil, nil, false
	for _, r := range parts {
		f.take(r)
	}
}

func (f *File) owned(list []*Statement) []*Statement {
	for _, st := range list {
		st.File = f
	}
	return list
}

// filesOf returns the migrations of a source: one, or one for each changeset.
func (m *reader) filesOf(s *Source) []*File {
	s.lines, s.engine = linesOf(s.Text), engineOf(s.Text)
	parts := []part{{text: s.Text}}
	if s.tool.parts != nil {
		parts = s.tool.parts(s.Text)
	}
	var list []*File
	var f *File
	for _, p := range parts {
		if f == nil || p.name != "" && !p.down {
			f = &File{
				Input: s.Input, DownInput: s.Input, Path: s.Path, Tool: s.tool, Basis: s.basis, Version: s.version(),
				Edited: s.Edited, home: s.home(), syntax: s.engine,
			}
			if p.name != "" {
				f.Version = p.name
			}
			list = append(list, f)
		}
		f.take(reading{s, p})
	}
	s.commands()
	for _, f := range list {
		f.Notes = slices.Clip(s.notes)
	}
	return list
}

// late notes the new files whose version is below the highest of those that were there
// before.
func late(base, review []*File) {
	highest := map[string]string{}
	for _, f := range base {
		if f.Version != "" && natural(f.Version, highest[f.home]) > 0 {
			highest[f.home] = f.Version
		}
	}
	for _, f := range review {
		if top := highest[f.home]; f.Version != "" && f.Tool != Plain && !f.Edited && natural(f.Version, top) < 0 {
			f.Late = top
		}
	}
}
