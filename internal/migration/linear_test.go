package migration

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// What is read and played costs as much as there is of it, and no more: what is
// searched or copied for each file anew shows in what is allocated.
func TestCostIsLinear(t *testing.T) {
	const few, more = 50, 8
	for name, sources := range map[string]func(n int) []*Source{
		"many files": func(n int) []*Source {
			var list []*Source
			for i := range n {
				list = append(list,
					&Source{Path: fmt.Sprintf("%06d_a.up.sql", i), Text: fmt.Sprintf("CREATE TABLE t%d (a int);\nCREATE INDEX i%d ON t%d (a);\nALTER TABLE t%d ADD COLUMN b int;", i, i, i, i/2)},
					&Source{Path: fmt.Sprintf("%06d_a.down.sql", i), Text: fmt.Sprintf("DROP TABLE t%d;", i)})
			}
			return list
		},
		"many changesets": func(n int) []*Source {
			return []*Source{{Path: "a.sql", Text: "--liquibase formatted sql\n" + strings.Repeat("--changeset a:1\nUPDATE t SET a = 1;\n--rollback DELETE FROM t;\n", n)}}
		},
		"one transaction of all": func(n int) []*Source {
			list := []*Source{{Path: "schema.sql", Text: "-- PostgreSQL database dump\nCREATE TABLE t (a int);"}}
			for i := range n {
				list = append(list, &Source{Path: fmt.Sprintf("%d_a.sql", i), Text: "-- Up Migration\nUPDATE t SET a = 1;\n-- Down Migration\nUPDATE t SET a = 2;"})
			}
			return list
		},
		"a long log": func(n int) []*Source {
			return []*Source{{Path: "a.log", Text: strings.Repeat("  (0.1ms)  UPDATE t SET a = 1\n", n)}}
		},
		"a long body": func(n int) []*Source {
			return []*Source{{Path: "a.sql", Text: "DO $$ BEGIN " + strings.Repeat("IF a THEN UPDATE t SET a = 1; END IF;\n", n) + "END $$;"}}
		},
		"statements without semicolons": func(n int) []*Source {
			return []*Source{{Path: "a.sql", Text: strings.Repeat(strings.Repeat("CREATE TABLE t (a int)\n", 60)+";", n)}}
		},
		"a long INSERT": func(n int) []*Source {
			return []*Source{{Path: "a.sql", Text: "INSERT INTO t VALUES " + strings.Repeat("(1, 'a', now()),\n", 10_000*n/few) + "(1);"}}
		},
	} {
		one := allocated(sources(few))
		if many := allocated(sources(more * few)); many > 2*more*one {
			t.Errorf("%s: %d times as many allocate %.0f times as much", name, more, many/one)
		}
	}
}

func allocated(sources []*Source) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	Read(sources, Options{})
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc)
}
