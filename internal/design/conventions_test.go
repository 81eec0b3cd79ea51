package design_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/design"
)

func TestCase(t *testing.T) {
	for name, want := range map[string]string{
		"created_at": "snake_case", "createdAt": "camelCase", "CreatedAt": "PascalCase", "CREATED_AT": "UPPER_CASE", "users": "snake_case camelCase", "ID": "PascalCase UPPER_CASE",
		"_CategoryToPost": "PascalCase", "address2": "snake_case camelCase", "Order_Items": "", "first name": "", "größe_in_m": "snake_case",
	} {
		var got []string
		for _, c := range []design.Case{design.Snake, design.Camel, design.Pascal, design.Upper} {
			if c.Has(name) {
				got = append(got, string(c))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
	for _, c := range []design.Case{design.Snake, design.Camel, design.Pascal, design.Upper} {
		if name := c.Of([]string{"order", "items"}); !c.Has(name) || !slices.Equal(design.Words(name), []string{"order", "items"}) && c != design.Upper {
			t.Errorf("%s: %s", c, name)
		}
	}
}

func TestConventions(t *testing.T) {
	for want, text := range map[string]string{
		"table names plural 3 of 4 [company]; table names snake_case 4 of 4 []; column names snake_case 8 of 8 []; foreign key columns {name}_id 3 of 4 [orders.company]; " +
			"foreign key names {table}_{columns}_fkey 4 of 4 []; primary key names {table}_pkey 4 of 4 []; primary keys bigint 4 of 4 []": `
			CREATE TABLE customers (id bigint PRIMARY KEY);
			CREATE TABLE company (id bigint PRIMARY KEY, main_customer_id bigint REFERENCES customers);
			CREATE TABLE products (id bigint PRIMARY KEY);
			CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, product_id bigint REFERENCES products, company bigint REFERENCES company);`,
		// Too few tables, and names of one word tell no case.
		"primary key names {table}_pkey 3 of 3 []": `
			CREATE TABLE customers (id bigint PRIMARY KEY);
			CREATE TABLE company (id bigint PRIMARY KEY);
			CREATE TABLE products (id bigint PRIMARY KEY);`,
	} {
		var got []string
		for _, k := range read(t, text).Conventions.List() {
			got = append(got, fmt.Sprintf("%s %s %d of %d %v", k.Kind, k.Value, k.Kept, k.Of, k.Exceptions))
		}
		if all := strings.Join(got, "; "); all != want {
			t.Errorf("got  %s\nwant %s", all, want)
		}
	}
}
