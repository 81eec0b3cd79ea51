package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/migration"
)

// addsValue returns the value that ALTER TYPE ... ADD VALUE adds; empty for others.
func addsValue(a *ddl.Action) string {
	if a.Verb != ddl.AlterEnum || a.Node.Get("oldVal").String() != "" {
		return ""
	}
	if a.To != "" {
		return a.To
	}
	return a.Node.Get("newVal").String()
}

// usesValue reports whether a statement has a value as a literal.
func usesValue(s *migration.Statement, value string) bool {
	literal := "'" + strings.ReplaceAll(value, "'", "''") + "'"
	return strings.Contains(s.Text, literal)
}
