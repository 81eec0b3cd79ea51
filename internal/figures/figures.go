// Package figures formats numbers for people: with a unit and three significant
// digits. JSON has the exact figures.
package figures

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Ms formats a time in milliseconds: "0.052 ms", "36.4 ms", "1.24 s", "3 min 20 s".
func Ms(ms float64) string {
	switch a := math.Abs(ms); {
	case a < 1_000:
		return digits(ms) + " ms"
	case a < 120_000:
		return digits(ms/1000) + " s"
	case a < 7_200_000:
		s := math.Round(ms / 1000)
		if math.Mod(s, 60) == 0 {
			return fmt.Sprintf("%.0f min", s/60)
		}
		return fmt.Sprintf("%.0f min %.0f s", math.Floor(s/60), math.Mod(s, 60))
	}
	return digits(ms/3_600_000) + " h"
}

// Bytes formats a size: "812 B", "38 MB", "1.24 GB". A kB has 1,024 bytes.
func Bytes(b float64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	i := 0
	for math.Abs(b) >= 1024 && i < len(units)-1 {
		b, i = b/1024, i+1
	}
	return digits(b) + " " + units[i]
}

// PerWrite formats the bytes of one write: "0.7 bytes", "67 bytes", "1.24 kB". More
// digits of a byte say nothing.
func PerWrite(bytes float64) string {
	switch {
	case bytes >= 1000:
		return Bytes(bytes)
	case bytes >= 10:
		return fmt.Sprintf("%.0f bytes", bytes)
	}
	return Count(math.Round(bytes*10)/10) + " bytes"
}

// KB formats a size in kB, the unit of EXPLAIN.
func KB(kb float64) string { return Bytes(kb * 1024) }

// Count formats a count: "44,118", "2.1 M", "0.35".
func Count(n float64) string {
	switch a := math.Abs(n); {
	case a >= 1e9:
		return digits(n/1e9) + " bn"
	case a >= 1e6:
		return digits(n/1e6) + " M"
	case a >= 100 || n == math.Trunc(n):
		return separated(n)
	}
	return digits(n)
}

// Share formats a share of 1 in percent. Only 0 and 1 are 0% and 100%: "97%", "0.4%", "99.999%", "< 0.001%".
func Share(share float64) string {
	p := share * 100
	switch {
	case p <= 0:
		return "0%"
	case p >= 100:
		return "100%"
	case p >= 1 && p <= 99:
		return strconv.Itoa(int(math.Round(p))) + "%"
	case p < 0.001:
		return "< 0.001%"
	case p > 99.9991:
		return "> 99.999%"
	}
	// As many decimals as it takes to stay apart from 0 and from 100.
	for decimals := 1; ; decimals++ {
		s := strconv.FormatFloat(p, 'f', decimals, 64)
		if v, _ := strconv.ParseFloat(s, 64); v > 0 && v < 100 || decimals == 3 {
			return s + "%"
		}
	}
}

// Tenths formats a figure for a column: one decimal below 10, none above.
func Tenths(n float64) string {
	switch a := math.Abs(n); {
	case a == 0:
		return "0"
	case a < 0.05:
		return "<0.1"
	case a < 9.95:
		return strconv.FormatFloat(n, 'f', 1, 64)
	case a < 1e6:
		return separated(n)
	}
	return Count(n)
}

// Times formats a ratio: "87x", "1.3x".
func Times(ratio float64) string { return digits(ratio) + "x" }

// About formats a large ratio without digits that two runs do not repeat: 11,000x.
func About(ratio float64) string {
	if ratio >= 10 {
		scale := math.Pow(10, math.Floor(math.Log10(ratio))-1)
		ratio = math.Round(ratio/scale) * scale
	}
	return Times(ratio)
}

// Days formats a time in days: "4 minutes", "12.5 days".
func Days(d float64) string {
	switch {
	case d < 2.0/24/60:
		return plural(d*24*60*60, "second")
	case d < 1.0/24:
		return plural(d*24*60, "minute")
	case d < 2:
		return plural(d*24, "hour")
	}
	return plural(d, "day")
}

// Plural formats a number with a noun: "1 plan", "3 plans".
func Plural[N int | float64](n N, thing string) string {
	switch {
	case n == 1:
		return "1 " + thing
	case strings.HasSuffix(thing, "x"):
		thing += "e"
	case strings.HasSuffix(thing, "ry"):
		thing = strings.TrimSuffix(thing, "y") + "ie"
	}
	return Count(float64(n)) + " " + thing + "s"
}

// List joins names for a sentence: "Q1, Q2 and Q3".
func List(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func plural(n float64, unit string) string {
	s := digits(n)
	if s == "1" {
		return s + " " + unit
	}
	return s + " " + unit + "s"
}

// digits formats a number with three significant digits and no trailing zeros.
// Numbers from 100 are whole, with separators.
func digits(n float64) string {
	a := math.Abs(n)
	switch {
	case a == 0:
		return "0"
	case a >= 100:
		return separated(n)
	}
	decimals := 2 - int(math.Floor(math.Log10(a)))
	if decimals > 3 {
		decimals = 3
	}
	s := strconv.FormatFloat(n, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "0" || s == "-0" {
		return "< 0.001"
	}
	return s
}

// separated formats a whole number with thousands separators; a very large one as
// a power of ten.
func separated(f float64) string {
	if math.IsNaN(f) || math.Abs(f) >= 1e15 {
		return strconv.FormatFloat(f, 'g', 3, 64)
	}
	n := int64(math.Round(f))
	s := strconv.FormatInt(n, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}
