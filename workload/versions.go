package workload

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/pgversion"
)

// before10 are columns that the views of servers up to 9.6 have, and no later one.
var before10 = wordSet("procpid sent_location write_location flush_location replay_location pg_current_xlog_location pg_xlog_location_diff")

// versionBy returns what the columns of a view tell of the server.
func versionBy(of View, columns []string) pgversion.Version {
	if slices.ContainsFunc(columns, func(name string) bool { return before10[name] }) {
		return pgversion.Between(0, 9, string(of))
	}
	return pgversion.Version{}
}

// beforeWaitEvents reports whether a session is of a server up to 9.5, whose pg_stat_activity
// tells only whether it waits. A column of this name beside wait_event is somebody's own.
func (r *record) beforeWaitEvents() bool {
	v := r.text("waiting")
	return (v == "t" || v == "f" || v == "true" || v == "false") && r.has("state") && !r.has("wait_event") && !r.has("wait_event_type")
}
