package rollout

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/migration"
)

// deploys says for each verb when it runs, seen from the deploy of the code. What
// only adds runs before it, what takes away or tightens after it.
var deploys = map[ddl.Verb]func(*migration.Statement, *ddl.Action) Deploy{
	ddl.CreateTable:      always(Before),
	ddl.CreateRelationAs: always(Before),
	ddl.DropTable:        always(After),
	ddl.AddColumn: func(_ *migration.Statement, a *ddl.Action) Deploy {
		if needsValue(a.Column) {
			return NoneSafe
		}
		return Before
	},
	ddl.DropColumn: always(After),
	ddl.AlterType: func(_ *migration.Statement, a *ddl.Action) Deploy {
		if a.Rewrites {
			return NoneSafe
		}
		return Before
	},
	ddl.SetDefault:     always(Before),
	ddl.DropDefault:    always(After),
	ddl.SetNotNull:     always(After),
	ddl.DropNotNull:    always(Before),
	ddl.AddConstraint:  always(After), // what running code writes has to satisfy it
	ddl.DropConstraint: always(Before),
	ddl.CreateIndex: func(_ *migration.Statement, a *ddl.Action) Deploy {
		if a.Index != nil && a.Index.Index != nil && a.Index.Index.Unique {
			return After
		}
		return Before
	},
	ddl.DropIndex:     always(After),
	ddl.Rename:        renaming,
	ddl.SetSchema:     renaming,
	ddl.Attach:        always(Before),
	ddl.Detach:        always(After),
	ddl.CreateTrigger: always(Before),
	ddl.DropTrigger:   always(After),
	ddl.RowSecurity: func(_ *migration.Statement, a *ddl.Action) Deploy {
		if a.Name == "ENABLE" || a.Name == "FORCE" {
			return After
		}
		return AnyTime
	},
	ddl.CreatePolicy: always(Before),
	ddl.DropPolicy:   always(After),
	ddl.CreateView:   always(Before),
	ddl.CreateType:   always(Before),
	ddl.AlterEnum: func(_ *migration.Statement, a *ddl.Action) Deploy {
		if a.Node.Get("oldVal").String() != "" {
			return NoneSafe
		}
		return Before
	},
	ddl.AlterDomain: func(_ *migration.Statement, a *ddl.Action) Deploy {
		if strings.HasPrefix(a.To, "add") || strings.HasPrefix(a.To, "set") {
			return After
		}
		return Before
	},
	ddl.DropObject:     always(After),
	ddl.CreateObject:   always(Before),
	ddl.CreateFunction: always(Before),
	ddl.Grant: func(_ *migration.Statement, a *ddl.Action) Deploy {
		if a.Node.Get("is_grant").Bool() {
			return Before
		}
		return After
	},
	ddl.Write: func(s *migration.Statement, _ *ddl.Action) Deploy {
		switch s.Tree.Kind {
		case "InsertStmt", "CopyStmt":
			return Before
		}
		return After
	},
}

func always(d Deploy) func(*migration.Statement, *ddl.Action) Deploy {
	return func(*migration.Statement, *ddl.Action) Deploy { return d }
}

// codeNames are the kinds of objects whose names code uses.
var codeNames = []string{"table", "column", "view", "materialized view", "foreign table", "schema", "type", "enum", "function", "procedure", "sequence", "domain"}

func renaming(s *migration.Statement, a *ddl.Action) Deploy {
	switch {
	case a.Target != "" && !slices.Contains(codeNames, a.Target):
		return AnyTime
	case bridged(s, a):
		return Before
	}
	return NoneSafe
}

// bridged reports whether the same transaction makes a view with the name that a
// table had, so that running code goes on.
func bridged(s *migration.Statement, a *ddl.Action) bool {
	if s.Tx == nil || a.Table == nil {
		return false
	}
	old := a.Table.Name
	for _, other := range s.Tx.Statements {
		for _, x := range other.Effect.Actions {
			if other.Number > s.Number && x.Verb == ddl.CreateView && (x.Name == old.Short() || x.Name == old.Name || x.Name == old.String()) {
				return true
			}
		}
	}
	return false
}

// needsValue reports whether a column is NOT NULL and nothing gives it a value.
func needsValue(c *catalog.Column) bool {
	return c != nil && c.NotNull && !c.Default.There() && c.Identity == "" && c.Generated == "" && !c.Type.Serial
}

// Deploy returns when a statement runs, seen from the deploy of the code. Nothing
// uses a table that the migration itself creates.
func (p *Plan) Deploy(s *migration.Statement) Deploy {
	all := AnyTime
	add := func(d Deploy) {
		switch {
		case all == AnyTime || all == d:
			all = d
		case d != AnyTime:
			all = NoneSafe // one part belongs before the code, the other after it
		}
	}
	for i := range s.Effect.Actions {
		add(deployOf(s, &s.Effect.Actions[i]))
	}
	for _, b := range s.Body {
		add(p.Deploy(b))
	}
	return all
}

func deployOf(s *migration.Statement, a *ddl.Action) Deploy {
	of := deploys[a.Verb]
	if of == nil || a.Nothing {
		return AnyTime
	}
	d := of(s, a)
	if freshColumn(s, a) {
		d = AnyTime
	}
	if a.Table != nil && a.Verb != ddl.CreateTable && !exists(s, a.Table) {
		return Before
	}
	return d
}

// BreaksCode reports whether code that runs now fails, or reads something else, once
// the statement has run.
func (p *Plan) BreaksCode(s *migration.Statement) bool {
	for i := range s.Effect.Actions {
		a := &s.Effect.Actions[i]
		if !a.Nothing && (a.Table == nil || exists(s, a.Table)) && breaks(s, a) {
			return true
		}
	}
	return slices.ContainsFunc(s.Body, p.BreaksCode)
}

// freshColumn reports whether the same file added the column that an action drops or
// renames: no code uses it.
func freshColumn(s *migration.Statement, a *ddl.Action) bool {
	return (a.Verb == ddl.DropColumn || a.Verb == ddl.Rename && a.Target == "column") && a.Was != nil && ofFile(s, a.Was.Since)
}

func breaks(s *migration.Statement, a *ddl.Action) bool {
	if freshColumn(s, a) {
		return false
	}
	switch a.Verb {
	case ddl.DropColumn, ddl.DropTable:
		return a.Table == nil || a.Table.Kind != catalog.IndexKind
	case ddl.Rename, ddl.SetSchema, ddl.AlterEnum:
		return deploys[a.Verb](s, a) == NoneSafe
	case ddl.AddColumn:
		return needsValue(a.Column)
	case ddl.AlterType:
		return a.Rewrites
	case ddl.DropDefault:
		return a.Was == nil || a.Was.NotNull
	case ddl.SetNotNull:
		return a.Was != nil && a.Was.Since > 0 && !a.Was.Default.There()
	case ddl.RowSecurity:
		return a.Name == "ENABLE" && len(a.Table.Policies) == 0
	case ddl.DropObject:
		return slices.Contains(codeNames, a.Target)
	}
	return false
}
