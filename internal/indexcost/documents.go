package indexcost

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/workload"
)

// The common values and the bounds of the histogram of a jsonb column, if they were
// exported, are a sample of its documents: they tell which keys a GIN index has.

// leastDocuments is how many of them tell anything.
const leastDocuments = 10

// allRare is the share of values that occur once from which on a sample does not tell their
// number.
const allRare = 0.9

// path is the values that the documents of a sample have in one place.
type path struct {
	values map[string]float64 // by the value, the number of documents with it
	bytes  float64            // of the keys, over all values
	share  float64            // of the rows that have the place; a document with several values counts once for each
}

// documentKeys are the keys of a jsonb column in a GIN index: each value with its place for
// jsonb_path_ops, and otherwise the names and the values by themselves. estimate is set
// unless the sample has seen all of them.
func documentKeys(c *workload.Column, pathOps bool, rows float64) (k ginKeys, ok bool) {
	paths, n := map[string]*path{}, 0.0
	st := c.Stats
	left := selectivity.Share(1 - st.NullFrac.Or(0))
	read := func(text string, share float64) bool {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var doc any
		if d.Decode(&doc) != nil {
			return false
		}
		seen := map[string]bool{}
		walk(doc, "", pathOps, func(place, value string, bytes float64) {
			if seen[place+"\x00"+value] {
				return
			}
			seen[place+"\x00"+value] = true
			p := paths[place]
			if p == nil {
				p = &path{values: map[string]float64{}}
				paths[place] = p
			}
			if p.values[value] == 0 {
				p.bytes += bytes
			}
			p.values[value]++
			p.share += share
		})
		n++
		return true
	}
	for i, v := range st.MCVs.All() {
		if i < len(st.MCVFreqs) {
			f := selectivity.Share(st.MCVFreqs[i])
			if !read(v.Raw(), f) {
				return k, false
			}
			left = math.Max(left-f, 0)
		}
	}
	for _, v := range st.Histogram.All() {
		if !read(v.Raw(), left/float64(st.Histogram.Len())) {
			return k, false
		}
	}
	if n < leastDocuments {
		return k, false
	}
	for _, place := range sortedPlaces(paths) {
		k.addPlace(paths[place], rows)
	}
	return k, len(k.shares) > 0
}

func sortedPlaces(paths map[string]*path) []string {
	var list []string
	for place := range paths {
		list = append(list, place)
	}
	slices.Sort(list)
	return list
}

// addPlace adds the keys of one place: those that several documents of the sample have as
// often as there, and the others as many as the estimator of ANALYZE says (Haas and Stokes).
func (k *ginKeys) addPlace(p *path, rows float64) {
	seen, once := 0.0, 0.0
	for _, n := range p.values {
		if seen += n; n == 1 {
			once++
		}
	}
	each := keyShare{bytes: p.bytes / float64(len(p.values))}
	k.perRow += p.share
	for _, n := range p.values {
		if n > 1 || once <= 1 && len(p.values) > 1 {
			k.shares = append(k.shares, keyShare{keys: 1, share: p.share * n / seen, bytes: each.bytes})
			once -= math.Max(2-n, 0)
		}
	}
	if once <= 0 {
		return
	}
	d := float64(len(p.values))
	all := math.Max(rows*p.share, 1)
	distinct := math.Max(seen*d/(seen-once+once*seen/all)-(d-once), once)
	if once > allRare*seen {
		// At least so many that two of a sample are seldom the same, at most one a row: in the
		// middle, as ratios go.
		distinct = math.Sqrt(math.Min(seen*seen/2, all) * all)
	}
	each.keys, each.share = distinct, p.share*once/seen/distinct
	k.shares = append(k.shares, each)
	k.estimate = true
}

// longKey is the number of bytes from which on jsonb_ops keeps a hash instead of a text
// (JGIN_MAXLENGTH).
const longKey = 125

// walk yields the keys of a document, with their places: for jsonb_path_ops each scalar
// behind the names that lead to it, of which the index has a hash.
func walk(doc any, place string, pathOps bool, yield func(place, value string, bytes float64)) {
	text := func(s string) float64 {
		if len(s) > longKey {
			return withHeader(1 + 8)
		}
		return withHeader(1 + float64(len(s)))
	}
	scalar := func(s string) {
		bytes := text(s)
		if pathOps {
			bytes = 4
		}
		yield(place, s, bytes)
	}
	switch v := doc.(type) {
	case map[string]any:
		for name, of := range v {
			if !pathOps {
				yield(place+"{", name, text(name))
			}
			walk(of, place+"."+strconv.Quote(name), pathOps, yield)
		}
	case []any:
		for _, of := range v {
			walk(of, place, pathOps, yield)
		}
	case string:
		scalar(v)
	case json.Number:
		scalar(v.String())
	case bool:
		scalar(strconv.FormatBool(v))
	case nil:
		scalar("")
	}
}
