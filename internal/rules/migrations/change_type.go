package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
)

// typeChange says what changes: "integer to bigint".
func typeChange(a *ddl.Action) string {
	to := ""
	if a.Column != nil {
		to = a.Column.Type.String()
	}
	if a.Was == nil || a.Was.Type.Name == "" {
		return "to " + to
	}
	return a.Was.Type.String() + " to " + to
}
