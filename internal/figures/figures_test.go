package figures

import "testing"

func TestFigures(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Ms(0.052), "0.052 ms"}, {Ms(0), "0 ms"}, {Ms(36.382), "36.4 ms"}, {Ms(481.909), "482 ms"}, {Ms(1240), "1.24 s"},
		{Ms(200_000), "3 min 20 s"}, {Ms(1_800_000), "30 min"}, {PerWrite(0.703), "0.7 bytes"}, {PerWrite(66.5), "66 bytes"}, {PerWrite(380), "380 bytes"}, {PerWrite(1270), "1.24 kB"}, {Ms(9_000_000), "2.5 h"}, {Ms(0.0001), "< 0.001 ms"}, {Ms(999.9), "1,000 ms"},
		{Bytes(812), "812 B"}, {Bytes(45 << 20), "45 MB"}, {Bytes(1.24 * (1 << 30)), "1.24 GB"}, {Bytes(76.3), "76.3 B"},
		{KB(11016), "10.8 MB"}, {KB(25), "25 kB"},
		{Count(0), "0"}, {Count(20), "20"}, {Count(44118), "44,118"}, {Count(2_100_000), "2.1 M"}, {Count(0.35), "0.35"},
		{Count(1234.6), "1,235"}, {Count(3_100_000_000), "3.1 bn"}, {Count(17.5), "17.5"},
		{Share(0.974), "97%"}, {Share(0.004), "0.4%"}, {Share(0.99999), "99.999%"}, {Share(1), "100%"}, {Share(0), "0%"},
		{Share(0.9999999), "> 99.999%"}, {Share(0.0000001), "< 0.001%"}, {Share(0.9971), "99.7%"}, {Share(0.9999), "99.99%"},
		{Plural(1, "query"), "1 query"}, {Plural(2, "query"), "2 queries"}, {Plural(2, "index"), "2 indexes"}, {Plural(2, "day"), "2 days"},
		{Times(87.2), "87.2x"}, {Times(1.294), "1.29x"},
		{Days(60), "60 days"}, {Days(4.0 / 1440), "4 minutes"}, {Days(0.5), "12 hours"}, {Days(12.5), "12.5 days"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
