package indexcost

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/workload"
)

// storage is how a type's value is stored in an index tuple.
type storage struct {
	width   float64 // bytes; 0 for a type of variable length
	align   int     // 1, 2, 4 or 8; of a variable length for a long value
	noDedup bool    // equal values may differ in their bytes, so entries are never merged
}

// storages are pg_type.typlen and typalign by format_type's name. Types whose
// operator class has no equalimage support function, or one that says no, are
// never deduplicated (nbtree's BTEQUALIMAGE_PROC).
var storages = map[string]storage{
	"boolean":                     {width: 1, align: 1},
	`"char"`:                      {width: 1, align: 1},
	"smallint":                    {width: 2, align: 2},
	"integer":                     {width: 4, align: 4},
	"bigint":                      {width: 8, align: 8},
	"oid":                         {width: 4, align: 4},
	"xid":                         {width: 4, align: 4},
	"xid8":                        {width: 8, align: 8},
	"tid":                         {width: 6, align: 2},
	"pg_lsn":                      {width: 8, align: 8},
	"real":                        {width: 4, align: 4, noDedup: true},
	"double precision":            {width: 8, align: 8, noDedup: true},
	"money":                       {width: 8, align: 8},
	"date":                        {width: 4, align: 4},
	"time without time zone":      {width: 8, align: 8},
	"time with time zone":         {width: 12, align: 8},
	"timestamp without time zone": {width: 8, align: 8},
	"timestamp with time zone":    {width: 8, align: 8},
	"interval":                    {width: 16, align: 8, noDedup: true},
	"uuid":                        {width: 16, align: 1},
	"macaddr":                     {width: 6, align: 4},
	"macaddr8":                    {width: 8, align: 4},
	"text":                        {align: 4},
	"character varying":           {align: 4},
	"character":                   {align: 4},
	"citext":                      {align: 4, noDedup: true},
	"bytea":                       {align: 4},
	"bit":                         {align: 4},
	"bit varying":                 {align: 4},
	"inet":                        {align: 4},
	"cidr":                        {align: 4},
	"numeric":                     {align: 4, noDedup: true},
	"jsonb":                       {align: 4, noDedup: true},
	"tsvector":                    {align: 4, noDedup: true},
	"tsquery":                     {align: 4, noDedup: true},
	"int4range":                   {align: 4, noDedup: true},
	"int8range":                   {align: 8, noDedup: true},
	"numrange":                    {align: 4, noDedup: true},
	"daterange":                   {align: 4, noDedup: true},
	"tsrange":                     {align: 8, noDedup: true},
	"tstzrange":                   {align: 8, noDedup: true},
}

// BuiltIn reports whether a type, without a modifier, is one of the server's own.
func BuiltIn(typ string) bool { _, known := storages[typ]; return known }

// Stored returns how many bytes a value of a built-in type takes, and of which number its
// place in a row is a multiple. Values of other types, and of any length, have width 0.
func Stored(typ string) (width, align int) {
	s := storages[typ]
	return int(s.width), s.align
}

// storageOf looks a type up by its name from format_type, with its modifier ("character
// varying(20)", "timestamp(3) without time zone") or an array's brackets. User-defined
// types are not found: an enum takes 4 bytes, a composite or a domain any number.
func storageOf(typ string) (storage, bool) {
	base := selectivity.BaseType(typ)
	if strings.HasSuffix(base, "[]") {
		return storage{align: 4, noDedup: true}, true
	}
	s, ok := storages[base]
	return s, ok
}

// length is a stored length of a value, with the share of values that have it.
type length struct{ bytes, share float64 }

// storedLengths is the distribution of the lengths of a variable-length column, header
// included: from the values in pg_stats if these were exported, have similar lengths
// and agree with avg_width, otherwise evenly around avg_width.
func storedLengths(typ string, st *workload.ColumnStats) []length {
	average, ok := st.AvgWidth.Get()
	if !ok || !(average > 0) {
		return nil
	}
	if sample := sampledLengths(typ, st); sample != nil {
		mean, square := 0.0, 0.0
		for _, l := range sample {
			mean += l.bytes * l.share
			square += l.bytes * l.bytes * l.share
		}
		// avg_width is of far more rows than the export has values: these
		// tell more only where all lengths are within a unit of alignment or
		// so, and the way they fall on it decides.
		if math.Abs(mean-average) <= 1+0.1*average && square-mean*mean <= maxAlign*maxAlign/4 {
			return sample
		}
	}
	if base, _, _ := strings.Cut(typ, "("); base == "numeric" {
		return numericLengths(average)
	}
	return evenLengths(math.Min(average, indexCompressed))
}

// lengthsApart are the lengths of the most common values, and of the others: of 29% short
// words beside digests the average is of neither.
func lengthsApart(typ string, st *workload.ColumnStats) (common []float64, others []length) {
	measure := lengthOf(typ)
	if measure == nil || st.MCVs.Len() == 0 || st.MCVs.Len() != len(st.MCVFreqs) {
		return nil, nil
	}
	rest := 1 - selectivity.Share(st.NullFrac.Or(0))
	bytes := rest * st.AvgWidth.Or(0)
	for i, v := range st.MCVs.All() {
		common = append(common, measure(v.Raw()))
		rest, bytes = rest-st.MCVFreqs[i], bytes-st.MCVFreqs[i]*common[i]
	}
	if !(rest > 0) || bytes < rest {
		return nil, nil
	}
	return common, storedLengths(typ, &workload.ColumnStats{AvgWidth: opt.Of(bytes / rest), Histogram: st.Histogram})
}

// numericLengths are the lengths of numbers: a short header, two bytes, and two for each
// four digits, so that all are odd. avg_width has lost its fraction.
func numericLengths(average float64) []length {
	const none, digits = shortHeader + 2, 2
	mean := math.Max(average+0.5, none)
	low := none + digits*math.Floor((mean-none)/digits)
	more := (mean - low) / digits
	return []length{{low, 1 - more}, {low + digits, more}}
}

// evenLengths distributes lengths evenly over one unit of alignment, so that rounding
// up to 8 costs 3.5 bytes on average.
func evenLengths(average float64) []length {
	list := make([]length, 0, 2*maxAlign+1)
	for d := -maxAlign / 2; d <= maxAlign/2; d++ {
		share := 1.0 / maxAlign
		if d == -maxAlign/2 || d == maxAlign/2 {
			share /= 2
		}
		list = append(list, length{math.Max(math.Round(average)+float64(d), 1), share})
	}
	return list
}

// sampledLengths measures the most common values by their frequency, and the
// histogram's bounds, which represent the others in equal parts.
func sampledLengths(typ string, st *workload.ColumnStats) []length {
	measure := lengthOf(typ)
	if measure == nil || st.MCVs.Len()+st.Histogram.Len() == 0 || st.MCVs.Len() != len(st.MCVFreqs) {
		return nil
	}
	counted := map[float64]float64{}
	common, sum := 0.0, 0.0
	for i, v := range st.MCVs.All() {
		common += st.MCVFreqs[i]
		counted[measure(v.Raw())] += st.MCVFreqs[i]
	}
	if n := st.Histogram.Len(); n > 0 {
		each := math.Max(1-common-st.NullFrac.Or(0), 0) / float64(n)
		for _, v := range st.Histogram.All() {
			counted[measure(v.Raw())] += each
		}
	}
	for _, bytes := range slices.Sorted(maps.Keys(counted)) {
		sum += counted[bytes]
	}
	if !(sum > 0) {
		return nil
	}
	list := make([]length, 0, len(counted))
	for _, bytes := range slices.Sorted(maps.Keys(counted)) {
		list = append(list, length{bytes, counted[bytes] / sum})
	}
	return list
}

// lengthOf computes a value's stored length from its printed form; nil if the two are
// not related.
func lengthOf(typ string) func(string) float64 {
	switch selectivity.BaseType(typ) {
	case "text", "character varying", "character", "citext":
		return func(s string) float64 { return withHeader(float64(len(s))) }
	case "numeric":
		return func(s string) float64 { return withHeader(numericBytes(s)) }
	}
	return nil
}

func withHeader(bytes float64) float64 {
	if bytes <= shortLimit {
		return bytes + shortHeader
	}
	return math.Min(bytes+longHeader, indexCompressed)
}

// numericBytes is a numeric's payload (numeric.c): a header of two bytes, and two for
// every group of four decimal digits, without groups of zeros at either end.
func numericBytes(s string) float64 {
	whole, fraction, _ := strings.Cut(strings.TrimLeft(s, "-+"), ".")
	whole = "000"[:(4-len(whole)%4)%4] + whole
	fraction += "000"[:(4-len(fraction)%4)%4]
	digits := whole + fraction
	for strings.HasPrefix(digits, "0000") {
		digits = digits[4:]
	}
	for strings.HasSuffix(digits, "0000") {
		digits = digits[:len(digits)-4]
	}
	return 2 + 2*float64(len(digits)/4)
}
