package design

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// Tenancy is how a schema keeps the rows of its customers apart: by one column that
// most tables have.
type Tenancy struct {
	Column string // its usual name
	Table  *Table // of the tenants; nil if the schema has none

	noun string // that its names have in common: org_id, orgId and organization_id are one
}

// What a tenant is called. A column named for one of the others can mean something
// else: it has to be on the table of the people as well, or in policies.
var (
	tenantNouns     = words("tenant organization workspace company")
	mayBeTenantNoun = words("account team shop store merchant school clinic agency business club firm")
)

// A tenant column is on at least half of the tables, and on at least two of them.
const leastTenantTables = 2

// tenancy finds the tenant column; nil if there is none.
func (s *Schema) tenancy() *Tenancy {
	var order []string
	with, compared := map[string][]*Table{}, map[string]int{}
	judged := 0
	for _, t := range s.Tables {
		if t.isList() {
			continue
		}
		judged++
		said := map[string]bool{}
		for _, col := range t.Columns {
			if noun := tenantOf(col.Name); noun != "" && !said[noun] {
				if said[noun] = true; with[noun] == nil {
					order = append(order, noun)
				}
				with[noun] = append(with[noun], t)
			}
		}
		for column := range t.ComparedByPolicies() {
			compared[tenantOf(column)]++
		}
	}
	best := ""
	for _, noun := range order {
		tables, of := with[noun], judged
		root := s.tenants(tables, noun)
		if root != nil && !slices.Contains(tables, root) && !root.isList() {
			of-- // the table of the tenants has no such column
		}
		switch {
		case len(tables) < leastTenantTables || 2*len(tables) < of:
			continue
		case compared[noun] >= leastTenantTables, noun == "tenant":
		case root == nil, mayBeTenantNoun[noun] && !slices.ContainsFunc(tables, (*Table).isOfPeople):
			continue
		}
		if best == "" || len(tables) > len(with[best]) {
			best = noun
		}
	}
	if best == "" {
		return nil
	}
	found := &Tenancy{Table: s.tenants(with[best], best), noun: best}
	count := map[string]int{}
	for _, t := range with[best] {
		name := t.tenantColumn(best).Name
		if count[name]++; count[name] > count[found.Column] {
			found.Column = name
		}
	}
	return found
}

// isList reports whether a table holds a short list that all tenants share: a lookup
// table, or codes with what they are called.
func (t *Table) isList() bool {
	key := t.KeyColumn()
	return t.IsLookup() || key != nil && t.Schema.IsText(key) && len(t.ForeignKeys()) == 0 && t.onlyLabels()
}

// tenantOf returns what a column that can be a tenant column calls the tenant; empty if
// it cannot: tenant_id, orgId, workspace_uuid.
func tenantOf(column string) string {
	name := Words(column)
	if len(name) == 2 && slices.Contains([]string{"id", "uuid", "uid", "key"}, name[1]) {
		name = name[:1]
	}
	if len(name) != 1 || len(name) == len(Words(column)) && name[0] != "tenant" {
		return ""
	}
	switch noun := name[0]; {
	case noun == "org" || noun == "organisation":
		return "organization"
	case tenantNouns[noun] || mayBeTenantNoun[noun]:
		return noun
	}
	return ""
}

// tenantColumn returns the column of a table that calls the tenant by a noun; nil if
// there is none.
func (t *Table) tenantColumn(noun string) *catalog.Column {
	for i := range t.Columns {
		if tenantOf(t.Columns[i].Name) == noun {
			return &t.Columns[i]
		}
	}
	return nil
}

// tenants returns the table of the tenants: the one to which their column refers, or the
// one of its name; nil if there is none.
func (s *Schema) tenants(tables []*Table, noun string) *Table {
	for _, t := range tables {
		if k := t.References(t.tenantColumn(noun).Name); k != nil && len(k.Columns) == 1 {
			if root := t.Target(k); root != nil {
				return root
			}
		}
	}
	for _, t := range s.Tables {
		name := Words(t.Name.Name)
		if len(name) > 0 && (SameNoun(name[len(name)-1], noun) || noun == "organization" && (SameNoun(name[len(name)-1], "org") || SameNoun(name[len(name)-1], "organisation"))) {
			return t
		}
	}
	return nil
}

// isOfPeople reports whether the rows of a table are people, by its name.
func (t *Table) isOfPeople() bool {
	name := Words(t.Name.Name)
	return len(name) > 0 && slices.Contains([]string{"user", "member", "membership", "employee", "staff", "person", "people", "profile", "admin"}, InSingular(name[len(name)-1]))
}

// TenantColumn returns the column of a table that says of which tenant a row is; nil
// if the table has none, or the schema has no tenants.
func (t *Table) TenantColumn() *catalog.Column {
	if t.Schema.Tenancy == nil {
		return nil
	}
	return t.tenantColumn(t.Schema.Tenancy.noun)
}

// ComparedByPolicies returns the columns that the policies of a table compare, if row
// level security is enabled.
func (t *Table) ComparedByPolicies() map[string]bool {
	columns := map[string]bool{}
	if !t.RowSecurity {
		return columns
	}
	for _, p := range t.Policies {
		for _, c := range append(t.Comparisons(p.Using), t.Comparisons(p.Check)...) {
			columns[c.Column] = true
		}
	}
	return columns
}
