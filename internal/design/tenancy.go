package design

import (
	"cmp"
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// Tenancy is how a schema keeps the rows of its customers apart: by one column that
// most tables have.
type Tenancy struct {
	Column string
	Table  *Table // of the tenants; nil if the schema has none
}

// What a tenant is called. A column named for one of the others can mean something
// else: it has to be on the table of the people as well, or in policies.
var (
	tenantNouns     = words("tenant org organization organisation workspace company")
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
		for _, col := range t.Columns {
			if tenantOf(col.Name) != "" {
				if with[col.Name] == nil {
					order = append(order, col.Name)
				}
				with[col.Name] = append(with[col.Name], t)
			}
		}
		for column := range t.ComparedByPolicies() {
			compared[column]++
		}
	}
	var best *Tenancy
	for _, column := range order {
		tables, noun := with[column], tenantOf(column)
		root := s.tenants(tables, column, noun)
		of := judged
		if root != nil && !slices.Contains(tables, root) && !root.isList() {
			of-- // the table of the tenants has no such column
		}
		switch {
		case len(tables) < leastTenantTables || 2*len(tables) < of:
			continue
		case compared[column] >= leastTenantTables, noun == "tenant":
		case root == nil, mayBeTenantNoun[noun] && !slices.ContainsFunc(tables, (*Table).isOfPeople):
			continue
		}
		if best == nil || len(tables) > len(with[best.Column]) {
			best = &Tenancy{column, root}
		}
	}
	return best
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
	if tenantNouns[name[0]] || mayBeTenantNoun[name[0]] {
		return name[0]
	}
	return ""
}

// tenants returns the table of the tenants: the one to which the column refers, or the
// one of its name; nil if there is none.
func (s *Schema) tenants(tables []*Table, column, noun string) *Table {
	for _, t := range tables {
		if k := t.References(column); k != nil && len(k.Columns) == 1 {
			if root := t.Target(k); root != nil {
				return root
			}
		}
	}
	for _, t := range s.Tables {
		if name := Words(t.Name.Name); len(name) > 0 && SameNoun(name[len(name)-1], noun) {
			return t
		}
	}
	if noun == "org" {
		return cmp.Or(s.tenants(nil, column, "organization"), s.tenants(nil, column, "organisation"))
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
	return t.Column(t.Schema.Tenancy.Column)
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
