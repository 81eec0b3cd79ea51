package recon

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/lex"
)

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
	m.names = append(m.names, design.Named{Kind: kind, Name: name, Table: table, Columns: columns})
}

// NameOf returns the template of the names of a kind; nil if there is none.
func (r *Report) NameOf(kind string) *design.Template {
	for i := range r.Names {
		if r.Names[i].Kind == kind {
			return &r.Names[i]
		}
	}
	return nil
}

// names finds the templates of names in the last migrations and in a dump.
func (r *Report) names(t *tree, past []*Migration) {
	for _, f := range t.dumps() {
		m := &Migration{file: f}
		m.statements(f.content())
		past = append(past, m)
	}
	var all []design.Named
	for _, m := range past {
		for _, x := range m.names {
			x.Basis = m.file.path
			all = append(all, x)
		}
	}
	for _, kind := range design.Kinds {
		if n := design.TemplateOf(kind, all, leastCases, leastCases); n != nil {
			r.Names = append(r.Names, *n)
			r.Items = append(r.Items, Item{Names, fmt.Sprintf("%s: %s (%d of %d)", kind, n.Text, n.Kept, n.Of), n.Basis, Inferred})
		}
	}
}
