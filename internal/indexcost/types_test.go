package indexcost

import (
	"math"
	"slices"
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/workload"
)

// The sizes follow from itup.h: a header of 8 bytes, 16 with nulls, each
// attribute at its alignment, the whole rounded up to 8.
func TestTupleBytes(t *testing.T) {
	of := func(typ string, width, nulls float64) attribute {
		table := &workload.Table{Tuples: opt.Of(1000.0), Columns: []*workload.Column{{Name: "a", Type: typ, Stats: &workload.ColumnStats{
			AvgWidth: opt.Of(width), NullFrac: opt.Of(nulls)}}}}
		a, why := New(nil).columnAttribute(table, "a")
		if why != "" {
			t.Fatal(why)
		}
		return a
	}
	tests := []struct {
		name string
		list []attribute
		want float64
	}{
		{"int", []attribute{of("integer", 4, 0)}, 16},
		{"bigint", []attribute{of("bigint", 8, 0)}, 16},
		{"uuid", []attribute{of("uuid", 16, 0)}, 24},
		{"int, timestamptz", []attribute{of("integer", 4, 0), of("timestamp(3) with time zone", 8, 0)}, 24},
		{"int, int", []attribute{of("integer", 4, 0), of("integer", 4, 0)}, 16},
		{"bool, int, bool", []attribute{of("boolean", 1, 0), of("integer", 4, 0), of("boolean", 1, 0)}, 24},
		{"null half", []attribute{of("bigint", 8, 0.5)}, 16},                                     // 8+8, or 16+0
		{"two, one null half", []attribute{of("bigint", 8, 0), of("bigint", 8, 0.5)}, 24},        // 8+16, or 16+8
		{"two, both null half", []attribute{of("bigint", 8, 0.5), of("bigint", 8, 0.5)}, 22},     // 24, 24, 24, 16
		{"text", []attribute{of("character varying(80)", 24, 0)}, 8 + 24 + 3.5},                  // any rounding
		{"text before bigint", []attribute{of("text", 24, 0), of("bigint", 8, 0)}, 8 + 27.5 + 8}, // aligned once
		{"long text", []attribute{of("text", 204, 0)}, 8 + 204 + 3.5},
		{"compressed", []attribute{of("text", 3000, 0)}, 8 + 510 + 3.5},
	}
	for _, tt := range tests {
		if got := tupleBytes(tt.list); math.Abs(got-tt.want) > 0.51 {
			t.Errorf("%s: %v bytes, want %v", tt.name, got, tt.want)
		}
	}
}

func TestNumericBytes(t *testing.T) {
	for text, want := range map[string]float64{"0": 2, "1": 4, "9999": 4, "10000": 4, "10001": 6, "1.5": 6, "-123456.78": 8, "0.0001": 4, "": 2} {
		if got := numericBytes(text); got != want {
			t.Errorf("%q: %v bytes, want %v", text, got, want)
		}
	}
}

func TestStorageOf(t *testing.T) {
	for typ, want := range map[string]float64{"bigint": 8, "numeric(10,2)": 0, "timestamp(0) without time zone": 8, "text[]": 0, "character varying(20)": 0, "time(6) with time zone": 12} {
		if s, known := storageOf(typ); !known || s.width != want {
			t.Errorf("%s: width %v, known %v", typ, s.width, known)
		}
	}
	for _, typ := range []string{"order_status", "public.citext2", "(", ""} {
		if _, known := storageOf(typ); known {
			t.Errorf("%q is known", typ)
		}
	}
}

func TestIdentifiers(t *testing.T) {
	names := identifiers(`lower(("Email")::text) || 'status' || note AND date_trunc('day', created_at::date) > 1e5`)
	for _, want := range []string{"Email", "note", "created_at"} {
		if !names[want] {
			t.Errorf("%s is missing: %v", want, names)
		}
	}
	for _, not := range []string{"lower", "text", "status", "date", "date_trunc", "day", "e5"} {
		if names[not] {
			t.Errorf("%s is no column: %v", not, names)
		}
	}
}

// avg_width has lost its fraction: of 4 to 5 bytes, a quarter of the numbers have 3 and
// the others 5.
func TestNumericLengths(t *testing.T) {
	for average, want := range map[float64][]length{4: {{3, 0.25}, {5, 0.75}}, 5: {{5, 0.75}, {7, 0.25}}, 6: {{5, 0.25}, {7, 0.75}}} {
		if got := numericLengths(average); !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", average, got, want)
		}
	}
}

// What ANALYZE says of a column with a few common values beside many rare ones, and how
// many values a server counts.
func TestUnsampled(t *testing.T) {
	for name, tt := range map[string]struct {
		said, nulls   float64
		common        []float64
		rows, counted float64
	}{
		"a few tens of thousands": {67_415, 0, []float64{0.030033333, 0.0291, 0.028833333, 0.028166667, 0.0277, 0.027, 0.019766666, 0.013866667, 0.013133333, 0.012766667,
			0.0126, 0.010733333, 0.010533334, 0.0074, 0.0051, 0.0045666667, 0.0039666668, 0.0017333333}, 700_000, 501_052},
		"most rows are null":   {23_365, 0.6117333, []float64{0.050866667, 0.037733335, 0.0358}, 1_100_144, 289_164},
		"references by chance": {125_507, 0, nil, 800_000, 149_277},
	} {
		st := &workload.ColumnStats{NullFrac: opt.Of(tt.nulls), MCVFreqs: tt.common}
		if got := unsampled(tt.said, st, even, 0, tt.rows, 30_000).distinct; math.Abs(got/tt.counted-1) > 0.05 {
			t.Errorf("%s: %.0f values, counted %.0f", name, got, tt.counted)
		}
	}
	all := &workload.ColumnStats{MCVFreqs: []float64{0.5, 0.3, 0.2}}
	if got := unsampled(3, all, even, 0, 1e6, 30_000).distinct; got != 3 {
		t.Errorf("three values: %v", got)
	}
	small := &workload.ColumnStats{MCVFreqs: []float64{0.5}}
	if got := unsampled(900, small, even, 0, 20_000, 30_000).distinct; got != 900 {
		t.Errorf("a table that is read whole: %v", got)
	}
}
