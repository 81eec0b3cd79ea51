package indexcost

import (
	"math"
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
		a, why := columnAttribute(table, "a")
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
