package design

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// A convention is what two thirds of at least this many names have in common.
const leastNames = 4

func isMost(kept, of int) bool { return 3*kept >= 2*of }

// Convention is how most names of a kind are made.
type Convention struct {
	Kind       string // "table names"
	Value      string // "plural"
	Kept, Of   int
	Exceptions []string
}

// Conventions are the conventions of a schema. Each is nil if there is none.
type Conventions struct {
	TableNumber *Convention
	TableCase   *Convention
	ColumnCase  *Convention
	KeyColumn   *Convention // of foreign keys
	Templates   map[string]*Template
	Types       []Convention // of keys, moments and fixed values

	exceptions map[string][]string // to the templates
	usual      map[string]bool     // names of columns that most tables with the column write so
}

// KeepsCase reports whether a column's name is in the case of most, or is written as
// most tables with such a column write it: created_at among names in camelCase.
func (c *Conventions) KeepsCase(column string) bool {
	return c.ColumnCase == nil || c.usual[column] || Case(c.ColumnCase.Value).Has(column)
}

// KeyName returns the convention of the columns of foreign keys in the case of most
// columns: "{name}Id".
func (c *Conventions) KeyName() string {
	style := c.KeyColumn.Value
	if c.ColumnCase == nil || c.ColumnCase.Value == string(Snake) {
		return style
	}
	before, after, _ := strings.Cut(style, "{name}")
	if before != "" {
		return Case(c.ColumnCase.Value).Of([]string{strings.Trim(before, "_")}) + "{Name}"
	}
	return "{name}" + Pascal.Of(Words(after))
}

// leastShown is how many names a template of the server's own is reported of.
const leastShown = 3

// List returns the conventions in the order of a report.
func (c *Conventions) List() []Convention {
	var list []Convention
	for _, x := range []*Convention{c.TableNumber, c.TableCase, c.ColumnCase, c.KeyColumn} {
		if x != nil {
			list = append(list, *x)
		}
	}
	if c.KeyColumn != nil {
		list[len(list)-1].Value = c.KeyName()
	}
	for _, kind := range Kinds {
		if t := c.Templates[kind]; t != nil && t.Of >= leastShown {
			list = append(list, Convention{kind + " names", t.Text, t.Kept, t.Of, c.exceptions[kind]})
		}
	}
	return append(list, c.Types...)
}

// count adds a name to a convention.
func (c *Convention) count(kept bool, name string) {
	if c.Of++; kept {
		c.Kept++
	} else {
		c.Exceptions = append(c.Exceptions, name)
	}
}

// orNil returns the convention if most names keep it, and nil otherwise.
func (c *Convention) orNil() *Convention {
	if c.Of < leastNames || !isMost(c.Kept, c.Of) {
		return nil
	}
	return c
}

func (s *Schema) conventions() *Conventions {
	c := &Conventions{TableNumber: s.tableNumber(), KeyColumn: s.keyColumn()}
	var columns, tables []caseOf
	spelled, all := map[string]int{}, map[string]int{} // by the name, and by its words
	for _, t := range s.Tables {
		tables = append(tables, caseOf{t.Name.Short(), t.Name.Name, false})
		for _, col := range t.Columns {
			columns = append(columns, caseOf{t.Name.Short() + "." + col.Name, col.Name, false})
			spelled[col.Name]++
			all[strings.Join(Words(col.Name), "_")]++
		}
	}
	c.usual = map[string]bool{}
	for i, x := range columns {
		n := all[strings.Join(Words(x.name), "_")]
		columns[i].usual = n >= leastNames && isMost(spelled[x.name], n)
		c.usual[x.name] = columns[i].usual
	}
	c.ColumnCase = caseConvention("column names", columns)
	if c.TableCase = caseConvention("table names", tables); c.TableCase == nil && c.ColumnCase != nil {
		c.TableCase = keeping("table names", Case(c.ColumnCase.Value), tables).orNil()
	}
	c.Templates, c.exceptions = s.templates()
	for _, w := range []Ways{s.KeyTypes(), s.TimeTypes(), s.ValueSets()} {
		if k := w.convention(); k != nil && k.Value != freeText && k.Value != uncheckedNumber {
			c.Types = append(c.Types, *k)
		}
	}
	return c
}

// JoinsOnly reports whether the table joins others and tells nothing of its own but
// when, and its name has several words: it is made of theirs, often in the singular.
func (t *Table) JoinsOnly() bool {
	keys := t.ForeignKeys()
	return len(keys) >= 2 && len(Words(t.Name.Name)) > 1 && !slices.ContainsFunc(t.Columns, func(c catalog.Column) bool {
		return t.References(c.Name) == nil && !slices.Contains(t.Key(), c.Name) && !strings.HasPrefix(c.Type.Name, "timestamp")
	})
}

// tableNumber finds whether tables are named in the singular or in the plural.
func (s *Schema) tableNumber() *Convention {
	many := Convention{Kind: "table names", Value: Plural.String()}
	one := Convention{Kind: "table names", Value: Singular.String()}
	for _, t := range s.Tables {
		if n := NumberOf(t.Name.Name); n != Unclear && !t.JoinsOnly() {
			many.count(n == Plural, t.Name.Short())
			one.count(n == Singular, t.Name.Short())
		}
	}
	return cmp.Or(many.orNil(), one.orNil())
}

// Case is how a name of several words is written.
type Case string

const (
	Snake  Case = "snake_case"
	Camel  Case = "camelCase"
	Pascal Case = "PascalCase"
	Upper  Case = "UPPER_CASE"
)

type caseForm struct {
	Case
	form *regexp.Regexp
}

// cases are the forms of names. A name of one word in lower case has two of them.
var cases = []caseForm{
	{Snake, regexp.MustCompile(`^[\p{Ll}\p{Lo}\d]+(?:_+[\p{Ll}\p{Lo}\d]+)*$`)},
	{Camel, regexp.MustCompile(`^[\p{Ll}\p{Lo}][\p{L}\d]*$`)},
	{Pascal, regexp.MustCompile(`^\p{Lu}[\p{L}\d]*$`)},
	{Upper, regexp.MustCompile(`^[\p{Lu}\d]+(?:_+[\p{Lu}\d]+)*$`)},
}

// Has reports whether a name is written in this case.
func (c Case) Has(name string) bool {
	name = strings.Trim(name, "_")
	return name == "" || slices.ContainsFunc(cases, func(f caseForm) bool { return f.Case == c && f.form.MatchString(name) })
}

// Of returns words as a name in this case.
func (c Case) Of(words []string) string {
	if c == Snake || c == Upper || c == "" {
		name := strings.Join(words, "_")
		if c == Upper {
			return strings.ToUpper(name)
		}
		return name
	}
	var b strings.Builder
	for i, w := range words {
		if i > 0 || c == Pascal {
			w = strings.ToUpper(w[:1]) + w[1:]
		}
		b.WriteString(w)
	}
	return b.String()
}

// caseOf is a name whose case is looked at. What is usual fits any convention.
type caseOf struct {
	shown, name string
	usual       bool
}

// plain reports whether a name does not tell in which case it is: it has one word.
func (x caseOf) plain() bool { return Snake.Has(x.name) && Camel.Has(x.name) }

// leastTelling is how many names with several words, or with capitals, tell the case.
const leastTelling = 3

// caseConvention returns the case of most names: of most that tell one, and of most
// of all.
func caseConvention(kind string, names []caseOf) *Convention {
	var best *Convention
	most := 0
	for _, f := range cases {
		telling, kept := 0, 0
		for _, x := range names {
			if !x.plain() {
				telling++
				if f.Has(x.name) {
					kept++
				}
			}
		}
		if telling >= leastTelling && isMost(kept, telling) && kept > most {
			if c := keeping(kind, f.Case, names).orNil(); c != nil {
				best, most = c, kept
			}
		}
	}
	return best
}

// keeping counts the names that are in a case.
func keeping(kind string, c Case, names []caseOf) *Convention {
	out := &Convention{Kind: kind, Value: string(c)}
	for _, x := range names {
		out.count(x.usual || c.Has(x.name), x.shown)
	}
	return out
}

// leastKeys is how many foreign keys make a convention of their columns.
const leastKeys = 3

// KeyStyle returns what the name of a foreign key's column has, beside the name of
// what it refers to: "{name}_id" and "id_{name}"; "{name}" if it has nothing. It is
// empty for what tells a role (created_by), and for keys of several columns.
func (t *Table) KeyStyle(k *catalog.Constraint) string {
	if len(k.Columns) != 1 {
		return ""
	}
	words := Words(k.Columns[0])
	n := len(words) - 1
	if n < 0 || len(k.Columns[0]) == 1 {
		return "" // A and B, of a table that a tool made
	}
	other := "id"
	if len(k.RefColumns) == 1 {
		other = k.RefColumns[0]
	} else if target := t.Target(k); target != nil && len(target.Key()) == 1 {
		other = target.Key()[0]
	}
	key := Words(other)
	last := key[len(key)-1]
	switch {
	case n > 0 && words[n] == last && keySuffixes[last]:
		return "{name}_" + last
	case words[n] == last, words[n] == "by", words[n] == "to", words[n] == "from":
		return "" // the key of the table itself, a code under its own name, or a role
	case n > 0 && keySuffixes[words[n]]:
		return "{name}_" + words[n]
	case n > 0 && (words[0] == last || keySuffixes[words[0]]):
		return words[0] + "_{name}"
	}
	return "{name}"
}

// keySuffixes are words that say that a column refers to a row.
var keySuffixes = words("id fk fkey ref uuid key pk guid uid oid")

// keyColumn finds how the columns of foreign keys are named.
func (s *Schema) keyColumn() *Convention {
	type column struct{ style, name string }
	var all []column
	count := map[string]int{}
	for _, t := range s.Tables {
		seen := map[string]bool{}
		for _, k := range t.ForeignKeys() {
			if style := t.KeyStyle(k); style != "" && !seen[k.Columns[0]] {
				seen[k.Columns[0]] = true
				all = append(all, column{style, fmt.Sprintf("%s.%s", t.Name.Short(), k.Columns[0])})
				count[style]++
			}
		}
	}
	for style, n := range count {
		if len(all) < leastKeys || !isMost(n, len(all)) {
			continue
		}
		out := &Convention{Kind: "foreign key columns", Value: style}
		for _, x := range all {
			out.count(x.style == style, x.name)
		}
		return out
	}
	return nil
}

// Named returns the indexes and constraints of the table with what their names are
// made of. Those that belong to a constraint are named by it.
func (t *Table) Named() []Object {
	var list []Object
	for i := range t.Constraints {
		k := &t.Constraints[i]
		kind := constraintKinds[k.Type]
		if kind == "" || k.Inherited || k.Name == "" {
			continue
		}
		x := Object{Named: Named{Kind: kind, Name: k.Name, Table: t.Name.Name, Columns: k.Columns}, Constraint: k}
		if k.Type == catalog.Check {
			x.Columns = nil
		}
		list = append(list, x)
	}
	for _, ix := range t.Indexes() {
		if ix.Index.Constraint != "" {
			continue
		}
		x := Object{Named: Named{Kind: KindIndex, Name: ix.Name.Name, Table: t.Name.Name, More: ix.Index.Where.There() || len(ix.Index.Include) > 0 || ix.Index.Method != "btree"}, Index: ix}
		if ix.Index.Unique {
			x.Kind = KindUniqueIndex
		}
		for _, k := range ix.Index.Keys {
			x.Columns = append(x.Columns, k.Column)
			x.More = x.More || k.Column == ""
		}
		list = append(list, x)
	}
	return list
}

// Object is an index or a constraint with what its name is made of.
type Object struct {
	Named
	Index      *catalog.Relation
	Constraint *catalog.Constraint
}

var constraintKinds = map[byte]string{
	catalog.ForeignKey: KindForeignKey, catalog.Check: KindCheck, catalog.Unique: KindUnique, catalog.PrimaryKey: KindPrimaryKey,
}

// A name with the table and the columns at their places is no accident: two of three
// are enough.
const (
	leastExact = 2
	leastLoose = 3
)

// templates finds how indexes and constraints are named, and what is named otherwise.
func (s *Schema) templates() (map[string]*Template, map[string][]string) {
	var all []Named
	for _, t := range s.Tables {
		for _, x := range t.Named() {
			all = append(all, x.Named)
		}
	}
	out, exceptions := serverTemplates(all), map[string][]string{}
	if out == nil {
		out = map[string]*Template{}
	}
	for _, kind := range Kinds {
		if t := TemplateOf(kind, all, leastExact, leastLoose); t != nil {
			out[kind] = t
		}
	}
	for _, x := range all {
		if t := out[x.Kind]; t != nil && !t.Keeps(x) {
			exceptions[x.Kind] = append(exceptions[x.Kind], x.Name)
		}
	}
	return out, exceptions
}
