package indexcost

import (
	"fmt"
	"math"
	"strconv"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/workload"
)

// uniqueShare is the number of distinct values per row from which on duplicates are
// noise of the estimate.
const uniqueShare = 0.95

// SizeBytes is the size of a new index; absent if the data for it is missing.
func (m *Model) SizeBytes(t *workload.Table, def workload.IndexDef) opt.Float {
	bytes, _ := m.Size(t, def)
	return bytes
}

// Size is SizeBytes with the reason if it is absent.
func (m *Model) Size(t *workload.Table, def workload.IndexDef) (bytes opt.Float, why string) {
	if t == nil || m.snap == nil {
		return opt.Float{}, whyNoTable
	}
	rows, known := t.RowCount().Get()
	if !known || !countable(rows) {
		return opt.Float{}, "the table's row count is not in the data: export pg_class"
	}
	switch def.Method {
	case "btree", "":
		b, why := m.knownTree(t, def, rows)
		if why != "" {
			return opt.Float{}, why
		}
		return opt.Of(BlockSize * b.pages), ""
	case "brin":
		return m.brinSize(t, def)
	case "gin":
		return m.ginSize(t, def, rows)
	case "gist":
		return m.gistSize(t, def, rows)
	}
	return opt.Float{}, fmt.Sprintf("the size of a %s index is not supported", def.Method)
}

// BuildBytes is the disk that CREATE INDEX needs until it is done: the index, and
// temporary files of its sort unless they fit maintenance_work_mem; absent if the data
// for it is missing.
func (m *Model) BuildBytes(t *workload.Table, def workload.IndexDef) opt.Float {
	if t == nil || m.snap == nil || def.Method != "btree" && def.Method != "" {
		return opt.Float{}
	}
	rows, known := t.RowCount().Get()
	if !known || !countable(rows) {
		return opt.Float{}
	}
	b, why := m.knownTree(t, def, rows)
	if why != "" {
		return opt.Float{}
	}
	if sort := b.entries * (b.entry + sortLength); sort > m.snap.SettingBytes("maintenance_work_mem").Or(0) {
		return opt.Of(BlockSize*b.pages + sort)
	}
	return opt.Of(BlockSize * b.pages)
}

// sortLength is what a sort writes beside each tuple (tuplesort's length word).
const sortLength = 4

// tree is a new B-tree.
type tree struct {
	pages   float64
	pivot   float64 // bytes of an entry above the leaves
	entries float64 // before those with the same key share a posting list
	entry   float64 // bytes of one of them
}

// knownTree is a B-tree of whose rows the statistics tell.
func (m *Model) knownTree(t *workload.Table, def workload.IndexDef, rows float64) (tree, string) {
	if c := coverageOf(t, def.Where); !c.share.Known() {
		return tree{}, c.note
	}
	return m.treeOf(t, def, rows)
}

// treeOf is a B-tree, with the rows that the planner assumes for a predicate of which the
// statistics do not tell.
func (m *Model) treeOf(t *workload.Table, def workload.IndexDef, rows float64) (tree, string) {
	e, why := m.entryOf(t, def)
	if why != "" {
		return tree{}, why
	}
	c := coverageOf(t, def.Where)
	if !c.share.Known() && c.assumed == 1 {
		return tree{}, c.note
	}
	for _, a := range e.keys {
		if a.stats == nil && !def.Unique {
			return tree{}, "the number of distinct values is not in the data (pg_stats)"
		}
	}
	e = c.within(e, rows)
	rows *= c.share.Or(c.assumed)
	// The values of all keys but one count as equally frequent, which can only make
	// more of them occur together than do: the least is nearest to the truth.
	var b build
	for lead := range e.keys {
		var by build
		for _, g := range e.groups(def, lead, rows) {
			by.add(g)
		}
		if lead == 0 || by.bytes < b.bytes {
			b = by
		}
	}
	pivot := tupleBytes(e.keys) + b.within/math.Max(b.bytes, 1)*pivotRow
	key := tupleBytes(e.all())
	return tree{b.pages(key, pivot, fillfactor(def.With)), pivot, rows, key}, ""
}

// build is the items that CREATE INDEX puts on leaf pages.
type build struct {
	items, bytes float64
	largest      float64 // sum over the items of the largest of their group
	within       float64 // bytes where the next item has the same value
}

func (b *build) add(g group) {
	items, bytes, largest := g.leaf()
	b.items, b.bytes, b.largest = b.items+items, b.bytes+bytes, b.largest+items*largest
	b.within += bytes * (1 - math.Min(g.values/math.Max(items, 1), 1))
}

// pages is the leaves, the levels above them, and the metapage.
func (b build) pages(key, pivot, fill float64) float64 {
	if b.items < 1 {
		return 1
	}
	mean := b.bytes / b.items
	room := BlockSize - leafOverhead - (100-fill)/100*BlockSize
	perLeaf := math.Floor(room / mean)
	// The last item of a page moves on to the next one and leaves a high key
	// behind; the space that its posting list frees counts as room, as long
	// as the page can hold it at all (_bt_buildadd: btps_lastextra).
	if posting := mean - linePointer - key; posting >= tidBytes {
		fits := math.Floor((BlockSize-leafOverhead-maxAlign)/(b.largest/b.items)) - 1
		perLeaf = math.Max(perLeaf, math.Min(math.Floor((room+posting)/mean), fits))
	}
	level := math.Ceil(b.items / math.Max(perLeaf, 1))
	total := level + 1
	for level > 1 {
		level = math.Ceil(level / fanout(pivot))
		total += level
	}
	return total
}

// fanout is the number of entries of a size on a page above the leaves.
func fanout(pivot float64) float64 {
	return math.Max(math.Floor(innerRoom/(pivot+linePointer)), 2)
}

// Pages is the number of pages of a new index and the height of a B-tree, for the cost
// of a path. If its size is not known, a tenth of the table is assumed: it changes the
// cost little, and is no figure to report.
func (m *Model) Pages(t *workload.Table, def workload.IndexDef) (pages, height float64) {
	of, why := tree{}, ""
	if def.Method == "btree" {
		of, why = m.treeOf(t, def, t.RowCount().Or(0))
		pages = of.pages
	} else {
		pages = m.SizeBytes(t, def).Or(0) / BlockSize
	}
	if pages < 1 && def.Method == "gin" {
		pages, _, _ = m.ginPages(t, def, t.RowCount().Or(0))
	}
	if pages < 1 && (def.Method == "gist" || def.Method == "spgist") {
		pages, _ = m.gistPages(t, def, t.RowCount().Or(0))
	}
	if why != "" || pages < 1 {
		pages = t.Bytes().Or(BlockSize) / 10 / BlockSize
	}
	return pages, heightOf(pages, of.pivot)
}

// Height is the number of levels above the leaves of a B-tree with so many pages.
func (m *Model) Height(t *workload.Table, def workload.IndexDef, pages float64) float64 {
	of, _ := m.treeOf(t, def, t.RowCount().Or(0))
	return heightOf(pages, of.pivot)
}

// heightOf is the number of levels above the leaves of a B-tree with so many pages, the
// metapage included. pivot is the size of an entry there, 0 if it is not known.
func heightOf(pages, pivot float64) float64 {
	if pivot <= 0 {
		pivot = tupleHeader + maxAlign
	}
	h := 0.0
	for level := pages - 1; level > 1; level = math.Ceil(level / fanout(pivot)) {
		h++
	}
	return h
}

func fillfactor(with string) float64 {
	if text, found := storageOption(with, "fillfactor"); found {
		if f, err := strconv.ParseFloat(text, 64); err == nil && f >= 10 && f <= 100 {
			return f
		}
	}
	return leafFillDefault
}

// group is rows whose keys repeat alike: so many values, each in so many rows on
// average.
type group struct {
	values, rows float64
	key          float64 // bytes of a tuple
	merged       bool    // equal entries become posting lists
}

// groups divides an index's rows by how often their key repeats: by the values of one of
// the keys.
func (e entry) groups(def workload.IndexDef, lead int, rows float64) []group {
	key := tupleBytes(e.all())
	if !e.deduplicates(def) || !e.repeats(rows) {
		return []group{{values: rows, rows: rows, key: key}}
	}
	others := e.beside(lead)
	a := e.keys[lead]
	valued := func(of []length) float64 { return tupleBytes(e.withValues(lead, of).all()) }
	usual := a.lengths
	list := make([]group, 0, 8)
	// combined adds rows whose leading value is known to repeat: of all its
	// combinations with the other keys, only so many occur.
	combined := func(combinations, rows, key float64) {
		if rows > 0 {
			occupied := combinations * -math.Expm1(-rows/combinations)
			list = append(list, group{values: occupied, rows: rows, key: key, merged: true})
		}
	}
	rest, values := 1-a.nulls, a.distinct
	if a.stats != nil {
		apart := len(a.common) == len(a.stats.MCVFreqs)
		for i, f := range a.stats.MCVFreqs {
			if f = selectivity.Share(f); f > rest || values <= 1 {
				break
			}
			of := a.lengths
			if apart {
				of, usual = []length{{a.common[i], 1}}, a.others
			}
			combined(others, f*rows, valued(of))
			rest, values = rest-f, values-1
		}
	}
	switch {
	case others > 1:
		combined(others*values, rest*rows, valued(usual))
	case rest > 0:
		// A column's distinct values all occur in the whole table.
		key := valued(usual)
		for _, part := range a.spread {
			n := part.rows * rest * rows
			list = append(list, group{values: math.Min(part.values*values, n), rows: n, key: key, merged: true})
		}
	}
	if a.nulls > 0 {
		combined(others, a.nulls*rows, tupleBytes(e.withNulls(lead, 1).all()))
	}
	return list
}

// deduplicates reports whether equal entries are merged (13 and later).
func (e entry) deduplicates(def workload.IndexDef) bool {
	if off, found := storageOption(def.With, "deduplicate_items"); found && (off == "off" || off == "false" || off == "0" || off == "no") {
		return false
	}
	for _, a := range e.keys {
		if a.noDedup {
			return false
		}
	}
	if def.Unique && e.nullShare() == 0 {
		return false
	}
	return len(e.include) == 0
}

// repeats reports whether rows of a table of that size have equal keys.
func (e entry) repeats(rows float64) bool {
	for _, a := range e.keys {
		if a.distinct <= 0 || a.distinct >= uniqueShare*rows*(1-a.nulls) && a.nulls < 1-uniqueShare {
			return false
		}
	}
	return true
}

// nullShare is the share of entries with a null key.
func (e entry) nullShare() float64 {
	without := 1.0
	for _, a := range e.keys {
		without *= 1 - a.nulls
	}
	return 1 - without
}

// beside is the number of combinations of the keys other than one; a NULL counts as a
// value.
func (e entry) beside(lead int) float64 {
	if e.combinations > 0 {
		return math.Max(e.combinations/e.keys[lead].distinct, 1)
	}
	others := 1.0
	for i, a := range e.keys {
		if i != lead {
			others *= a.distinct
			if a.nulls > 0 {
				others++
			}
		}
	}
	return math.Max(others, 1)
}

// withValues is the entry of rows that have a value of a key, with its lengths.
func (e entry) withValues(key int, of []length) entry {
	e = e.withNulls(key, 0)
	e.keys[key].lengths = of
	return e
}

// withNulls is the entry with a key's share of nulls replaced.
func (e entry) withNulls(key int, nulls float64) entry {
	keys := append([]attribute(nil), e.keys...)
	keys[key].nulls = nulls
	e.keys = keys
	return e
}

// maxPoisson is the number of rows per value above which the variance no longer matters
// to the posting lists' size.
const maxPoisson = 200

// leaf is the items and bytes of a group's entries on leaf pages, line pointers
// included, and the usual size of the largest items.
func (g group) leaf() (items, bytes, largest float64) {
	if !g.merged || g.values <= 0 || g.rows <= g.values {
		return g.rows, g.rows * (g.key + linePointer), g.key + linePointer
	}
	each := g.rows / g.values
	_, largest = g.posting(math.Min(math.Round(each), g.most()))
	if g.values < 2 || each > maxPoisson {
		items, bytes = g.posting(math.Round(each))
		scale := g.rows / math.Round(each)
		return items * scale, bytes * scale, largest
	}
	// Rows of a value are Poisson, given that there is at least one.
	rate := truncatedRate(each)
	p := math.Exp(-rate)
	seen := 1 - p
	for n := 1.0; n < each+12*math.Sqrt(each)+12; n++ {
		p *= rate / n
		i, b := g.posting(n)
		items, bytes = items+p/seen*i, bytes+p/seen*b
	}
	return items * g.values, bytes * g.values, largest
}

// most is the number of rows in a posting list of a new index.
func (g group) most() float64 {
	return math.Max(math.Floor((buildPosting-g.key)/tidBytes), 1)
}

// posting is the items and bytes of n equal entries.
func (g group) posting(n float64) (items, bytes float64) {
	most := g.most()
	full := math.Floor(n / most)
	list := func(n float64) float64 {
		switch {
		case n < 1:
			return 0
		case n < 2:
			return g.key + linePointer
		}
		return math.Ceil((g.key+tidBytes*n)/maxAlign)*maxAlign + linePointer
	}
	items, bytes = full, full*list(most)
	if rest := n - full*most; rest >= 1 {
		items, bytes = items+1, bytes+list(rest)
	}
	return items, bytes
}

// truncatedRate is the rate of a Poisson distribution with the given mean without
// zeros.
func truncatedRate(mean float64) float64 {
	rate := mean
	for range 30 {
		rate = mean * -math.Expm1(-rate)
	}
	return math.Max(rate, 1e-6)
}

func (m *Model) brinSize(t *workload.Table, def workload.IndexDef) (opt.Float, string) {
	pages, known := t.Pages.Get()
	if !known || !countable(pages) {
		return opt.Float{}, "the table's page count is not in the data: export pg_class"
	}
	e, why := m.entryOf(t, def)
	if why != "" {
		return opt.Float{}, why
	}
	width := 0.0
	for _, a := range e.keys {
		for _, l := range a.lengths {
			width += l.bytes * l.share
		}
	}
	each := float64(BRINRangePages)
	if text, found := storageOption(def.With, "pages_per_range"); found {
		if n, err := strconv.ParseFloat(text, 64); err == nil && n >= 1 {
			each = n
		}
	}
	ranges := math.Max(math.Ceil(pages/each), 1)
	summary := math.Ceil((tupleHeader+2*width)/maxAlign)*maxAlign + linePointer
	perPage := math.Max(math.Floor(brinSummaryRoom/summary), 1)
	return opt.Of(BlockSize * (1 + math.Ceil(ranges/BRINMapEntries) + math.Ceil(ranges/perPage))), ""
}
