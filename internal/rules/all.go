// Package rules is the list of all rules, with what a user may choose about them.
package rules

import (
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/rules/indexes"
	"github.com/pgverdict/pgverdict/internal/rules/migrations"
	"github.com/pgverdict/pgverdict/internal/rules/plans"
	"github.com/pgverdict/pgverdict/internal/rules/queries"
	"github.com/pgverdict/pgverdict/internal/rules/schemas"
	"github.com/pgverdict/pgverdict/internal/rules/server"
	"github.com/pgverdict/pgverdict/internal/rules/workload"
)

// Group is the rules of one package.
type Group struct {
	Dir, About string
	Rules      []*rule.Rule
}

// Groups are the rules in the order in which they are listed and documented.
var Groups = []Group{
	{"plans", "What a plan shows", plans.Rules},
	{"indexes", "Indexes, existing and missing", indexes.Rules},
	{"workload", "Statements, tables and sessions", workload.Rules},
	{"queries", "What the text of a statement shows", queries.Rules},
	{"server", "Settings, and the input itself", server.Rules},
	{"migrations", "Migrations", migrations.Rules},
	{"schemas", "Schemas", schemas.Rules},
}

// All is every rule, in that order.
var All = func() (all []*rule.Rule) {
	for _, g := range Groups {
		all = append(all, g.Rules...)
	}
	return all
}()
