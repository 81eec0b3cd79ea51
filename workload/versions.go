package workload

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/pgversion"
)

// before10 are columns that the views of servers up to 9.6 have, and no later one.
var before10 = wordSet("procpid current_query sent_location write_location flush_location replay_location pg_current_xlog_location pg_xlog_location_diff")

// versionBy returns what the columns of a view tell of the server.
func versionBy(of View, columns []string) pgversion.Version {
	has := func(name string) bool { return slices.Contains(columns, name) }
	// Up to 9.5 there is no wait_event. A column of this name beside one is somebody's own.
	old := of == ViewActivity && has("waiting") && !has("wait_event") && !has("wait_event_type")
	if old || slices.ContainsFunc(columns, func(name string) bool { return before10[name] }) {
		return pgversion.Between(0, 9, string(of))
	}
	return pgversion.Version{}
}
