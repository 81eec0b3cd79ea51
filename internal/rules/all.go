// Package rules is the list of all rules, with what a user may choose about them.
package rules

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/rules/indexes"
	"github.com/pgverdict/pgverdict/internal/rules/migrations"
	"github.com/pgverdict/pgverdict/internal/rules/plans"
	"github.com/pgverdict/pgverdict/internal/rules/queries"
	"github.com/pgverdict/pgverdict/internal/rules/schemas"
	"github.com/pgverdict/pgverdict/internal/rules/server"
	"github.com/pgverdict/pgverdict/internal/rules/workload"
)

// All is every rule, in the order in which they are listed and documented.
var All = slices.Concat(plans.Rules, indexes.Rules, workload.Rules, queries.Rules, server.Rules, migrations.Rules, schemas.Rules)
