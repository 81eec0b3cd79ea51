package workload

import (
	"math"
	"strings"
	"testing"
)

// The part that each statement is of all gives the total, if it is in proportion to the
// times.
func TestTotalOfShares(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want float64 // 0: unknown
	}{
		"percent":                {"query,calls,total_exec_time,percent\nSELECT 1 FROM a,10,2000,20.0\nSELECT 1 FROM b,10,1000,10.1\nSELECT 1 FROM c,10,1,0.0\n", 10_000},
		"a fraction":             {"query,calls,total_exec_time,prop_exec_time\nSELECT 1 FROM a,10,2000,0.4\nSELECT 1 FROM b,10,1000,0.2\n", 5_000},
		"signs and means":        {"Query | Calls | Mean | % of total DB time\n---|---|---|---\nSELECT 1 FROM a | 1,000 | 2 ms | **20%**\nSELECT 1 FROM b | 500 | 2 ms | **9.9%**\n", 10_000},
		"of the calls":           {"query,calls,total_exec_time,percent\nSELECT 1 FROM a,90,1000,90\nSELECT 1 FROM b,10,9000,10\n", 0},
		"a hit rate":             {"query,calls,total_exec_time,hit_percent\nSELECT 1 FROM a,90,1000,50\nSELECT 1 FROM b,10,1000,50\n", 0},
		"more than the whole":    {"query,calls,total_exec_time,percent\nSELECT 1 FROM a,90,1000,100\nSELECT 1 FROM b,10,1000,100\n", 0},
		"one statement":          {"query,calls,total_exec_time,percent\nSELECT 1 FROM a,90,1000,50\n", 0},
		"blocks beside it":       {"query,calls,total_exec_time,shared_blks_written,pct\nSELECT 1 FROM a,10,2000,1,20.0\nSELECT 1 FROM b,10,1000,0,10.0\n", 10_000},
		"calls beside it":        {"query,calls,pct_calls,total_exec_time,pct_time\nSELECT 1 FROM a,90,90,2000,20.0\nSELECT 1 FROM b,10,10,1000,10.0\n", 10_000},
		"rounded parts":          {"total_exec_time | prop_exec_time | ncalls | query\n---|---|---|---\n00:00:00.39 | 0.1% | 20 | SELECT 1 FROM a\n00:00:00.84 | 0.2% | 20 | SELECT 1 FROM b\n00:00:05.76 | 1.2% | 20 | SELECT 1 FROM c\n", 481_000},
		"parts that say nothing": {"query,calls,total_exec_time,percent\nSELECT 1 FROM a,10,2,0.0\nSELECT 1 FROM b,10,1,0.1\n", 0},
		"one that is named":      {"query,calls,total_exec_time,prop_exec_time\nSELECT 1 FROM a,10,9500,2.0%\n", 475_000},
		"out of proportion":      {"query,calls,total_exec_time,percent\nSELECT 1 FROM a,10,1000,20.0\nSELECT 1 FROM b,10,1000,10.0\n", 0},
		"none":                   {"query,calls,total_exec_time\nSELECT 1 FROM a,90,1000\nSELECT 1 FROM b,90,1000\n", 0},
	} {
		s := new(Snapshot)
		if _, err := s.Read("t", strings.NewReader(test.text)); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := s.TotalMs(); got.Known() != (test.want > 0) || math.Abs(got.Or(0)-test.want) > 0.02*test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
