package schemas

import (
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// seed is an INSERT of rows that the files hold.
type seed struct {
	*migration.Statement
	table   *design.Table
	node    sql.Node
	columns []string // that it fills
}

// seeds yields the INSERT statements of the files into tables of the schema.
func seeds(c *rule.Case) iter.Seq[seed] {
	return func(yield func(seed) bool) {
		for _, f := range c.Migration.Files {
			for _, s := range f.Statements {
				if s.Tree.Kind != "InsertStmt" || s.Effect.Refused != "" {
					continue
				}
				i := slices.IndexFunc(s.Effect.Actions, func(a ddl.Action) bool { return a.Verb == ddl.Write && a.Name == "INSERT" && a.Table != nil })
				if i < 0 {
					continue
				}
				t := c.Schema.Table(s.Effect.Actions[i].Table.OID)
				if t == nil {
					continue
				}
				seed := seed{Statement: s, table: t, node: s.Tree}
				for _, col := range s.Tree.List("cols") {
					seed.columns = append(seed.columns, col.Get("name").String())
				}
				if seed.columns == nil {
					for _, col := range t.Columns {
						seed.columns = append(seed.columns, col.Name)
					}
				}
				if !yield(seed) {
					return
				}
			}
		}
	}
}

// rows returns the rows of VALUES: for each the constants of its columns.
func (s seed) rows() []sql.Node { return s.node.Child("selectStmt").List("valuesLists") }

// say begins a finding about the seed.
func (s seed) say(f rule.Found) rule.Found {
	f.MadeBy(s.Number, catalog.Place{Input: s.File.Input, Line: s.Line})
	return f
}

// clears reports whether a statement of the file before the seed removes the rows of
// its table.
func (s seed) clears() bool {
	for _, before := range s.File.Statements {
		if before.Number >= s.Number {
			break
		}
		for _, a := range before.Effect.Actions {
			removes := a.Verb == ddl.Truncate || a.Verb == ddl.Write && a.Name == "DELETE" || a.Verb == ddl.DropTable
			if removes && a.Table != nil && a.Table.Name.Name == s.table.Name.Name {
				return true
			}
		}
	}
	return false
}

// ofSeeds matches the path of a file with seeds.
var ofSeeds = regexp.MustCompile(`(?i)(?:^|[/_.-])(?:seed(?:s|ing)?|fixtures?|factor(?:y|ies)|initial_?data|sample_?data)(?:[/_.-]|$)`)

// runsOnce reports whether a tool notes that it ran the file.
func (s seed) runsOnce() bool {
	return s.File.Tool != migration.Plain && !ofSeeds.MatchString(s.File.Path)
}

// advances reports whether a statement of the files sets a sequence, by its name or that
// of its table, or in a body that builds its statements.
func advances(c *rule.Case, t *design.Table, sequence *catalog.Relation) bool {
	for _, f := range c.Migration.Files {
		for _, s := range f.Statements {
			text := strings.ToLower(s.Text)
			if !strings.Contains(text, "setval") && !strings.Contains(text, "restart") {
				continue
			}
			if s.Tree.Kind == "DoStmt" || strings.Contains(text, strings.ToLower(t.Name.Name)) || sequence != nil && strings.Contains(text, strings.ToLower(sequence.Name.Name)) {
				return true
			}
		}
	}
	return false
}
