package plans

import "github.com/pgverdict/pgverdict/plan"

// sameRows is what a UNION that replaces an OR needs.
const sameRows = " The UNION keeps all rows if the primary key is among its columns."

// aroundUnion says what stays around a UNION of the branches of an OR at this node; empty if
// nothing above it groups, sorts or limits the rows.
func aroundUnion(n *plan.Node) string {
	for up := range n.Ancestors() {
		if up.Is("Sort", "Incremental Sort", "Limit", "Aggregate", "Group", "WindowAgg", "Unique") {
			return " Put the UNION into a subquery: grouping, ORDER BY and LIMIT stay around it."
		}
	}
	return ""
}
