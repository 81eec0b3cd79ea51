package plans

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

// quoted returns a name as an SQL string constant. It prefers dollar quotes,
// because the query is printed inside a shell's quotes.
func quoted(name string) string {
	if strings.Contains(name, "$") {
		return "'" + strings.ReplaceAll(name, "'", "''") + "'"
	}
	return "$$" + name + "$$"
}

// asksStatistics returns the statistics behind the node's estimate that are not
// in the input.
func asksStatistics(n *rule.Node) []finding.Ask {
	if n.Relation == "" || n.Temporary() || n.Catalog() {
		return nil
	}
	var asks []finding.Ask
	snap, name := n.Plan.Case.Snapshot, n.RelationName()
	if snap == nil || !snap.Has(workload.ViewTables) {
		asks = append(asks, finding.Ask{
			Input: string(workload.ViewTables), Why: "when " + name + " was last analyzed, and how many rows have changed since",
			Query: "SELECT last_analyze, last_autoanalyze, n_mod_since_analyze, n_live_tup FROM pg_stat_user_tables WHERE relid = " + quoted(name) + "::regclass",
		})
	}
	var columns []string
	for _, c := range n.Filter() {
		if c.Left.Name != "" {
			columns = append(columns, quoted(c.Left.Name))
		}
	}
	if len(columns) > 0 && (snap == nil || !snap.Has(workload.ViewStats)) {
		asks = append(asks, finding.Ask{
			Input: string(workload.ViewStats), Why: "the planner's statistics on the columns in the filter of " + name,
			Query: "SELECT attname, null_frac, n_distinct, most_common_freqs FROM pg_stats WHERE tablename = " + quoted(n.Relation) + " AND attname IN (" + strings.Join(columns, ", ") + ")",
		})
	}
	return asks
}
