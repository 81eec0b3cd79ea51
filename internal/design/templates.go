package design

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Kinds of objects whose names follow a template.
const (
	KindIndex       = "index"
	KindUniqueIndex = "unique index"
	KindForeignKey  = "foreign key"
	KindCheck       = "check"
	KindUnique      = "unique"
	KindPrimaryKey  = "primary key"
)

// Kinds are all of these, as they are reported.
var Kinds = []string{KindIndex, KindUniqueIndex, KindForeignKey, KindCheck, KindUnique, KindPrimaryKey}

// Named is an object with a name that somebody chose.
type Named struct {
	Kind, Name, Table string
	Columns           []string // as the catalog has them; "" is an expression
	// More says that the name has more to tell than the table and the columns, such
	// as the predicate of a partial index.
	More  bool
	Basis string // the file that tells
}

// Template is what most names of a kind follow: "{table}_{columns}_idx". A star stands
// for what the author chose.
type Template struct {
	Kind     string
	Text     string
	Kept, Of int
	Basis    string // the last file with such a name
}

// LongestName is how many bytes of a name the server keeps.
const LongestName = 63

// Fits reports whether a name follows the template. One of an index over expressions
// fits any that has columns, and one that was cut to the longest name fits all.
func (n Template) Fits(name, table string, columns []string) bool {
	x := Named{Kind: n.Kind, Name: name, Table: table, Columns: columns}
	if len(name) >= LongestName || strings.Contains(n.Text, "{column") && (len(columns) == 0 || slices.Contains(columns, "")) {
		return true
	}
	return slices.Contains(x.templates(), n.Text) || x.loose() == n.Text || x.bare() == n.Text
}

// byTool matches names that tools make up: Rails when its own would be too long, and
// Prisma for the tables that join others.
var byTool = regexp.MustCompile(`^(?:idx|fk)_on_.*_[0-9a-f]{10}$|^_.*_(?:AB_unique|AB_pkey|B_index|[AB]_fkey)$`)

// Keeps reports whether a name follows the template, or has more to tell than it says.
func (n Template) Keeps(x Named) bool {
	return x.More || byTool.MatchString(x.Name) || n.Fits(x.Name, x.Table, x.Columns) || n.Fits(strings.TrimRight(x.Name, "0123456789"), x.Table, x.Columns)
}

// Make returns a name by the template; empty if it leaves something open.
func (n Template) Make(table string, columns []string) string {
	if strings.Contains(n.Text, "*") {
		return ""
	}
	return strings.NewReplacer("{table}", table, "{columns}", strings.Join(columns, "_"), "{column_and_column}", strings.Join(columns, "_and_")).Replace(n.Text)
}

// template returns a name with its table and columns replaced by placeholders; empty
// if it does not have them.
func (x Named) template() string {
	columns, t := x.Columns, x.Name
	if slices.Contains(columns, "") {
		return ""
	}
	if len(columns) > 0 {
		// The columns follow the table, so they are looked for behind it.
		head, tail, _ := strings.Cut(t, x.Table)
		if tail, in := placed(tail, strings.Join(columns, "_"), "{columns}"); in {
			t = head + x.Table + tail
		} else if tail, in := placed(tail, strings.Join(columns, "_and_"), "{column_and_column}"); in {
			t = head + x.Table + tail
		}
	}
	t = strings.Replace(t, x.Table, "{table}", 1)
	if len(columns) == 1 {
		t = strings.Replace(t, "{column_and_column}", "{columns}", 1)
	}
	if !strings.Contains(t, "{table}") || x.Kind != KindPrimaryKey && !strings.Contains(t, "{column") {
		return ""
	}
	return t
}

// placed replaces the first place of some words in a name, if they are whole words: the
// column key is not in orders_pkey.
func placed(name, words, by string) (string, bool) {
	for at := 0; ; at++ {
		i := strings.Index(name[at:], words)
		if i < 0 || words == "" {
			return name, false
		}
		at += i
		if end := at + len(words); (at == 0 || name[at-1] == '_') && (end == len(name) || name[end] == '_') {
			return name[:at] + by + name[end:], true
		}
	}
}

// templates returns the templates that a name follows: that of one column tells not how
// several are joined.
func (x Named) templates() []string {
	t := x.template()
	if and := strings.Replace(t, "{columns}", "{column_and_column}", 1); len(x.Columns) == 1 && and != t {
		return []string{t, and}
	}
	return []string{t}
}

// affixes are words by which a name says what it is.
var affixes = words("idx index ix i fk fkey pk pkey key uniq unique uk uq uidx unq check chk ck c con constraint")

// loose returns a name with only its first and last words kept that say what it is.
func (x Named) loose() string {
	parts := strings.Split(x.Name, "_")
	if len(parts) < 2 {
		return ""
	}
	first, last := parts[0], parts[len(parts)-1]
	switch rest := strings.TrimPrefix(x.Name, first+"_"); {
	case affixes[last] && strings.HasPrefix(x.Name, x.Table+"_"):
		return "{table}_*_" + last
	case affixes[last]:
		return "*_" + last
	case affixes[first] && strings.HasPrefix(rest, x.Table+"_"):
		return first + "_{table}_*"
	case affixes[first]:
		return first + "_*"
	}
	return ""
}

// ofTable returns what loose does, if the table is in it.
func (x Named) ofTable() []string {
	if t := x.loose(); strings.Contains(t, "{table}") {
		return []string{t}
	}
	return []string{""}
}

// bare returns what loose does, without the table.
func (x Named) bare() string { return strings.Replace(x.loose(), "{table}_", "", 1) }

// TemplateOf returns the template of two thirds of the names of a kind: an exact one,
// or else a loose one. At least so many names have to follow an exact one and a loose
// one. It is nil if there is none.
func TemplateOf(kind string, all []Named, exact, loose int) *Template {
	type object struct{ table, name string } // constraints of two tables can have one name
	for _, form := range []struct {
		of    func(Named) []string
		least int
	}{{Named.templates, exact}, {Named.ofTable, loose}, {func(x Named) []string { return []string{x.bare()} }, loose}} {
		count, basis, seen := map[string]int{}, map[string]string{}, map[object]bool{}
		for _, x := range all {
			at := object{x.Table, x.Name}
			if x.Kind != kind || seen[at] {
				continue
			}
			list := form.of(x)
			if x.More && list[0] == "" {
				continue
			}
			seen[at] = true
			for _, t := range list {
				if t != "" {
					count[t]++
					basis[t] = x.Basis
				}
			}
		}
		if len(count) == 0 {
			continue
		}
		best := slices.MaxFunc(slices.Sorted(maps.Keys(count)), func(a, b string) int {
			return cmp.Or(cmp.Compare(count[a], count[b]), strings.Compare(a, b))
		})
		if n := len(seen); count[best] >= form.least && isMost(count[best], n) {
			return &Template{kind, best, count[best], n, basis[best]}
		}
	}
	return nil
}

// byServer are the templates of the names that the server makes up.
var byServer = map[string]string{
	KindIndex: "{table}_{columns}_idx", KindUniqueIndex: "{table}_{columns}_idx", KindForeignKey: "{table}_{columns}_fkey",
	KindCheck: "{table}_*_check", KindUnique: "{table}_{columns}_key", KindPrimaryKey: "{table}_pkey",
}

// serverTemplates returns the server's own templates of the kinds that have too few
// names for one of their own. Most names of all kinds have to follow these, and most
// of the kind.
func serverTemplates(all []Named) map[string]*Template {
	fits := func(x Named) bool {
		return Template{Kind: x.Kind, Text: byServer[x.Kind]}.Fits(x.Name, x.Table, x.Columns)
	}
	kept, of := 0, 0
	by := map[string]*Template{}
	for _, x := range all {
		if x.More && !fits(x) {
			continue
		}
		t := by[x.Kind]
		if t == nil {
			t = &Template{Kind: x.Kind, Text: byServer[x.Kind]}
			by[x.Kind] = t
		}
		t.Of++
		of++
		if fits(x) {
			t.Kept++
			kept++
		}
	}
	if of < leastNames || !isMost(kept, of) {
		return nil
	}
	for kind, t := range by {
		if !isMost(t.Kept, t.Of) {
			delete(by, kind)
		}
	}
	return by
}

// ByServer reports whether a long name is one that the server made up and cut: it has
// the longest length and ends as the server's do.
func (x Named) ByServer() bool {
	return len(x.Name) == LongestName && strings.HasSuffix(strings.TrimRight(x.Name, "0123456789"), byServer[x.Kind][strings.LastIndex(byServer[x.Kind], "_"):])
}
