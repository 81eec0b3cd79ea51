package workload

import (
	"strings"
	"testing"
)

// As PostgreSQL 15 prints them: sets by the columns' numbers, the columns by
// name in the order of these, one of which was dropped before.
const extendedCSV = `schemaname,tablename,statistics_schemaname,statistics_name,attnames,kinds,attnums,n_distinct,dependencies,most_common_freqs,most_common_base_freqs,most_common_vals
public,addresses,public,addresses_all,"{city,zip,land}","{d,f,m}","2 4 5","{""2, 4"": 1985, ""2, 5"": 401, ""4, 5"": 1985, ""2, 4, 5"": 1985}","{""2 => 5"": 1.000000, ""4 => 2"": 0.99, ""2, 4 => 5"": 1.000000}","{0.25,0.125}","{0.03125,0.5}","{{0,""a, b"",l0},{7,""q\""x"",l1}}"
`

func TestExtendedStats(t *testing.T) {
	snap := new(Snapshot)
	if _, err := snap.Read("pg_stats_ext.csv", strings.NewReader(extendedCSV)); err != nil {
		t.Fatal(err)
	}
	if len(snap.ExtendedStats) != 1 {
		t.Fatalf("%d statistics", len(snap.ExtendedStats))
	}
	x := snap.ExtendedStats[0]
	if len(x.Distinct) != 4 || strings.Join(x.Distinct[0].Columns, " ") != "city zip" || x.Distinct[1].N != 401 {
		t.Errorf("distinct %+v", x.Distinct)
	}
	if len(x.Dependencies) != 3 || x.Dependencies[1].To != "city" || x.Dependencies[1].From[0] != "zip" || x.Dependencies[1].Degree != 0.99 || len(x.Dependencies[2].From) != 2 {
		t.Errorf("dependencies %+v", x.Dependencies)
	}
	if len(x.MCVs) != 2 || x.MCVs[0][1].Raw() != "a, b" || x.MCVs[1][1].Raw() != `q"x` || x.MCVBaseFreqs[1] != 0.5 {
		t.Errorf("combinations %v %v", x.MCVs, x.MCVBaseFreqs)
	}
	if s := x.MCVs[0][1].String(); strings.Contains(s, "a, b") {
		t.Errorf("a value of the data prints as %q", s)
	}
}

// Without the columns' numbers their order tells, if all of them are named.
func TestExtendedStatsWithoutNumbers(t *testing.T) {
	lines := strings.NewReplacer(`,attnums,`, `,other,`, `"2 4 5"`, `""`).Replace(extendedCSV)
	snap := new(Snapshot)
	if _, err := snap.Read("pg_stats_ext.csv", strings.NewReader(lines)); err != nil {
		t.Fatal(err)
	}
	if x := snap.ExtendedStats[0]; len(x.Dependencies) != 3 || x.Dependencies[0].To != "land" {
		t.Errorf("dependencies %+v", x.Dependencies)
	}
}
