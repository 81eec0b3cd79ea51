package rule

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

// onMigration applies the rules on migrations.
func (r *runner) onMigration() []Found {
	c := r.c
	var all []Found
	type place struct {
		rule, title string
		input, line int
	}
	seen := map[place]bool{} // a body that runs twice says the same twice
	for _, rule := range r.rules {
		add := func(f Found) {
			f.placeInMigration()
			if rule.Blocks {
				c.onHotTable(&f)
			}
			if at := (place{rule.ID, f.Title.Raw(), f.Where.Input.Or(-1), f.Where.Line.Or(-1)}); !seen[at] {
				seen[at] = true
				all = append(all, r.by(rule, f))
			}
		}
		if rule.Set != nil {
			r.try(rule.ID, func() { rule.Set(c, add) })
		}
		for _, file := range c.Migration.Files {
			if !rule.judges(file.Engine) {
				continue
			}
			if rule.File != nil {
				r.try(rule.ID, func() {
					rule.File(c, file, func(f Found) {
						if f.File == nil {
							f.File = file
						}
						add(f)
					})
				})
			}
			if rule.Change == nil {
				continue
			}
			for s := range EachChange(file.Statements) {
				r.try(rule.ID, func() {
					rule.Change(c, s, func(f Found) {
						if f.Change == nil {
							f.Change = s
						}
						add(f)
					})
				})
			}
		}
	}
	said := slices.Concat(all, r.onWayBack())
	for _, rule := range r.rules {
		if rule.Last != nil {
			r.try(rule.ID, func() {
				rule.Last(c, said, func(f Found) {
					f.placeInMigration()
					all = append(all, r.by(rule, f))
				})
			})
		}
	}
	for i := range all {
		if f := &all[i]; f.Change != nil {
			if reason, ignored := f.Change.Ignored[f.Rule]; ignored {
				f.Ignored = cmp.Or(strings.TrimSpace(reason), "no reason given")
			}
		}
	}
	return all
}

// onWayBack applies the rules on locks to the parts that take the files back.
func (r *runner) onWayBack() []Found {
	var back []Found
	for _, rule := range r.rules {
		if !rule.Blocks {
			continue
		}
		for _, file := range r.c.Migration.Files {
			if !rule.judges(file.Engine) {
				continue
			}
			for s := range EachChange(file.Down) {
				r.try(rule.ID, func() {
					rule.Change(r.c, s, func(f Found) {
						f.Change, f.File, f.Back = s, file, true
						back = append(back, r.by(rule, f))
					})
				})
			}
		}
	}
	return back
}

// EachChange yields statements, and after each of them those of the body that it
// runs.
func EachChange(list []*migration.Statement) iter.Seq[*migration.Statement] {
	return func(yield func(*migration.Statement) bool) { eachChange(list, yield) }
}

func eachChange(list []*migration.Statement, yield func(*migration.Statement) bool) bool {
	for _, s := range list {
		if !yield(s) || !eachChange(s.Body, yield) {
			return false
		}
	}
	return true
}

// placeInMigration sets the place of a finding, and whether a comment ignores it.
func (f *Found) placeInMigration() {
	if s := f.Change; s != nil {
		if f.File == nil {
			f.File = s.File
		}
		if !f.Where.Line.Known() {
			f.Where.Line = opt.Some(s.Line)
		}
	}
	if f.File != nil && !f.Where.Input.Known() {
		f.Where.Input = opt.Some(f.File.Input)
	}
}

// Size is the size of what a statement works on. Severities go by it.
type Size int

const (
	SizeUnknown Size = iota
	Tiny             // a lock on it is held for less than the network takes
	Moderate
	Large // a statement that reads it takes seconds or more
	Huge
)

const (
	tinyRows, tinyBytes   = 10_000, 10 << 20
	largeRows, largeBytes = 1_000_000, 1 << 30
	hugeRows              = 10_000_000
)

// Extent is how large relations of a migration are, as far as exports tell.
type Extent struct {
	Rows, Bytes opt.Float
}

// Size returns the size that severities go by.
func (e Extent) Size() Size {
	rows, bytes := e.Rows.Or(0), e.Bytes.Or(0)
	switch {
	case !e.Rows.Known() && bytes < largeBytes:
		return SizeUnknown
	case rows >= hugeRows:
		return Huge
	case rows >= largeRows || bytes >= largeBytes:
		return Large
	case rows < tinyRows && bytes < tinyBytes:
		return Tiny
	}
	return Moderate
}

// String returns the extent in words: "11.8 M rows", "15 GB"; empty if it is not known.
func (e Extent) String() string {
	if rows, ok := e.Rows.Get(); ok {
		return Counted(rows, "row")
	}
	if bytes, ok := e.Bytes.Get(); ok {
		return figures.Bytes(bytes)
	}
	return ""
}

// ExtentOf returns the size of relations together. It is not known if one of them is
// not.
func (c *Case) ExtentOf(list ...*catalog.Relation) Extent {
	e := Extent{opt.Of(0.0), opt.Of(0.0)}
	for _, r := range list {
		t := c.Exported(r)
		if t == nil {
			return Extent{}
		}
		e.Rows, e.Bytes = opt.Sum(e.Rows, t.RowCount()), opt.Sum(e.Bytes, t.Bytes())
	}
	if len(list) == 0 {
		return Extent{}
	}
	return e
}

// Exported returns the table of the exports that a relation of a migration is; nil if
// they do not have it.
func (c *Case) Exported(r *catalog.Relation) *workload.Table {
	if c.Migration == nil || c.Migration.Tables == nil || r == nil {
		return nil
	}
	name, renamed := formerNames.Of(c)[r.OID]
	if !renamed {
		name = r.Name
	}
	if name.Schema == "" {
		name.Schema = "public"
	}
	return c.Migration.Tables.Table(name.Schema, name.Name)
}

// formerNames are the names that relations had before the migration renamed them.
var formerNames = Derive(func(c *Case) map[catalog.OID]catalog.Name {
	names := map[catalog.OID]catalog.Name{}
	for _, f := range c.Migration.Files {
		for s := range EachChange(f.Statements) {
			for _, a := range s.Effect.Actions {
				if _, known := names[tableOID(a)]; (a.Verb == ddl.Rename || a.Verb == ddl.SetSchema) && a.Table != nil && !known {
					names[a.Table.OID] = a.Table.Name
				}
			}
		}
	}
	return names
})

func tableOID(a ddl.Action) catalog.OID {
	if a.Table == nil {
		return 0
	}
	return a.Table.OID
}

// hotWrites is how many rows of a table are written per day from which each lock on it
// is felt at once.
const hotWrites = 1_000_000

// onHotTable makes a finding on a statement a level more severe if the statement blocks
// the writes of a table that the user calls hot, or that exports show to be.
func (c *Case) onHotTable(f *Found) {
	if f.Change == nil || f.Severity == finding.Nit {
		return
	}
	for _, l := range f.Change.Effect.Locks {
		if l.New || !l.Mode.BlocksWrites() || !l.Relation.IsTable() {
			continue
		}
		why := ""
		if t := c.Exported(l.Relation); t != nil {
			if rate, _ := c.Migration.Tables.TablePerDay(t, (*workload.Table).Writes).Get(); rate >= hotWrites {
				why = figures.Count(rate) + " rows are written per day"
			}
		}
		if slices.ContainsFunc(c.Migration.HotTables, func(name string) bool { return name == l.Relation.Name.Short() || name == l.Relation.Name.String() }) {
			why = ".pgverdict.yaml calls it hot"
		}
		if why != "" {
			f.Severity = min(f.Severity+1, finding.Severe)
			f.More = redact.Append(f.More, "%s is a hot table (%s): the finding is a level more severe.", l.Relation.Name.Short(), why)
			return
		}
	}
}

// WorkedOn returns the extent of what a statement does to a table: of the table, or
// of those of its partitions that the statement reads or rewrites.
func (c *Case) WorkedOn(s *migration.Statement, r *catalog.Relation) Extent {
	if e := c.ExtentOf(r); r == nil || r.Kind != catalog.Partitioned || e.Rows.Or(0) > 0 {
		return e
	}
	var parts []*catalog.Relation
	for _, p := range slices.Concat(s.Effect.Rewrites, s.Effect.Reads) {
		if p.Kind == catalog.Table && !slices.Contains(parts, p) {
			parts = append(parts, p)
		}
	}
	return c.ExtentOf(parts...)
}

// LongLock returns the lock that the statement of a migration holds while it reads or
// writes rows; none if it holds none so long, or the finding is on no statement.
func (f Found) LongLock() ddl.Mode {
	if f.Change == nil || f.Change.Effect.Class == ddl.Instant || f.Change.Effect.Class == ddl.Waits {
		return 0
	}
	if l := f.Change.Effect.Strongest(); l != nil {
		return l.Mode
	}
	return 0
}

// About begins a finding about what a statement of a migration does to a relation.
// Nothing in it goes by the relation's size.
func (c *Case) About(s *migration.Statement, r *catalog.Relation, tag finding.Tag, severity finding.Severity) Found {
	f := Found{Change: s}
	f.Tag, f.Severity = tag, severity
	if r != nil {
		f.Where.Relation = r.Name.String()
		if r.Kind == catalog.IndexKind {
			f.Where.Index = r.Name.String()
		}
	}
	return f
}

// Sized begins a finding about a statement that takes the longer the larger a table
// is. On a tiny table it is a nit; on a huge one it is a level more severe. If the
// size is not known, the severity is the given one, and the size is asked for.
func (c *Case) Sized(s *migration.Statement, r *catalog.Relation, severity finding.Severity) Found {
	f := c.About(s, r, finding.Confirmed, severity)
	extent := c.WorkedOn(s, r)
	f.Number("rows", extent.Rows, "rows", "exports")
	f.Number("size", extent.Bytes, "bytes", "exports")
	switch extent.Size() {
	case SizeUnknown:
		f.Asks = []finding.Ask{{
			Input: string(workload.ViewClass),
			Why:   "how long " + TableWords(r) + " is locked or read: the findings on a table become critical from 1 M rows or 1 GB, and minor below 10,000 rows",
			Query: "SELECT n.nspname AS schemaname, c.relname, c.relkind, c.relpages, c.reltuples, pg_total_relation_size(c.oid) AS total_bytes FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'm');",
		}}
	case Tiny:
		f.Severity = finding.Nit
	case Huge:
		f.Severity = min(severity+1, finding.Severe)
	}
	return f
}

// Blocking begins such a finding about a lock that is held while a table is read,
// rewritten or written. From 1 M rows or 1 GB it is critical.
func (c *Case) Blocking(s *migration.Statement, r *catalog.Relation, severity finding.Severity) Found {
	f := c.Sized(s, r, severity)
	if c.WorkedOn(s, r).Size() >= Large {
		f.Critical(s, finding.Rewrite)
	}
	return f
}

// Critical makes a finding on a statement critical: what it hits are the locks of the
// statement.
func (f *Found) Critical(s *migration.Statement, action finding.Action) {
	f.Tag, f.Action = finding.Critical, action
	if f.Blast.Empty() {
		f.Blast = redact.Plain(Locked(s))
	}
}

// Locked says in words whom the locks of a statement stop: "reads and writes of
// orders; writes of customers".
func Locked(s *migration.Statement) string {
	var reads, writes []string
	for _, l := range s.Effect.Locks {
		name := l.Relation.Name.Short()
		switch {
		case l.New || l.Relation.Kind == catalog.IndexKind:
		case l.Mode.BlocksReads():
			reads = append(reads, name)
		case l.Mode.BlocksWrites():
			writes = append(writes, name)
		}
	}
	switch {
	case len(reads) > 0 && len(writes) > 0:
		return "reads and writes of " + Words(FirstFew(reads)) + ", and writes of " + Words(FirstFew(writes))
	case len(reads) > 0:
		return "reads and writes of " + Words(FirstFew(reads))
	case len(writes) > 0:
		return "writes of " + Words(FirstFew(writes))
	}
	return "the release: the migration stops here"
}

// TableWords names a relation: "orders", "the table" if it is not known.
func TableWords(r *catalog.Relation) string {
	if r == nil {
		return "the table"
	}
	return r.Name.Short()
}
