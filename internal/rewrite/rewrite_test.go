package rewrite

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgverdict/pgverdict/internal/pgtest"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/schema"
	"github.com/pgverdict/pgverdict/workload"
)

var update = flag.Bool("update", false, "write testdata/drafts.txt")

var byName = map[string]*Rewrite{
	"NotExists": NotExists, "DateRange": DateRange, "Keyset": Keyset, "DistinctExists": DistinctExists, "NoDistinct": NoDistinct, "InlineCTE": InlineCTE, "UnionAll": UnionAll,
	"SubqueryJoin": SubqueryJoin, "CountExists": CountExists, "FilterInside": FilterInside, "TopPerGroup": TopPerGroup, "BareColumn": BareColumn, "NoCoalesce": NoCoalesce,
	"Contains": Contains, "RowComparison": RowComparison, "KeepDuplicates": KeepDuplicates,
	"AggregateFirst": AggregateFirst, "Sample": Sample, "WholeLastDay": WholeLastDay, "IsNull": IsNull, "ArrayContains": ArrayContains, "FoundFirst": FoundFirst,
}

type testCase struct {
	name    string
	query   string
	with    []string // the values of its parameters, and of the draft's
	refused bool
	other   bool // the draft returns other rows, on purpose
}

func cases(t *testing.T) []testCase {
	text, err := os.ReadFile("testdata/cases.sql")
	if err != nil {
		t.Fatal(err)
	}
	var list []testCase
	name := ""
	for paragraph := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		if is, of := strings.CutPrefix(paragraph, "## "); of {
			name = is
			if byName[name] == nil {
				t.Fatalf("%s is no rewrite", name)
			}
			continue
		}
		c := testCase{name: name}
		for line := range strings.SplitSeq(paragraph, "\n") {
			with, ok := strings.CutPrefix(line, "-- with ")
			switch {
			case ok:
				c.with = values(with)
			case line == "-- refused":
				c.refused = true
			case line == "-- other rows":
				c.other = true
			default:
				c.query += line
			}
		}
		list = append(list, c)
	}
	return list
}

// values splits a list at the commas outside of brackets.
func values(list string) []string {
	depth, from, out := 0, 0, []string(nil)
	for i, c := range list + "," {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, strings.TrimSpace(list[from:i]))
				from = i + 1
			}
		}
	}
	return out
}

// catalogs are what may be known of the tables.
func catalogs(t *testing.T) map[string]Tables {
	of := func(name string) Tables {
		text, err := os.ReadFile("testdata/" + name + ".sql")
		if err != nil {
			t.Fatal(err)
		}
		snap := new(workload.Snapshot)
		if _, err := schema.Read(name, string(text), snap); err != nil {
			t.Fatal(err)
		}
		return snap.Table
	}
	return map[string]Tables{"unknown": nil, "loose": of("loose"), "strict": of("strict")}
}

var knowing = [...]string{"unknown", "loose", "strict"}

// What each rewrite makes of each query is recorded, and was read. A query that looks
// like one that it is for is refused, whatever is known.
func TestDrafts(t *testing.T) {
	known := catalogs(t)
	var got strings.Builder
	for _, c := range cases(t) {
		fmt.Fprintf(&got, "## %s\n%s\n", c.name, c.query)
		last := ""
		for _, k := range knowing {
			d, ok := byName[c.name].Draft(redact.SQL(c.query), Place{}, known[k])
			if ok && c.refused {
				t.Errorf("%s with the schema %s is not refused: %s\n%s", c.name, k, c.query, d.Query.Raw())
			}
			said := "refused"
			if ok {
				said = d.Query.Raw()
				for _, n := range d.Notes {
					said += "\n* " + n
				}
				for _, e := range d.EqualIf {
					said += "\n? " + e
				}
			} else if !c.refused && k == "strict" {
				t.Errorf("%s is refused with all known: %s", c.name, c.query)
			}
			if said != last {
				fmt.Fprintf(&got, "-- %s\n%s\n", k, said)
			}
			last = said
		}
		got.WriteString("\n")
	}
	const file = "testdata/drafts.txt"
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Error(diff)
	}
}

// A server returns the same rows for a query and its draft: on rows with NULLs and
// duplicates if nothing has to hold, otherwise on rows of which it holds.
func TestSameRows(t *testing.T) {
	server := pgtest.Start(t)
	known := catalogs(t)
	for _, name := range []string{"strict", "loose"} {
		text, err := os.ReadFile("testdata/" + name + ".sql")
		if err != nil {
			t.Fatal(err)
		}
		server.PSQL("CREATE SCHEMA " + name + "; SET search_path = " + name + ";" + string(text))
	}
	data, err := os.ReadFile("testdata/data.sql")
	if err != nil {
		t.Fatal(err)
	}
	server.PSQL(string(data))
	var script strings.Builder
	script.WriteString("SET timezone = 'Europe/Berlin';\n")
	var asked []string
	compared := map[string]int{}
	for i, c := range cases(t) {
		for _, k := range knowing {
			d, ok := byName[c.name].Draft(redact.SQL(c.query), Place{}, known[k])
			if !ok {
				continue
			}
			if c.other { // it has to run
				fmt.Fprintf(&script, "SET search_path = strict; PREPARE p%[1]d_%[2]s AS %[3]s;\n", i, k, d.Query.Raw())
				continue
			}
			on := "strict"
			if k == "loose" && len(d.EqualIf) == 0 {
				on = "loose"
			}
			one, other := fill(c.query, c.with), fill(d.Query.Raw(), c.with)
			asked = append(asked, on+" ("+k+"): "+one+"\n"+other)
			compared[c.name]++
			if strings.HasSuffix(one, "RETURNING id") {
				fmt.Fprintf(&script, "SET search_path = %s; BEGIN; %s \\g /dev/null\nSELECT string_agg(id::text, ',' ORDER BY id) AS one FROM orders \\gset\nROLLBACK; BEGIN; %s \\g /dev/null\nSELECT string_agg(id::text, ',' ORDER BY id) IS DISTINCT FROM :'one' AS differs FROM orders; ROLLBACK;\n", on, one, other)
				continue
			}
			fmt.Fprintf(&script, "SET search_path = %[1]s; SELECT count(*) > 0 FROM ((SELECT x::text FROM (%[2]s\n) x EXCEPT ALL SELECT x::text FROM (%[3]s) x) UNION ALL (SELECT x::text FROM (%[3]s) x EXCEPT ALL SELECT x::text FROM (%[2]s\n) x)) d;\n", on, one, other)
		}
	}
	answers := strings.Fields(server.PSQL(script.String()))
	if len(answers) != len(asked) {
		t.Fatalf("%d answers to %d questions", len(answers), len(asked))
	}
	for i, a := range answers {
		if a != "f" {
			t.Errorf("different rows on %s", asked[i])
		}
	}
	t.Log(len(asked), "comparisons:", compared)
}

var parameter = regexp.MustCompile(`\$\d+`)

// fill puts the values in place of the parameters.
func fill(query string, with []string) string {
	return parameter.ReplaceAllStringFunc(query, func(p string) string {
		n, _ := strconv.Atoi(p[1:])
		if n > len(with) {
			return p
		}
		return with[n-1]
	})
}
