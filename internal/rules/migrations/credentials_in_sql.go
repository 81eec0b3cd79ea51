package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var credentialsInSQL = rule.Rule{
	ID:      "credentials-in-sql",
	Title:   "Credential in a migration",
	Sees:    "A password, a key or a connection string with a password as a literal.",
	Why:     "It is in the repository, in the server's log and in pg_stat_statements, and each environment gets the same one.",
	Silent:  "Placeholders, and password hashes (SCRAM-SHA-256).",
	Fix:     "Change the credential now. Take it from the environment when the migration runs, or set it outside of migrations.",
	Sources: []string{manual + "sql-createrole.html"},
	Rank:    rule.RankChange,
	Engine:  rule.AnyEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if len(s.Body) > 0 || s.Err == nil && !mayHoldCredential[s.Tree.Kind] || redact.MaskSecrets(s.Text) == s.Text || strings.Contains(s.Text, "SCRAM-SHA-256$") {
			return
		}
		f := c.About(s, nil, finding.Critical, finding.Severe)
		f.Blast = redact.Plain("whoever can read the repository or the server's log")
		f.Critical(s, finding.DoNotShip)
		f.Title = redact.Sprintf("%s contains a credential", what(s))
		f.Detail = redact.Plain("It is in the repository and in the server's log. Its value is not printed here.")
		f.Fix = redact.Plain("Change the credential now. Take it from the environment when the migration runs.")
		found(f)
	},
}

// mayHoldCredential are the statements in which a credential has a place. In others, a
// list of values or a name only looks like one.
var mayHoldCredential = map[string]bool{
	"CreateRoleStmt": true, "AlterRoleStmt": true, "AlterRoleSetStmt": true, "CreateUserMappingStmt": true, "AlterUserMappingStmt": true, "CreateForeignServerStmt": true,
	"AlterForeignServerStmt": true, "CreateSubscriptionStmt": true, "AlterSubscriptionStmt": true, "InsertStmt": true, "UpdateStmt": true, "SelectStmt": true,
	"VariableSetStmt": true, "AlterDatabaseSetStmt": true, "AlterSystemStmt": true, "DoStmt": true, "CreateFunctionStmt": true, "CopyStmt": true,
}
