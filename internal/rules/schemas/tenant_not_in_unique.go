package schemas

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var tenantNotInUnique = rule.Rule{
	ID:      "tenant-not-in-unique",
	Title:   "Unique value across all tenants",
	Sees:    "A unique constraint or index of a table with the tenant column that has neither it nor a foreign key to a row of a tenant.",
	Why:     "Two tenants cannot have the same value. The error tells one of them that another one has it.",
	Silent:  "Primary keys, surrogates such as uuid or token, values that are unique in the world such as a domain or an IBAN.",
	Fix:     "Put the tenant column in front of the unique columns.",
	Sources: []string{"https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-UNIQUE-CONSTRAINTS"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		tenant := t.TenantColumn()
		if tenant == nil || t == c.Schema.Tenancy.Table {
			return
		}
		for _, ix := range t.Indexes() {
			if !ix.Index.Unique || ix.Index.Primary || !ix.Index.Valid || ix.Index.Mentions(tenant.Name) {
				continue
			}
			columns := keyColumns(ix.Index)
			if len(columns) == 0 || slices.ContainsFunc(columns, func(name string) bool { return isScoped(t, name) || isWorldwide(t, name) }) {
				continue
			}
			keys := design.KeyList(ix.Index)
			f := c.InSchema(t, finding.Concern, finding.Medium)
			f.AtIndex(ix)
			f.Where.Column = columns[0]
			f.Title = redact.Sprintf("%s is unique across all tenants", columnOf(t, columns[0]))
			if len(columns) > 1 {
				f.Title = redact.Sprintf("%s of %s are unique across all tenants", keys, t.Name.Short())
			}
			f.Detail = redact.Sprintf("%s leaves out %s: two tenants cannot have the same value, and the error tells one what another has.", ix.Name.Short(), quoted(tenant.Name))
			f.Decide("May two tenants have the same value?", "how the value is looked up: with the tenant or without it", "make it unique per tenant.")
			f.Fix = redact.Sprintf("If so, make (%s, %s) unique instead.", quoted(tenant.Name), keys[1:len(keys)-1])
			if !t.IsReferenced(ix.Index.Columns()) && len(ix.Index.Include) == 0 {
				f.AddDDL("%s", uniquePerTenant(t, ix, tenant.Name))
			}
			found(f)
		}
	},
}

// keyColumns returns the columns of the keys of an index, also those in expressions.
func keyColumns(ix *catalog.Index) []string {
	var list []string
	for _, k := range ix.Keys {
		if k.Column != "" {
			list = append(list, k.Column)
		}
		list = append(list, k.Expr.Columns...)
	}
	return list
}

// isScoped reports whether a column refers to a row, which belongs to a tenant or
// may do so.
func isScoped(t *design.Table, name string) bool {
	if k := t.References(name); k != nil {
		return true
	}
	col, words := t.Column(name), design.Words(name)
	return col == nil || slices.Contains(t.Key(), name) || name == "id" || len(words) > 1 && words[len(words)-1] == "id" && !design.IsText(col.Type)
}

// isWorldwide reports whether the values of a column are made to be unique everywhere.
func isWorldwide(t *design.Table, name string) bool {
	if col := t.Column(name); t.Schema.BaseType(col).Name == "uuid" {
		return true
	}
	words := design.Words(name)
	if len(words) == 1 && slices.Contains([]string{"key", "code", "value"}, words[0]) {
		words = append(words, design.Words(t.Name.Name)...) // api_keys.key, link_tokens.code
	}
	return slices.ContainsFunc(words, func(w string) bool { return worldwide[design.InSingular(w)] })
}

var worldwide = map[string]bool{
	"uuid": true, "guid": true, "ulid": true, "token": true, "hash": true, "digest": true, "secret": true, "fingerprint": true, "signature": true, "checksum": true, "nonce": true, "api": true, "prefix": true,
	"domain": true, "subdomain": true, "hostname": true, "host": true, "url": true, "uri": true, "iban": true, "isbn": true, "imei": true, "vin": true, "mac": true,
	"stripe": true, "paypal": true, "braintree": true, "external": true, "provider": true, "remote": true, "github": true, "google": true, "slack": true, "public": true, "session": true,
}

// uniquePerTenant creates what is unique per tenant, and drops what is unique across
// tenants.
func uniquePerTenant(t *design.Table, ix *catalog.Relation, tenant string) string {
	keys := "(" + quoted(tenant) + ", " + strings.TrimPrefix(design.KeyList(ix.Index), "(")
	name := quoted(t.FreeName(t.Name.Name+"_"+tenant+"_"+strings.Join(keyColumns(ix.Index), "_"), "key"))
	if ix.Index.Constraint != "" {
		return "ALTER TABLE " + t.Name.Short() + " ADD CONSTRAINT " + name + " UNIQUE " + keys + ";\nALTER TABLE " + t.Name.Short() + " DROP CONSTRAINT " + quoted(ix.Index.Constraint)
	}
	where := ""
	if ix.Index.Where.There() {
		where = " WHERE " + ix.Index.Where.Text
	}
	return "CREATE UNIQUE INDEX " + name + " ON " + t.Name.Short() + " " + keys + where + ";\nDROP INDEX " + ix.Name.Short()
}
