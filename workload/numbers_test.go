package workload

import (
	"math"
	"strings"
	"testing"
)

// A number is read in the form that the file proves; what can mean two things is
// unknown, and said.
func TestNumberForms(t *testing.T) {
	const unknown = -1e300
	for _, test := range []struct {
		name, column string
		values       []string
		want         []float64
	}{
		{"plain", "calls", []string{"12310", "0", "1e+06", "410000"}, []float64{12310, 0, 1e6, 410000}},
		{"commas in groups", "calls", []string{"12,310", "912", "1,250,000"}, []float64{12310, 912, 1250000}},
		{"a count has no fraction", "calls", []string{"12.310", "912"}, []float64{12310, 912}},
		{"German", "total_exec_time", []string{"13.850.112,25", "801,5", "1.125"}, []float64{13850112.25, 801.5, 1125}},
		{"French", "total_exec_time", []string{"13\u202f850\u202f112,25", "801,5", "1\u00a0125"}, []float64{13850112.25, 801.5, 1125}},
		{"Swiss", "total_exec_time", []string{"13'850'112.25", "801.5", "1\u2019125.0"}, []float64{13850112.25, 801.5, 1125}},
		{"Indian", "calls", []string{"12,34,567", "9,10,11,123"}, []float64{1234567, 91011123}},
		{"English, told by another value", "mean_exec_time", []string{"1,125", "1,125.1", "0.88"}, []float64{1125, 1125.1, 0.88}},
		{"a time that may be either", "mean_exec_time", []string{"1,125", "0.88"}, []float64{unknown, 0.88}},
		{"decimal commas", "mean_exec_time", []string{"1,125", "0,88", "12,5"}, []float64{1.125, 0.88, 12.5}},
		{"both at once", "mean_exec_time", []string{"1,5", "1.5", "1,125"}, []float64{1.5, 1.5, 1.125}},
		{"sizes", "total_bytes", []string{"2713 MB", "8192 bytes", "1.5 GB", "16 kB"}, []float64{2713 * 1 << 20, 8192, 1.5 * (1 << 30), 16384}},
		{"a size where none belongs", "calls", []string{"2713 MB", "7"}, []float64{unknown, 7}},
		{"intervals", "total_exec_time", []string{"00:12:13.4", "1 day 02:03:04", "3 days, 4:11:52", "12.5 ms", "007 millis", "3 s", "2 min"}, []float64{733400, 93784000, 274312000, 12.5, 7, 3000, 120000}},
		{"no figure", "calls", []string{"∞", "NaN", "Infinity", "many", "1k", "1.2.3", "12,31"}, []float64{unknown, unknown, unknown, unknown, unknown, unknown, unknown}},
		{"rounded counts", "seq_scan", []string{"12.3k", "11.7M", "**310K**", "1.10B", "48 K", "9M"}, []float64{12300, 11700000, 310000, 1100000000, 48000, unknown}},
		{"a remark behind an arrow or a sign", "idx_scan", []string{"0     ← never read", "8,123 ✅", "17 <-- here"}, []float64{0, 8123, 17}},
		{"a fraction in percent", "null_frac", []string{"12.5%", "0.125"}, []float64{0.125, 0.125}},
		{"a fraction of noughts", "calls", []string{"12.000", "7"}, []float64{unknown, 7}},
		{"a remark behind the number", "total_exec_time", []string{"8,161,510 (~2.3 h)", "**12.5** (most)"}, []float64{8161510, 12.5}},
		{"negative", "n_distinct", []string{"-0.25", "-1"}, []float64{-0.25, -1}},
	} {
		var m marks
		for _, v := range test.values {
			m.proves(test.column, v)
		}
		for i, v := range test.values {
			got, ok := m.number(test.column, v)
			if !ok {
				got = unknown
			}
			if math.Abs(got-test.want[i]) > 1e-6*math.Abs(test.want[i]) {
				t.Errorf("%s: %q in %s: want %v, got %v", test.name, v, test.column, test.want[i], got)
			}
		}
	}
}

// What could not be read is unknown with all that is computed from it, a warning
// names column and line, and a file without its main column was not read.
func TestUnreadNumbers(t *testing.T) {
	const head = "queryid,query,calls,total_exec_time,rows,userid\n"
	s := new(Snapshot)
	read, err := s.Read("s.csv", strings.NewReader(head+"1,SELECT 1,soon,100,5,10\n1,SELECT 1,20,100,5,11\n2,SELECT 2,0,0,0,10\n3,SELECT 3,7,1.5,7,10\n"))
	if err != nil || len(read.Warnings) != 1 || read.Warnings[0].Line != 2 || !strings.Contains(read.Warnings[0].Error(), "calls") {
		t.Fatal(err, read.Warnings)
	}
	if st := s.Statements[0]; st.Calls.Known() || st.MeanMs.Known() || st.TotalMs.Or(0) != 200 {
		t.Errorf("a part of the sum is unknown, and so is the sum: %v %v %v", st.Calls, st.MeanMs, st.TotalMs)
	}
	if st := s.Statements[1]; st.MeanMs.Known() {
		t.Errorf("a mean of no calls: %v", st.MeanMs)
	}
	_, err = new(Snapshot).Read("s.csv", strings.NewReader(head+"1,SELECT 1,often,100,5,10\n2,SELECT 2,rarely,7,5,11\n3,SELECT 3,7,1.5,7,10\n"))
	if err == nil || !strings.Contains(err.Error(), "column calls") {
		t.Errorf("the main column is lost: %v", err)
	}
}

// The commas of a count, which has no fraction, tell those of a time.
func TestCommasOfCounts(t *testing.T) {
	s := snapshotOf(t, "query|calls|total_time\nselect 1|1,234|2,838s\nselect 2|7|1,021 ms\n")
	if ms := s.Statements[0].TotalMs.Or(0); ms != 2838e3 {
		t.Errorf("2,838s are %v ms", ms)
	}
	if ms := s.Statements[1].TotalMs.Or(0); ms != 1021 {
		t.Errorf("1,021 ms are %v ms", ms)
	}
}

// A statement is known by its id alone, if the report has no text.
func TestStatementsByID(t *testing.T) {
	s := snapshotOf(t, "queryid|calls|total_ms|mean_ms\n-2876120296317350531|492654|5317036.58|10.79\n")
	if len(s.Statements) != 1 || s.Statements[0].QueryID != "-2876120296317350531" || s.Statements[0].TotalMs.Or(0) != 5317036.58 {
		t.Errorf("%+v", s.Statements)
	}
}

// A report that lists a statement in words, and again in others, has it once.
func TestRetoldStatements(t *testing.T) {
	s := new(Snapshot)
	for _, text := range []string{
		"query summary,calls,total_ms\nseries per game,39,292305620\nlast games,1,42227\n",
		"query summary,calls,total_ms\nthe same query as above,39,292305620\nwins,39,5357\n",
		"query,calls,total_ms\nSELECT a FROM t,7,5\nSELECT b FROM t,7,5\n",
	} {
		one := new(Snapshot)
		if _, err := one.Read("x", strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		s.Fill(one)
	}
	if len(s.Statements) != 5 {
		t.Errorf("%d statements", len(s.Statements))
	}
}

// A list in which no statement has a text is of statements. In one with texts, a row without one
// is a sum.
func TestTextless(t *testing.T) {
	for text, want := range map[string]int{
		"calls,total_exec_time,query\n10,2000,\n20,1000,\n":                            2,
		"calls,total_exec_time,query\n10,2000,SELECT 1 FROM a\n20,1000,\n":             1,
		"calls,total_exec_time,queryid,query\n10,2000,771,\n20,1000,772,\n30,3000,,\n": 2,
	} {
		if got := len(snapshotOf(t, text).Statements); got != want {
			t.Errorf("%s: %d statements, want %d", text, got, want)
		}
	}
}
