package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
)

// timeouts are the settings that bound waits and statements.
var timeouts = []string{"lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"}

// isLocal reports whether a SET holds until the end of the transaction only.
func isLocal(a *ddl.Action) bool { return a.Only || a.Node.Get("is_local").Bool() }

// isReset reports whether an action takes a setting back.
func isReset(a *ddl.Action, name string) bool {
	if a.Name != name && a.Name != "all" && a.Name != "ALL" {
		return false
	}
	if a.Target == "reset" {
		return true
	}
	kind := a.Node.Get("kind").String()
	return kind == "VAR_RESET" || kind == "VAR_RESET_ALL" || kind == "VAR_SET_DEFAULT" || a.To == "" || strings.EqualFold(a.To, "default") || a.To == "0"
}
