package plan

import (
	"fmt"
	"strings"
	"testing"
)

// TestFound: what is known of a logged plan before it is read is what the plan then says.
// An entry that is anything but one plan as the server writes it is read at once.
func TestFound(t *testing.T) {
	const root = "Sort  (cost=9.00..9.10 rows=2 width=8) (actual time=9.0..9.1 rows=2 loops=1)\n"
	const rest = "  Sort Key: w.id\n  ->  Seq Scan on walls w  (cost=0.00..5.00 rows=2 width=8) (actual time=0.1..5.0 rows=2 loops=1)\n        Filter: (id > 3)\n"
	for name, of := range map[string]struct {
		body string
		left bool // it is not read at once
	}{
		"one line":        {"Query Text: SELECT id FROM walls\n" + root + rest, true},
		"several lines":   {"Query Text: SELECT id\n  FROM walls -- (a)\n\n WHERE id > 3\n" + root + rest, true},
		"parameters":      {"Query Text: SELECT id FROM walls WHERE id > $1\nQuery Parameters: $1 = '3', $2 = NULL\n" + root + rest, true},
		"identifier":      {"Query Text: SELECT id FROM walls\n" + root + rest + "Query Identifier: -372560\nSettings: work_mem = '1MB'\n", true},
		"JIT":             {"Query Text: SELECT id FROM walls\n" + root + rest + "JIT:\n  Functions: 4\n  Options: Inlining false, Optimization false\n", true},
		"JSON":            {"{\n  \"Query Text\": \"SELECT \\\"id\\\"\\nFROM walls\",\n  \"Query Identifier\": 31,\n  \"Plan\": {\n    \"Node Type\": \"Seq Scan\",\n    \"Relation Name\": \"walls\",\n    \"Total Cost\": 1.00\n  }\n}\n", true},
		"its own time":    {"Query Text: SELECT id FROM walls\n" + root + rest + "Execution Time: 9.500 ms\n", false},
		"two plans":       {"Query Text: SELECT id FROM walls\n" + root + rest + root + rest, false},
		"two queries":     {"Query Text: SELECT id FROM walls\n" + root + rest + "Query Text: SELECT 1\n" + root + rest, false},
		"no query":        {root + rest, false},
		"two in JSON":     {"{\n  \"Plan\": {\n    \"Node Type\": \"Result\"\n  },\n  \"Plan\": {\n    \"Node Type\": \"Result\"\n  }\n}\n", false},
		"time in JSON":    {"{\n  \"Plan\": {\n    \"Node Type\": \"Result\"\n  },\n  \"Execution Time\": 2.5\n}\n", false},
		"a blank in JSON": {"{\n  \"Plan\": {\n    \"Node Type\": \"Result\"\n  }\n}\n\n", true},
	} {
		log := "2031-02-03 04:05:06.007 UTC [81] LOG:  duration: 12.500 ms  plan:\n\t" + strings.ReplaceAll(strings.TrimSuffix(of.body, "\n"), "\n", "\n\t") + "\n2031-02-03 04:05:07.007 UTC [81] LOG:  checkpoint starting: time\n"
		csv := `2031-02-03 04:05:06.007 UTC,"a","b",81,"[local]",65bd.51,1,"SELECT",2031-02-03 04:05:00 UTC,3/4,0,LOG,00000,"duration: 12.500 ms  plan:` + "\n" + strings.ReplaceAll(strings.TrimSuffix(of.body, "\n"), `"`, `""`) + `",,,,,,,,,"psql"` + "\n"
		json := `{"timestamp":"2031-02-03 04:05:06.007 UTC","pid":81,"error_severity":"LOG","message":` + fmt.Sprintf("%q", "duration: 12.500 ms  plan:\n"+strings.TrimSuffix(of.body, "\n")) + "}\n"
		for dress, log := range map[string]string{"stderr": log, "csvlog": csv, "jsonlog": json} {
			n := 0
			for f, err := range Find("x", strings.NewReader(log), func(string) {}) {
				if err != nil {
					t.Fatalf("%s in %s: %v", name, dress, err)
				}
				n++
				left, line, query, id, ms := !f.IsRead(), f.Line, f.Query, f.QueryID, f.Ms
				if left != of.left {
					t.Errorf("%s in %s: left %v, want %v", name, dress, left, of.left)
				}
				plans := f.Plans()
				if len(plans) != 1 {
					t.Fatalf("%s in %s: %d plans", name, dress, len(plans))
				}
				p := plans[0]
				if line != p.Line || query != p.Query.Raw() || id != p.QueryID || ms != p.ExecMs() {
					t.Errorf("%s in %s: line %d, %q, id %q, %v ms; the plan has line %d, %q, id %q, %v ms", name, dress, line, query, id, ms, p.Line, p.Query.Raw(), p.QueryID, p.ExecMs())
				}
			}
			if n == 0 {
				t.Errorf("%s in %s: no plan", name, dress)
			}
		}
	}
}
