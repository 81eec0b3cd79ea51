package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// --emit drafts schema.md from what the schema shows, and never changes a file.
func TestSchemaDocument(t *testing.T) {
	t.Chdir(t.TempDir())
	schema := `CREATE TABLE customers (id bigint PRIMARY KEY, full_name text NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE, deleted_at timestamptz);
CREATE TABLE products (id bigint PRIMARY KEY, unit_name text NOT NULL);
CREATE TABLE company (id uuid PRIMARY KEY, "legalName" text NOT NULL);
`
	if err := os.WriteFile("schema.sql", []byte(schema), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"schema.md", "schema-2.md"} {
		out := filepath.Join("draft", want)
		_ = os.Remove(filepath.Join("draft", "ticket.md"))
		got := run("", "schema", "schema.sql", "--emit", "draft")
		if !strings.Contains(got.err, "wrote "+out) {
			t.Fatalf("%s is not written: %s", out, got.err)
		}
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{
			"| table names | `plural` | 3 of 4 |", "- Primary keys: bigint 3, uuid 1", "- Foreign keys, ON DELETE: CASCADE 1", "- Rows that are marked as deleted and kept: orders.deleted_at",
			"- table names, not `plural`: company", "- column names, not `snake_case`: company.legalName", "## To decide",
		} {
			if !strings.Contains(string(text), line) {
				t.Errorf("%s has no line %s:\n%s", want, line, text)
			}
		}
	}
}
