package dialect

import (
	"strings"
	"testing"
)

// TestShown reads what the client prints of SHOW CREATE TABLE: with \G, as a drawn
// table, and in batch mode.
func TestShown(t *testing.T) {
	for name, text := range map[string]string{
		"vertical": "*************************** 1. row ***************************\n       Table: a\nCreate Table: CREATE TABLE `a` (\n  `id` int NOT NULL\n) ENGINE=InnoDB\n1 row in set (0.00 sec)\n",
		"drawn":    "+-------+-------+\n| Table | Create Table |\n+-------+-------+\n| a | CREATE TABLE `a` (\n  `id` int NOT NULL\n) ENGINE=InnoDB |\n+-------+-------+\n1 row in set (0.00 sec)\n",
		"batch":    "Table\tCreate Table\na\tCREATE TABLE `a` (\\n  `id` int NOT NULL\\n) ENGINE=InnoDB\n",
	} {
		sql, is := Shown(text + text)
		pieces := Split(MySQL, sql)
		if !is || len(pieces) != 2 || strings.Count(sql, "\n") != 2*strings.Count(text, "\n") {
			t.Errorf("%s: %v, %d statements in %q", name, is, len(pieces), sql)
			continue
		}
		for _, p := range pieces {
			if st, err := Parse(MySQL, sql[p.Start:p.End]); err != nil || st.Kind != CreateTable || st.New.Column("id") == nil {
				t.Errorf("%s: %q: %v", name, sql[p.Start:p.End], err)
			}
		}
	}
	if _, is := Shown("CREATE TABLE `a` (`id` int); -- Create Table"); is {
		t.Error("DDL is taken for the output of SHOW CREATE TABLE")
	}
}
