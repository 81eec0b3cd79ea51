package recon

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
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

var namedKinds = []string{KindIndex, KindUniqueIndex, KindForeignKey, KindCheck, KindUnique, KindPrimaryKey}

// named is an object with a name that somebody chose.
type named struct {
	kind, name, table string
	columns           []string // as the catalog has them; "" is an expression
}

// name notes a name and the columns as a statement writes them.
func (m *Migration) name(kind, name, table string, written []string) {
	var columns []string
	for _, w := range written {
		s := lex.Scan(w) // DESC or a class of operators may follow
		column, ok := s.Name()
		if next := s.Peek().Text; !ok || next == "(" || next == "." || next == "::" {
			column = ""
		}
		columns = append(columns, column)
	}
	m.names = append(m.names, named{kind, name, table, columns})
}

// Name is the template that most names of a kind follow: "{table}_{columns}_idx". A
// star stands for what the author chose.
type Name struct {
	Kind     string
	Template string
	Kept, Of int
	Basis    string
}

// longest is how many bytes of a name the server keeps.
const longest = 63

// Fits reports whether a name follows the template. One of an index over expressions
// fits any that has columns, and one that was cut to the longest name fits all.
func (n Name) Fits(name, table string, columns []string) bool {
	x := named{n.Kind, name, table, columns}
	if len(name) >= longest || strings.Contains(n.Template, "{column") && (len(columns) == 0 || slices.Contains(columns, "")) {
		return true
	}
	return x.template() == n.Template || x.loose() == n.Template
}

// NameOf returns the template of a kind; nil if there is none.
func (r *Report) NameOf(kind string) *Name {
	for i := range r.Names {
		if r.Names[i].Kind == kind {
			return &r.Names[i]
		}
	}
	return nil
}

// Make returns a name by the template; empty if it leaves something open.
func (n Name) Make(table string, columns []string) string {
	if strings.Contains(n.Template, "*") {
		return ""
	}
	return strings.NewReplacer("{table}", table, "{columns}", strings.Join(columns, "_"), "{column_and_column}", strings.Join(columns, "_and_")).Replace(n.Template)
}

// template returns a name with its table and columns replaced by placeholders; empty
// if it does not have them.
func (x named) template() string {
	columns, t := x.columns, x.name
	if slices.Contains(columns, "") {
		return ""
	}
	if len(columns) > 0 {
		// The columns follow the table, so they are looked for behind it.
		head, tail, _ := strings.Cut(t, x.table)
		switch joined, and := strings.Join(columns, "_"), strings.Join(columns, "_and_"); {
		case strings.Contains(tail, joined):
			t = head + x.table + strings.Replace(tail, joined, "{columns}", 1)
		case strings.Contains(tail, and):
			t = head + x.table + strings.Replace(tail, and, "{column_and_column}", 1)
		}
	}
	t = strings.Replace(t, x.table, "{table}", 1)
	if len(columns) == 1 {
		t = strings.Replace(t, "{column_and_column}", "{columns}", 1)
	}
	if !strings.Contains(t, "{table}") || x.kind != KindPrimaryKey && !strings.Contains(t, "{column") {
		return ""
	}
	return t
}

// affixes are words by which a name says what it is.
var affixes = words("idx index ix i fk fkey pk pkey key uniq unique uk uq uidx unq check chk ck c con constraint")

// loose returns a name with only its first and last words kept that say what it is.
func (x named) loose() string {
	parts := strings.Split(x.name, "_")
	if len(parts) < 2 {
		return ""
	}
	first, last := parts[0], parts[len(parts)-1]
	switch rest := strings.TrimPrefix(x.name, first+"_"); {
	case affixes[last] && strings.HasPrefix(x.name, x.table+"_"):
		return "{table}_*_" + last
	case affixes[last]:
		return "*_" + last
	case affixes[first] && strings.HasPrefix(rest, x.table+"_"):
		return first + "_{table}_*"
	case affixes[first]:
		return first + "_*"
	}
	return ""
}

// names finds the templates of names in the last migrations and in a dump.
func (r *Report) names(t *tree, past []*Migration) {
	for _, f := range t.dumps() {
		m := &Migration{file: f}
		m.statements(f.content())
		past = append(past, m)
	}
	for _, kind := range namedKinds {
		if n, is := templateOf(kind, past); is {
			r.Names = append(r.Names, n)
			r.Items = append(r.Items, Item{Names, fmt.Sprintf("%s: %s (%d of %d)", kind, n.Template, n.Kept, n.Of), n.Basis, Inferred})
		}
	}
}

// templateOf returns the template of two thirds of the names of a kind: an exact one,
// or else a loose one.
func templateOf(kind string, past []*Migration) (Name, bool) {
	for _, of := range []func(named) string{named.template, named.loose} {
		count, basis, all := map[string]int{}, map[string]string{}, map[string]bool{}
		for _, m := range past {
			for _, x := range m.names {
				if x.kind != kind || all[x.name] {
					continue
				}
				all[x.name] = true
				if t := of(x); t != "" {
					count[t]++
					basis[t] = m.file.path
				}
			}
		}
		if len(count) == 0 {
			continue
		}
		best := slices.MaxFunc(slices.Sorted(maps.Keys(count)), func(a, b string) int { return cmp.Compare(count[a], count[b]) })
		if n := len(all); count[best] >= leastCases && 3*count[best] >= 2*n {
			return Name{kind, best, count[best], n, basis[best]}, true
		}
	}
	return Name{}, false
}
