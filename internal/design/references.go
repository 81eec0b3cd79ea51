package design

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// SameNoun reports whether two words are one noun, in the singular or the plural.
func SameNoun(a, b string) bool { return InSingular(a) == InSingular(b) }

// nounOf returns the words of a name as one, in the singular: order_items and OrderItem
// are "orderitem".
func nounOf(words []string) string {
	last := len(words) - 1
	if last < 0 {
		return ""
	}
	return strings.Join(words[:last], "") + InSingular(words[last])
}

// keyWords end the name of a column that refers to a row of another table.
var keyWords = words("id uuid guid uid")

// outside are the words that say that a key is another system's.
var outside = words("external ext remote foreign vendor provider upstream legacy third party stripe paypal braintree google github gitlab facebook twitter apple microsoft azure aws slack discord telegram salesforce hubspot shopify jira zendesk twilio auth0 okta firebase")

// IsOutside reports whether a name says that another system makes the values.
func IsOutside(name string) bool {
	return slices.ContainsFunc(Words(name), func(w string) bool { return outside[w] })
}

// upward are the words of a reference to another row of the same table.
var upward = words("parent root ancestor previous prev next original origin source successor predecessor replaced replaces replacement replied reply duplicate merged superseded supersedes superior forked copied")

// Implied is a reference that the name of a column tells.
type Implied struct {
	Table    *Table
	From, To []string // the columns, and those of that table: of a key with the tenant, both
}

// Implied returns what a column refers to by its name and its type, as customer_id and
// billingCustomerId do. ok is false if it is not one certain table, if the column is
// the key of another system, or if the column beside it says which table is meant.
func (t *Table) Implied(col *catalog.Column) (Implied, bool) {
	name := Words(col.Name)
	last := len(name) - 1
	if last < 1 || !keyWords[name[last]] && !t.Schema.keyNames[strings.Join(name, "")] || t.isTyped(name[:last]) {
		return Implied{}, false
	}
	target := t.named(name[:last])
	if target == nil && !slices.ContainsFunc(name[:last], func(w string) bool { return outside[w] }) {
		target = t.sameName(col.Name)
	}
	if target == nil || target == t && slices.Contains(t.Key(), col.Name) {
		return Implied{}, false
	}
	if key := target.KeyColumn(); key != nil && t.Schema.SameType(key, col) {
		return Implied{target, []string{col.Name}, []string{key.Name}}, true
	}
	for _, u := range target.Uniques() {
		if c := target.Column(u.Columns[0]); u.Whole && len(u.Columns) == 1 && (c.Name == col.Name || strings.EqualFold(c.Name, name[last])) && t.Schema.SameType(c, col) {
			return Implied{target, []string{col.Name}, []string{c.Name}}, true
		}
	}
	return t.impliedWithTenant(col, target)
}

// impliedWithTenant returns what a column refers to together with the tenant's column,
// if the key of the other table is of both.
func (t *Table) impliedWithTenant(col *catalog.Column, target *Table) (Implied, bool) {
	tenant, of, key := t.TenantColumn(), target.TenantColumn(), target.Key()
	if tenant == nil || of == nil || tenant.Name == col.Name || !t.Schema.SameType(tenant, of) || len(key) != 2 || !slices.Contains(key, of.Name) {
		return Implied{}, false
	}
	other := target.Column(key[0])
	if other == of {
		other = target.Column(key[1])
	}
	return Implied{target, []string{tenant.Name, col.Name}, []string{of.Name, other.Name}}, t.Schema.SameType(other, col)
}

// isTyped reports whether a column beside x_id says of which table x is, as x_type
// does.
func (t *Table) isTyped(base []string) bool {
	for _, c := range t.Columns {
		name := Words(c.Name)
		last := len(name) - 1
		if last >= 1 && (name[last] == "type" || name[last] == "kind" || name[last] == "class" || name[last] == "table" || name[last] == "model" || name[last] == "entity") && slices.Equal(name[:last], base) {
			return true
		}
	}
	return false
}

// named returns the table that the words before _id name: all of them, or the last of
// them, or words that say that it is this table.
func (t *Table) named(base []string) *Table {
	for i := range base {
		one := t.oneOf(t.Schema.byName[nounOf(base[i:])])
		if one == nil {
			continue
		}
		if slices.ContainsFunc(base[:i], func(w string) bool { return outside[w] }) || one == t && !isUpward(base[:i]) {
			return nil
		}
		return one
	}
	if len(base) == 1 && base[0] == "parent" {
		return t
	}
	// Names of one application often begin with its name: shop_order, shop_customer.
	if own := Words(t.Name.Name); len(own) > 1 {
		if one := t.oneOf(t.Schema.byName[nounOf(append([]string{own[0]}, base...))]); one != t {
			return one
		}
	}
	return nil
}

func isUpward(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return upward[w] })
}

// oneOf returns the table of a list that is of the same schema, or else the only one.
func (t *Table) oneOf(list []*Table) *Table {
	if len(list) > 1 {
		list = slices.DeleteFunc(slices.Clone(list), func(one *Table) bool { return one.Name.Schema != t.Name.Schema })
	}
	if len(list) != 1 {
		return nil
	}
	return list[0]
}

// sameName returns the table to which the columns of that name refer in other tables,
// or whose key has that name; nil if they differ.
func (t *Table) sameName(column string) *Table {
	list := t.Schema.targets[column]
	if len(list) != 1 || list[0] == t || !t.Schema.referred[column] && !list[0].SharesNoun(column) {
		return nil
	}
	return list[0]
}

// SharesNoun reports whether the name of the table has a word of that of a column.
func (t *Table) SharesNoun(column string) bool {
	name := Words(column)
	return slices.ContainsFunc(Words(t.Name.Name), func(w string) bool {
		return slices.ContainsFunc(name[:len(name)-1], func(c string) bool { return SameNoun(c, w) })
	})
}

// index notes the names of the tables, and the tables that a column of a name refers
// to by a foreign key or is the key of.
func (s *Schema) index() {
	s.byName, s.targets, s.keyNames, s.referred = map[string][]*Table{}, map[string][]*Table{}, map[string]bool{}, map[string]bool{}
	refers := func(column string, to *Table) {
		if to != nil && !slices.Contains(s.targets[column], to) {
			s.targets[column] = append(s.targets[column], to)
		}
	}
	for _, t := range s.Tables {
		n := nounOf(Words(t.Name.Name))
		s.byName[n] = append(s.byName[n], t)
		if key := t.KeyColumn(); key != nil && t.References(key.Name) == nil {
			if name := Words(key.Name); len(name) > 1 && strings.HasSuffix(n, nounOf(name[:len(name)-1])) {
				refers(key.Name, t) // customer_no of crm_customers
				s.keyNames[strings.Join(name, "")] = true
			}
		}
		for _, k := range t.ForeignKeys() {
			if len(k.Columns) == 1 {
				refers(k.Columns[0], s.Table(k.Ref))
				s.referred[k.Columns[0]] = true
			}
		}
	}
}
