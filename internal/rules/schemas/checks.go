package schemas

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// addCheck adds the statement that adds a CHECK about some columns.
func addCheck(f *rule.Found, t *design.Table, condition string, columns ...string) {
	name := t.FreeName(t.Name.Name+"_"+strings.Join(columns, "_"), "check")
	f.AddDDL("ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s)", t.Name.Short(), quoted(name), condition)
}

// plainType names what a type holds.
func plainType(t catalog.TypeRef) string {
	if design.IsInteger(t) {
		return "number"
	}
	return "text"
}
