package schemas

import (
	"cmp"
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var viewBypassesRLS = rule.Rule{
	ID:      "view-bypasses-rls",
	Title:   "View that bypasses row level security",
	Sees:    "A view without security_invoker, or a materialized view, over a table with row level security.",
	Why:     "A view reads its tables with the rights of its owner. The policies do not see who reads the view, so it shows all rows to everyone with SELECT on it.",
	Silent:  "The view has security_invoker. Of a table that forces row level security, the finding is a question.",
	Fix:     "Set security_invoker on the view (PostgreSQL 15 or later).",
	Sources: []string{manual + "sql-createview.html", manual + "ddl-rowsecurity.html"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		for _, v := range c.Schema.All() {
			if v.Kind != catalog.View && v.Kind != catalog.MatView || isInvoker(v) {
				continue
			}
			tables := secured(c.Schema, v)
			if len(tables) == 0 {
				continue
			}
			t := tables[0]
			f := c.OnObject(v.Name.String(), v.Since, v.At, finding.Confirmed, finding.Medium)
			f.Title = redact.Sprintf("View %s reads %s with the rights of its owner, past row level security", v.Name.Short(), t.Name.Short())
			f.Detail = redact.Sprintf("The policies of %s do not see who reads the view: each role with SELECT on it sees the rows of all.", t.Name.Short())
			f.Fix = redact.Plain("Set security_invoker on the view, which PostgreSQL 15 and later have. Grant its readers SELECT on the table.")
			switch major, known := c.Server.Major(); {
			case v.Kind == catalog.MatView:
				f.Tag = finding.Concern
				f.Title = redact.Sprintf("Materialized view %s holds rows of %s without its row level security", v.Name.Short(), t.Name.Short())
				f.Detail = redact.Plain("Policies do not apply to a materialized view: each role with SELECT on it sees the rows of all.")
				f.Decide("May everyone who reads the view see all rows?", "who has SELECT on it", "revoke SELECT from the roles to which the policies apply.")
				f.Fix = redact.Plain("Revoke SELECT from the roles to which the policies apply, and give them a view with a condition over it.")
			case known && major < 15:
				f.Fix = redact.Sprintf("PostgreSQL %d has no security_invoker: repeat the condition of the policy in the view, or grant it only to roles that may see all rows.", major)
			default:
				f.AddDDL("ALTER VIEW %s SET (security_invoker = true)", v.Name.Short())
			}
			if v.Kind == catalog.View && t.ForcedRows {
				f.Tag, f.Severity = finding.Concern, finding.Low
				f.Title = redact.Sprintf("View %s reads %s with the rights of its owner", v.Name.Short(), t.Name.Short())
				f.Detail = redact.Plain("Row level security is forced, so the policies apply to the owner of the view, and not to who reads it. A superuser bypasses them.")
				f.Decide("Is the owner of the view a superuser, or does it have BYPASSRLS?", "viewowner of pg_views, and rolbypassrls of pg_roles", "set security_invoker.")
			}
			found(f)
		}
	},
}

// isInvoker reports whether a view reads with the rights of who reads it.
func isInvoker(v *catalog.Relation) bool {
	value, given := v.Options["security_invoker"]
	return given && !slices.Contains([]string{"false", "off", "0", "no"}, value)
}

// secured returns the tables with row level security that a view reads, also through
// views that pass its rights on.
func secured(s *design.Schema, v *catalog.Relation) []*design.Table {
	var list []*design.Table
	seen := map[catalog.OID]bool{}
	var visit func(*catalog.Relation)
	visit = func(v *catalog.Relation) {
		for _, read := range v.Reads {
			if seen[read.OID] {
				continue
			}
			seen[read.OID] = true
			if t := s.Table(read.OID); t != nil && t.RowSecurity {
				list = append(list, t)
			} else if r := s.Get(read.OID); r != nil && r.Kind == catalog.View && isInvoker(r) {
				visit(r)
			}
		}
	}
	visit(v)
	slices.SortStableFunc(list, func(a, b *design.Table) int { // one that is not forced first
		return cmp.Compare(map[bool]int{true: 1}[a.ForcedRows], map[bool]int{true: 1}[b.ForcedRows])
	})
	return list
}
