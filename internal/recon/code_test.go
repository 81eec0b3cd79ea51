package recon

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/pgverdict/pgverdict/internal/design"
)

func uses(t *testing.T, path string, objects ...Object) []string {
	t.Helper()
	c, err := ReadCode(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, u := range c.Uses(objects) {
		s := fmt.Sprintf("%s:%d", u.Path, u.Line)
		if u.Test {
			s += " test"
		}
		if u.Removed {
			s += " removed"
		}
		list = append(list, s)
	}
	return list
}

// TestCode: a column counts near its table only, in all spellings, and not in
// comments, SQL files, documentation or old migrations.
func TestCode(t *testing.T) {
	far := strings.Repeat("\n", near+1)
	root := unpack(t, []txtar.File{
		{Name: "app/models/order_item.rb", Data: []byte("class OrderItem < ApplicationRecord\n" + far + "  validates :legacy_code\nend\n")},
		{Name: "src/items.ts", Data: []byte("const q = db.orderItems\n  .select('legacyCode')\n// legacyCode is going away\n")},
		{Name: "src/far.ts", Data: []byte("from('order_items')\n" + far + "x.legacy_code\n")},
		{Name: "src/dotted.go", Data: []byte("q := `SELECT id FROM x`\n" + far + "q2 := `SELECT order_items.legacy_code`\n")},
		{Name: "src/other.go", Data: []byte("type Book struct { legacy_code string; my_legacy_code_2 int }\n")},
		{Name: "src/item_test.go", Data: []byte("insert(\"order_items\", legacy_code)\n")},
		{Name: "q.sql", Data: []byte("SELECT legacy_code FROM order_items;\n")},
		{Name: "README.md", Data: []byte("order_items has legacy_code\n")},
		{Name: "db/migrate/20200101_add.rb", Data: []byte("add_column :order_items, :legacy_code, :string\n")},
		{Name: "node_modules/x/a.js", Data: []byte("order_items.legacy_code\n")},
	})
	column := Object{"order_items", "legacy_code"}
	want := []string{fmt.Sprintf("app/models/order_item.rb:%d", near+3), fmt.Sprintf("src/dotted.go:%d", near+3), "src/items.ts:2", "src/item_test.go:1 test"}
	if got := uses(t, root, column); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := uses(t, root, Object{Table: "books"}); !slices.Equal(got, []string{"src/other.go:1"}) {
		t.Errorf("table: %v", got)
	}
	if got := uses(t, root, Object{"orders", "legacy_code"}); got != nil {
		t.Errorf("another table: %v", got)
	}
}

func TestCodeOfDiff(t *testing.T) {
	root := unpack(t, []txtar.File{{Name: "release.diff", Data: []byte(`diff --git a/src/user.py b/src/user.py
--- a/src/user.py
+++ b/src/user.py
@@ -10,4 +10,4 @@ class User:
     __tablename__ = "users"
-    nick = Column(String)
+    name = Column(String)
     id = Column(Integer)
@@ -90,2 +90,2 @@
     x = 1
+    users.nick = x
diff --git a/migrations/0002_x.sql b/migrations/0002_x.sql
--- /dev/null
+++ b/migrations/0002_x.sql
@@ -0,0 +1,1 @@
+ALTER TABLE users DROP COLUMN nick;
`)}})
	want := []string{"src/user.py:91", "src/user.py:11 removed"}
	if got := uses(t, filepath.Join(root, "release.diff"), Object{"users", "nick"}); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSpellings(t *testing.T) {
	for name, want := range map[string]string{
		"order_items": "order_items orderItems OrderItems order_item orderItem OrderItem", "status": "status Status", "companies": "companies Companies company Company",
		"boxes": "boxes Boxes box Box", "s": "s S",
	} {
		if got := strings.Join(spellings(name, design.InSingular(name)), " "); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
