package schemas

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var tenantWithoutRLS = rule.Rule{
	ID:      "tenant-without-rls",
	Title:   "Table that row level security leaves out",
	Sees:    "A table without row level security that has the tenant column, or another column that policies of other tables compare, while most tables with the column are secured.",
	Why:     "A query that forgets the tenant reads and writes the rows of all tenants in this table, and policies stop it in all others.",
	Silent:  "Fewer than half of the tables with the column are secured. The table has policies (see policy-without-rls).",
	Fix:     "Create the policy that the other tables have, and enable row level security.",
	Sources: []string{manual + "ddl-rowsecurity.html"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		if securedByCode.Of(c) {
			return
		}
		said := map[*design.Table]bool{}
		for _, column := range securedBy(c.Schema) {
			var with, open []*design.Table
			for _, t := range c.Schema.Tables {
				if t.Column(column) == nil {
					continue
				}
				if t.RowSecurity {
					with = append(with, t)
				} else if len(t.Policies) == 0 && !t.IsKey(column) {
					open = append(open, t)
				}
			}
			if len(with) < 2 || len(with) <= len(open) {
				continue
			}
			for _, t := range open {
				f := c.InSchema(t, finding.Confirmed, finding.High)
				f.AtColumn(t.Column(column))
				f.MadeBy(t.Since, t.At)
				f.Number("tables with row level security", opt.Of(float64(len(with))), "tables", "schema")
				f.Title = redact.Sprintf("%s has %s and no row level security, unlike %s", t.Name.Short(), quoted(column), figures.Plural(len(with), "other table"))
				f.Detail = redact.Sprintf("A query that forgets %s reads and writes the rows of all in this table. In %s a policy stops it.", quoted(column), with[0].Name.Short())
				f.Fix = redact.Sprintf("Create the policy that the other tables have, and enable row level security.")
				if policy, ok := policyLike(with, t, column); ok {
					f.AddDDL("%s;\nALTER TABLE %s ENABLE ROW LEVEL SECURITY", policy, t.Name.Short())
				}
				found(f)
			}
			for _, t := range c.Schema.Tables {
				if parent := securedParent(t, with); parent != nil && t.Column(column) == nil && !said[t] {
					said[t] = true
					f := c.InSchema(t, finding.Concern, finding.Medium)
					f.Title = redact.Sprintf("%s has no row level security, unlike %s to which its rows belong", t.Name.Short(), parent.Name.Short())
					f.Detail = redact.Sprintf("Whoever may read %s reads the rows of all, also those that belong to rows of %s that the policies hide.", t.Name.Short(), parent.Name.Short())
					f.Decide("Can a role to which the policies apply read the table?", "its privileges", "enable row level security.")
					f.Fix = redact.Sprintf("Enable row level security with a policy that looks the row of %s up, or add %s to the table.", parent.Name.Short(), quoted(column))
					found(f)
				}
			}
		}
	},
}

// securedBy returns the columns that keep rows apart: the tenant column, and those that
// policies of two tables compare. The tenant column alone counts if there is one.
func securedBy(s *design.Schema) []string {
	if s.Tenancy != nil {
		return []string{s.Tenancy.Column}
	}
	compared := map[string]int{}
	var list []string
	for _, t := range s.Tables {
		for column := range t.ComparedByPolicies() {
			if words := design.Words(column); len(words) == 0 || words[len(words)-1] != "id" || len(words) == 1 {
				continue // a flag or the key
			}
			if compared[column]++; compared[column] == 2 {
				list = append(list, column)
			}
		}
	}
	slices.Sort(list)
	return list
}

// policyLike returns the policy of another table, for this one. It reports false if no
// policy compares the column alone.
func policyLike(with []*design.Table, t *design.Table, column string) (string, bool) {
	for _, other := range with {
		for _, p := range other.Policies {
			text := p.Using.Text
			if p.Command != "ALL" || !p.Permissive || !slices.Equal(p.Using.Columns, []string{column}) || strings.Contains(text, other.Name.Name+".") || p.Check.There() && p.Check.Text != text {
				continue
			}
			to := ""
			if !design.ForEveryone(&p) {
				var roles []string
				for _, r := range p.Roles {
					roles = append(roles, quoted(r))
				}
				to = " TO " + strings.Join(roles, ", ")
			}
			name := strings.ReplaceAll(p.Name, other.Name.Name, t.Name.Name)
			return "CREATE POLICY " + quoted(name) + " ON " + t.Name.Short() + to + " USING (" + text + ")", true
		}
	}
	return "", false
}

// securedParent returns the secured table to whose rows the rows of an open table
// belong: without them they are deleted. nil if there is none.
func securedParent(t *design.Table, secured []*design.Table) *design.Table {
	if t.RowSecurity || len(t.Policies) > 0 {
		return nil
	}
	for _, k := range t.ForeignKeys() {
		parent := t.Target(k)
		if k.OnDelete == "CASCADE" && slices.Contains(secured, parent) {
			return parent
		}
	}
	return nil
}
