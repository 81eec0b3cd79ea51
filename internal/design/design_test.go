package design_test

import (
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/migration"
)

// read returns the schema of a text of DDL.
func read(t *testing.T, text string) *design.Schema {
	t.Helper()
	set := migration.Read([]*migration.Source{{Path: "schema.sql", Text: text}}, migration.Options{WholeSchema: true})
	return design.New(set.Catalog, false)
}

// table returns a table of a schema by its name.
func table(t *testing.T, s *design.Schema, name string) *design.Table {
	t.Helper()
	for _, one := range s.Tables {
		if one.Name.Name == name {
			return one
		}
	}
	t.Fatalf("no table %s", name)
	return nil
}

// What a column refers to is told by its name, if the type fits.
func TestImplied(t *testing.T) {
	s := read(t, `
		CREATE TABLE customers (id bigint PRIMARY KEY, uuid uuid NOT NULL UNIQUE);
		CREATE TABLE categories (id bigint PRIMARY KEY, parent_id bigint, "rootCategoryId" bigint, category_id bigint);
		CREATE TABLE people (id bigint PRIMARY KEY);
		CREATE TABLE "OrderItem" (id bigint PRIMARY KEY);
		CREATE TABLE countries (country_no text PRIMARY KEY);
		CREATE TABLE inbox (message_ref text, ap_id bigint PRIMARY KEY);
		CREATE TABLE shop_baskets (id bigint PRIMARY KEY);
		CREATE TABLE two_keys (a bigint, b bigint, PRIMARY KEY (a, b));
		CREATE TABLE visits (id bigint PRIMARY KEY, visitor_id bigint REFERENCES people);
		CREATE TABLE shop_orders (
			id bigint PRIMARY KEY, customer_id bigint, "billingCustomerId" bigint, customer_uuid uuid, person_id bigint, order_item_id bigint, country_no text, basket_id bigint, visitor_id bigint,
			stripe_customer_id bigint, ap_id bigint, old_customer_id int, two_key_id bigint, thing_type text, thing_id bigint, people_type text, people_id bigint, customer_note text, order_id bigint
		);`)
	for column, want := range map[string]string{
		"customer_id": "customers.id", "billingCustomerId": "customers.id", "customer_uuid": "customers.uuid", "person_id": "people.id", "order_item_id": "OrderItem.id", "country_no": "countries.country_no",
		"basket_id": "shop_baskets.id", "visitor_id": "people.id",
		"stripe_customer_id": "", "ap_id": "", "old_customer_id": "", "two_key_id": "", "thing_id": "", "people_id": "", "customer_note": "", "order_id": "", "id": "",
	} {
		implies(t, table(t, s, "shop_orders"), column, want)
	}
	for column, want := range map[string]string{"parent_id": "categories.id", "rootCategoryId": "categories.id", "category_id": ""} {
		implies(t, table(t, s, "categories"), column, want)
	}
}

// The key of the other table may be of the tenant and its own.
func TestImpliedWithTenant(t *testing.T) {
	s := read(t, `
		CREATE TABLE tenants (id bigint PRIMARY KEY);
		CREATE TABLE users (tenant_id bigint REFERENCES tenants, id bigint, PRIMARY KEY (tenant_id, id));
		CREATE TABLE tasks (tenant_id bigint REFERENCES tenants, id bigint, user_id bigint, PRIMARY KEY (tenant_id, id));
		CREATE TABLE visits (id bigint, day date, PRIMARY KEY (id, day));
		CREATE TABLE notes (tenant_id bigint REFERENCES tenants, id bigint PRIMARY KEY, user_id int, visit_id bigint, day date);`)
	implies(t, table(t, s, "tasks"), "user_id", "users.tenant_id,id")
	implies(t, table(t, s, "notes"), "user_id", "")
	implies(t, table(t, s, "notes"), "visit_id", "")
}

func implies(t *testing.T, of *design.Table, column, want string) {
	t.Helper()
	got := ""
	if to, ok := of.Implied(of.Column(column)); ok {
		got = to.Table.Name.Name + "." + strings.Join(to.To, ",")
	}
	if got != want {
		t.Errorf("%s.%s: %q, want %q", of.Name.Short(), column, got, want)
	}
}

func TestIsLookup(t *testing.T) {
	s := read(t, `
		CREATE TABLE order_statuses (id int PRIMARY KEY, name text, parent int REFERENCES order_statuses);
		CREATE TABLE colors (id smallint PRIMARY KEY, hex_code text, label text);
		CREATE TABLE accounts (id int PRIMARY KEY, name text);
		CREATE TABLE orders (id smallint PRIMARY KEY, total_cents int);
		CREATE TABLE role_grants (id int PRIMARY KEY, account_id int REFERENCES accounts);`)
	for name, want := range map[string]bool{"order_statuses": true, "colors": true, "accounts": false, "orders": false, "role_grants": false} {
		if got := table(t, s, name).IsLookup(); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestCascadesAndCycles(t *testing.T) {
	s := read(t, `
		CREATE TABLE a (id bigint PRIMARY KEY, d_id bigint NOT NULL);
		CREATE TABLE b (id bigint PRIMARY KEY, a_id bigint NOT NULL REFERENCES a ON DELETE CASCADE, b_id bigint REFERENCES b ON DELETE CASCADE);
		CREATE TABLE c (id bigint PRIMARY KEY, b_id bigint NOT NULL REFERENCES b ON DELETE CASCADE);
		CREATE TABLE d (id bigint PRIMARY KEY, c_id bigint NOT NULL REFERENCES c ON DELETE CASCADE);
		CREATE TABLE e (id bigint PRIMARY KEY, a_id bigint NOT NULL REFERENCES a ON DELETE CASCADE, d_id bigint REFERENCES d);
		ALTER TABLE a ADD FOREIGN KEY (d_id) REFERENCES d;`)
	names := func(links []design.Link) string {
		text := ""
		for _, l := range links {
			text += l.Table.Name.Name
		}
		return text
	}
	all := s.Cascades()
	if len(all) != 1 || all[0].From.Name.Name != "a" || names(all[0].Links) != "bcd" || all[0].Reach != 4 {
		t.Errorf("%+v", all)
	}
	rings := s.Rings(func(t *design.Table, k *catalog.Constraint) bool { return t.Column(k.Columns[0]).NotNull })
	if len(rings) != 1 || names(rings[0].Links) != "bcda" || len(rings[0].Tables) != 4 {
		t.Errorf("%d rings, %s", len(rings), names(rings[0].Links))
	}
}

func TestSequenceOf(t *testing.T) {
	s := read(t, `
		CREATE SEQUENCE "Numbers" AS integer;
		CREATE TABLE a (id serial, shared bigint DEFAULT nextval('public."Numbers"'::regclass), other bigint DEFAULT 1);`)
	a := table(t, s, "a")
	for column, want := range map[string]string{"id": "a_id_seq", "shared": `"Numbers"`, "other": ""} {
		got := ""
		if seq := a.SequenceOf(a.Column(column)); seq != nil {
			got = seq.Name.Short()
		}
		if got != want {
			t.Errorf("%s: %s", column, got)
		}
	}
}
