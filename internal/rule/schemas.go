package rule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

// onSchema applies the rules on schemas. What was there before the migrations beside
// the schema is not reported, unless all of it is asked for.
func (r *runner) onSchema() []Found {
	c := r.c
	var all []Found
	for _, rule := range r.rules {
		r.onDescribed(rule, &all)
		add := func(f Found) {
			if f.Since > 0 || !c.Schema.Based {
				all = append(all, r.by(rule, f))
			}
		}
		if rule.Schema != nil {
			r.try(rule.ID, func() { rule.Schema(c, add) })
		}
		if rule.Relation == nil {
			continue
		}
		for _, t := range c.Schema.Tables {
			r.try(rule.ID, func() { rule.Relation(c, t, add) })
		}
	}
	said := r.forStatements()
	for i := range said {
		all = said[i].answer(all)
	}
	keepReplacements(all)
	c.withdrawContradictions(all)
	return append(c.foldPlaces(all), said...)
}

// answer leaves out the questions about an index that the statements answer, and takes
// over the changes that they call for.
func (f *Found) answer(all []Found) []Found {
	return slices.DeleteFunc(all, func(q Found) bool {
		same := f.Where.Index != "" && q.Where.Index == f.Where.Index && q.Tag == finding.Concern
		if same {
			f.Remedies = append(f.Remedies, q.Remedies...)
		}
		return same
	})
}

// forStatements applies the rules that propose indexes for the statements given with a
// schema. Their findings are not folded: each has changes of its own.
func (r *runner) forStatements() []Found {
	c := r.c
	if len(c.Texts) == 0 {
		return nil
	}
	judged := map[string]*design.Table{}
	for _, t := range c.Schema.Tables {
		if kept := c.Stored(t); kept != nil {
			judged[kept.QName()] = t
		}
	}
	of := &runner{c: c, order: r.order}
	for _, rule := range r.rules {
		if rule.Designs {
			of.rules = append(of.rules, rule)
		}
	}
	var all []Found
	for _, f := range append(of.onCase(), of.onExports()...) {
		t := judged[f.Where.Relation]
		if t == nil || c.Schema.Based && t.Since == 0 || slices.ContainsFunc(f.Remedies, func(r Remedy) bool { return r.Refused != nil }) {
			continue
		}
		f.Designed, f.Since = t, t.Since
		if !f.Where.Line.Known() { // of the statement
			f.writtenAt(t.At)
		}
		for _, ix := range t.Indexes() {
			if ix.Name.String() == f.Where.Index {
				f.AtIndex(ix)
			}
		}
		for _, remedy := range f.Remedies {
			if remedy.Create != nil && f.Where.Column == "" {
				f.Where.Column = remedy.Create.Index.Keys[0].Column
			}
		}
		all = append(all, f)
	}
	r.faults = append(r.faults, of.faults...)
	return all
}

// onDescribed applies a rule on migrations of MySQL or SQLite to the tables of a schema.
func (r *runner) onDescribed(rule *Rule, all *[]Found) {
	if !rule.Tables {
		return
	}
	c := r.c
	add := func(f Found) {
		s := f.Change
		t := s.Dialect.New
		f.Where.Input, f.Where.Line = opt.Some(t.At.Input), opt.Some(s.Line)
		if col := t.Column(f.Where.Column); s.Number > 0 || col != nil && col.Since > 0 || !c.Schema.Based {
			*all = append(*all, r.by(rule, f))
		}
	}
	if rule.Set != nil {
		r.try(rule.ID, func() { rule.Set(c, add) })
	}
	for _, file := range c.Migration.Described {
		if !rule.judges(file.Engine) {
			continue
		}
		if rule.File != nil {
			r.try(rule.ID, func() { rule.File(c, file, add) })
		}
		if rule.Change == nil {
			continue
		}
		for _, s := range file.Statements {
			r.try(rule.ID, func() { rule.Change(c, s, add) })
		}
	}
}

// ExtentOfTable returns the size of a table of a schema, with that of its partitions.
func (c *Case) ExtentOfTable(t *design.Table) Extent {
	if t.Kind != catalog.Partitioned {
		return c.ExtentOf(t.Relation)
	}
	var parts []*catalog.Relation
	for _, r := range t.Schema.Tree(t.Relation) {
		if r.Kind == catalog.Table {
			parts = append(parts, r)
		}
	}
	return c.ExtentOf(parts...)
}

// InSchema begins a finding about a table of a schema.
func (c *Case) InSchema(t *design.Table, tag finding.Tag, severity finding.Severity) Found {
	f := Found{Since: t.Since, Designed: t}
	f.Tag, f.Severity = tag, severity
	f.Where.Relation = t.Name.String()
	f.writtenAt(t.At)
	return f
}

// OnObject begins a finding about an object of a schema that is no table: a view, a
// function, a schema.
func (c *Case) OnObject(name string, since int, at catalog.Place, tag finding.Tag, severity finding.Severity) Found {
	f := Found{}
	f.Tag, f.Severity = tag, severity
	f.Where.Relation = name
	f.MadeBy(since, at)
	return f
}

// MadeBy says which statement made what the finding is about, if that is neither the
// table nor a column, constraint or index.
func (f *Found) MadeBy(since int, at catalog.Place) {
	f.Since = since
	f.writtenAt(at)
}

// writtenAt sets the place of a finding to that of a statement.
func (f *Found) writtenAt(at catalog.Place) {
	if at.Line > 0 {
		f.Where.Input, f.Where.Line = opt.Some(at.Input), opt.Some(at.Line)
	}
}

// AtColumn places a finding on a table at one of its columns.
func (f *Found) AtColumn(col *catalog.Column) {
	f.Where.Column, f.Since = col.Name, col.Since
	f.writtenAt(col.At)
}

// Because adds a column without which there would be no finding. If a migration has
// added it, the finding is new, and is where the column is written.
func (f *Found) Because(col *catalog.Column) {
	if col.Since > f.Since {
		f.Since = col.Since
		f.writtenAt(col.At)
	}
}

// AtConstraint places a finding on a table at one of its constraints.
func (f *Found) AtConstraint(k *catalog.Constraint) {
	f.Since = k.Since
	if len(k.Columns) > 0 {
		f.Where.Column = k.Columns[0]
	}
	f.writtenAt(k.At)
}

// AtIndex places a finding on a table at one of its indexes.
func (f *Found) AtIndex(ix *catalog.Relation) {
	f.Where.Index, f.Since = ix.Name.String(), ix.Since
	if columns := ix.Index.Columns(); len(columns) > 0 {
		f.Where.Column = columns[0]
	}
	f.writtenAt(ix.At)
}

// Stored returns the table of the snapshot that a table of a schema is.
func (c *Case) Stored(t *design.Table) *workload.Table {
	return c.Snapshot.Table(t.Name.Schema, t.Name.Name)
}

// Stored pairs an index of a schema with what the snapshot has of it.
type Stored struct {
	*catalog.Relation
	Kept *workload.Index
}

// IndexesOf returns the indexes of a table of a schema that statements can use.
func (c *Case) IndexesOf(t *design.Table) []Stored {
	var list []Stored
	of := c.Stored(t)
	if of == nil {
		return nil
	}
	named := make(map[string]*workload.Index, len(of.Indexes))
	for _, ix := range of.Indexes {
		named[ix.Name] = cmp.Or(named[ix.Name], ix)
	}
	for _, ix := range t.Indexes() {
		if kept := named[ix.Name.Name]; kept != nil && ix.Index.Valid && Usable(kept) {
			list = append(list, Stored{ix, kept})
		}
	}
	return list
}

// OnStored begins a finding about an index of a schema.
func (c *Case) OnStored(t *design.Table, ix Stored, tag finding.Tag, severity finding.Severity) Found {
	f := c.InSchema(t, tag, severity)
	f.AtIndex(ix.Relation)
	f.index, f.Evidence = ix.Kept, c.OfIndex(ix.Kept)
	return f
}

// DropIndex adds the statement that drops an index of a schema, or the constraint that
// it belongs to.
func (f *Found) DropIndex(t *design.Table, ix *catalog.Relation) {
	ddl := "DROP INDEX " + ix.Name.Short()
	if k := ix.Index.Constraint; k != "" {
		ddl = "ALTER TABLE " + t.Name.Short() + " DROP CONSTRAINT " + lex.QuoteIdent(k)
	}
	f.Remedies = append(f.Remedies, Remedy{DDL: ddl, Dropped: ix.Name.String()})
}

// CreateIndex adds the statement that creates an index on a table of a schema, under
// a name as its indexes have them. what follows the table's name: "USING gin (tags)".
func (f *Found) CreateIndex(c *Case, t *design.Table, what string) {
	def, err := workload.ParseIndexDef("CREATE INDEX ON " + t.Name.String() + " " + what)
	if err != nil {
		return
	}
	name := c.Advisor.Configure(0).Create(indexadvisor.Index{Schema: def.Schema, Table: def.Table, IndexDef: def.IndexDef}).Name
	f.AddDDL("CREATE INDEX %s ON %s %s", lex.QuoteIdent(name), t.Name.Short(), what)
}

// AddDDL adds a statement to the changes that a finding on a schema calls for.
func (f *Found) AddDDL(format string, args ...any) {
	f.Remedies = append(f.Remedies, Remedy{DDL: fmt.Sprintf(format, args...)})
}

// A rule that finds the same at many places says it once. A large schema has each
// concern once, however few its places are: they are for one person to decide.
const (
	foldedPlaces = 5
	largeSchema  = 30 // tables
)

// foldPlaces makes one finding of those of a rule that differ in their place only.
// The most severe leads, then that of the largest table, or else the first one.
func (c *Case) foldPlaces(all []Found) []Found {
	type key struct {
		rule     string
		tag      finding.Tag
		severity finding.Severity
	}
	once := func(tag finding.Tag) bool { return tag == finding.Concern && len(c.Schema.Tables) >= largeSchema }
	groups := map[key][]Found{}
	var order []key
	var out []Found
	for _, f := range all {
		if len(f.Places) > 0 {
			out = append(out, f) // the rule said all of them itself
			continue
		}
		k := key{f.Rule, f.Tag, f.Severity}
		if once(f.Tag) {
			k.severity = finding.Nit
		}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], f)
	}
	for _, k := range order {
		list, most := groups[k], foldedPlaces
		if once(k.tag) {
			most = 1
		}
		if len(list) <= most {
			out = append(out, list...)
			continue
		}
		out = append(out, c.fold(list))
	}
	return out
}

// Asked returns the findings on a schema without the questions that are too many for a
// large one: a team answers about one for ten tables. Nits go first, then what is low
// and at few places; more severe questions stay. left are the rules of the others.
func (c *Case) Asked(all []Found) (kept []Found, left []string) {
	if len(c.Schema.Tables) < largeSchema {
		return all, nil
	}
	var questions []int
	for i, f := range all {
		if f.Tag == finding.Concern {
			questions = append(questions, i)
		}
	}
	slices.SortStableFunc(questions, func(a, b int) int {
		return cmp.Or(cmp.Compare(all[b].Severity, all[a].Severity), cmp.Compare(len(all[b].Places), len(all[a].Places)))
	})
	drop := map[int]bool{}
	for n, i := range questions {
		if f := all[i]; f.Severity == finding.Nit || f.Severity == finding.Low && n >= len(c.Schema.Tables)/10 {
			drop[i] = true
			left = append(left, f.Rule)
		}
	}
	for i, f := range all {
		if !drop[i] {
			kept = append(kept, f)
		}
	}
	return kept, left
}

// DesignedBytes returns the size of the table of a finding on a schema; 0 for other
// findings and if it is not known.
func (c *Case) DesignedBytes(f Found) float64 {
	if f.Designed == nil {
		return 0
	}
	return c.ExtentOfTable(f.Designed).Bytes.Or(0)
}

func (c *Case) fold(list []Found) Found {
	largest := slices.MaxFunc(list, func(a, b Found) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(c.DesignedBytes(a), c.DesignedBytes(b)))
	})
	f := largest
	tables := map[string]bool{}
	for _, one := range list {
		f.Places = append(f.Places, finding.Place{Where: one.Where, Title: one.Title, Change: one.plainDDL()})
		tables[one.Where.Relation] = true
	}
	where := figures.Plural(len(tables), "table")
	switch {
	case f.Designed == nil: // functions, extensions
		where = figures.Plural(len(list), "place")
	case len(list) != len(tables):
		where = figures.Plural(len(list), "place") + " in " + where
	}
	f.Title = redact.Sprintf("%s: %s", f.of.Title, where)
	f.Detail = redact.Sprintf("Such as: %s. %s", largest.Title, f.Detail)
	return f
}

// plainDDL returns the statements that a finding calls for, in one line each.
func (f *Found) plainDDL() string {
	var list []string
	for _, r := range f.Remedies {
		if r.DDL != "" {
			list = append(list, r.DDL+";")
		}
	}
	return strings.Join(list, "\n")
}

// BlocksApproval reports whether a schema with the finding is not approved: it is
// critical, or confirmed and not minor.
func BlocksApproval(f Found) bool {
	return f.Tag == finding.Critical || f.Tag == finding.Confirmed && f.Severity >= finding.Medium
}
