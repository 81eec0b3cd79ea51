package indexcost

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/workload"
)

// ginKeys is the keys of a row in a GIN index.
type ginKeys struct {
	perRow   float64
	bytes    float64 // of a key
	shares   []keyShare
	estimate bool
}

// keyShare is so many keys that are each in a share of the rows.
type keyShare struct {
	keys, share float64
	bytes       float64 // of one of them; 0: as all
}

// ginKeysOf takes a row's keys from the element statistics of an array, or estimates
// their number from a document's width.
func ginKeysOf(t *workload.Table, def workload.IndexDef) (ginKeys, string) {
	if len(def.Keys) != 1 || def.Keys[0].Column == "" {
		return ginKeys{}, "GIN indexes on several columns or on an expression are not supported"
	}
	key := def.Keys[0]
	c := t.Column(key.Column)
	switch {
	case c == nil || c.Type == "":
		return ginKeys{}, fmt.Sprintf("the type of %s is not in the data: add the schema (pg_dump -s)", key.Column)
	case c.Stats == nil:
		return ginKeys{}, fmt.Sprintf("the number of keys per row of %s is not in the data (pg_stats)", key.Column)
	}
	width, widthKnown := c.Stats.AvgWidth.Get()
	switch {
	case strings.HasSuffix(c.Type, "[]"):
		return arrayKeys(c)
	case c.Type == "jsonb":
		if k, ok := documentKeys(c, key.OpClass == "jsonb_path_ops", t.RowCount().Or(0)); ok {
			k.bytes = documentKey
			return k, ""
		}
	}
	switch {
	case !widthKnown || !countable(width) || width == 0:
		return ginKeys{}, fmt.Sprintf("the average width of %s is not in the data (pg_stats)", key.Column)
	case c.Type == "jsonb" && key.OpClass == "jsonb_path_ops":
		return ginKeys{perRow: width / (2 * jsonbKeyWidth), bytes: documentKey, estimate: true}, ""
	case c.Type == "jsonb":
		return ginKeys{perRow: width / jsonbKeyWidth, bytes: documentKey, estimate: true}, ""
	case c.Type == "tsvector":
		return ginKeys{perRow: width / vectorKeyWidth, bytes: documentKey, estimate: true}, ""
	}
	return ginKeys{}, fmt.Sprintf("the number of keys per row of type %s is not in the statistics", c.Type)
}

// arrayExtras are the figures after the elements' frequencies in
// most_common_elem_freqs: the least and the greatest of them, and the share of NULL
// elements.
const arrayExtras = 3

func arrayKeys(c *workload.Column) (ginKeys, string) {
	st := c.Stats
	if len(st.ElemCounts) == 0 || len(st.ElemFreqs) == 0 {
		return ginKeys{}, fmt.Sprintf("the element statistics of %s are not in the data (pg_stats)", c.Name)
	}
	k := ginKeys{perRow: st.ElemCounts[len(st.ElemCounts)-1]}
	if !countable(k.perRow) || k.perRow == 0 {
		return ginKeys{}, fmt.Sprintf("the arrays of %s are empty", c.Name)
	}
	freqs := st.ElemFreqs
	switch {
	case st.Elems.Len() > 0:
		freqs = freqs[:min(st.Elems.Len(), len(freqs))]
	case len(freqs) > arrayExtras:
		freqs = freqs[:len(freqs)-arrayExtras]
	}
	least, sum := 1.0, 0.0
	for _, f := range freqs {
		if f = selectivity.Share(f); f > 0 {
			k.shares = append(k.shares, keyShare{keys: 1, share: f})
			least, sum = math.Min(least, f), sum+f
		}
	}
	// Elements beyond the statistics' most common ones, each rarer than all
	// of those.
	if rare := k.perRow - sum; rare > 0 {
		k.shares = append(k.shares, keyShare{keys: 2 * rare / least, share: least / 2})
		k.estimate = rare > rareShare*k.perRow
	}
	element := strings.TrimSuffix(c.Type, "[]")
	s, known := storageOf(element)
	switch {
	case known && s.width > 0:
		k.bytes = s.width
	case st.Elems.Len() > 0:
		for _, v := range st.Elems.All() {
			k.bytes += withHeader(float64(len(v.Raw()))) / float64(st.Elems.Len())
		}
	default:
		k.bytes, k.estimate = documentKey, true
	}
	return k, ""
}

// pointerBytes is the average size of a row pointer in the compressed posting list of a
// key: seven bits per byte of the distance to the previous one. Distances of rows at
// random places are distributed exponentially.
func pointerBytes(share, rowsPerPage float64) float64 {
	gap := pageSpan / (share * rowsPerPage)
	bytes := 1.0
	for limit := 128.0; limit < 1<<43; limit *= 128 {
		bytes += math.Exp(-limit / gap)
	}
	return bytes
}

// ginCost is the write cost of a GIN index: the pending list with its share of moving
// it to the index, or every key at once if fastupdate is off.
func (m *Model) ginCost(t *workload.Table, def workload.IndexDef) entryCost {
	k, why := ginKeysOf(t, def)
	if why != "" {
		return entryCost{notes: []string{why}}
	}
	entry := math.Ceil((tupleHeader+k.bytes)/maxAlign) * maxAlign
	direct := takesRowsAtOnce(def)
	insert, note := pendingRecord+k.perRow*entry, "" // fastupdate on
	rows, rowsKnown := t.RowCount().Get()
	pages, pagesKnown := t.Pages.Get()
	placed := len(k.shares) > 0 && rowsKnown && countable(rows) && rows >= 1 && pagesKnown && countable(pages) && pages >= 1
	switch {
	case direct && !placed:
		return entryCost{notes: []string{"with fastupdate off, the cost per row depends on the frequency of its keys, which is not in the data"}}
	case direct:
		insert = 0
		for _, s := range k.shares {
			insert += s.keys * s.share * k.change(s, rows, pages)
		}
	case placed:
		held := m.pendingBytes(def) / (k.perRow * (entry + linePointer)) // rows in a full pending list
		for _, s := range k.shares {
			insert += s.keys * -math.Expm1(-held*s.share) * k.change(s, rows, pages) / held
		}
	default:
		note = "moving the pending list into the index is not counted: the key frequencies are not in the data"
	}
	if note == "" && k.estimate {
		note = "the number of keys per row and their frequencies are estimates"
	}
	// A new row version adds its keys once more.
	own := covered(coverageOf(t, def.Where), insert*walPages, insert*walPages, note)
	setting := "fastupdate is on"
	if direct {
		setting = "fastupdate is off: every row writes the posting lists of its keys to WAL again"
	}
	own.notes = append([]string{setting + ". The work that VACUUM does later for an update is not counted and can cost as much again"}, own.notes...)
	own.entries = opt.Map(own.entries, func(p float64) float64 { return p * k.perRow })
	return own
}

func takesRowsAtOnce(def workload.IndexDef) bool {
	off, _ := storageOption(def.With, "fastupdate")
	return off == "off" || off == "false" || off == "0" || off == "no"
}

// WithPendingList is what a GIN index with fastupdate off would cost with it on; false
// for any other index.
func (m *Model) WithPendingList(ix *workload.Index) (WriteCost, bool) {
	if ix.Def.Method != "gin" || !takesRowsAtOnce(ix.Def) {
		return WriteCost{}, false
	}
	def := ix.Def
	def.With = ""
	return m.costOn(ix.Table, def, ix), true
}

// change is the WAL of adding rows to a key: the whole posting list is logged again
// while it is beside its key.
func (k ginKeys) change(s keyShare, rows, pages float64) float64 {
	list := rows * s.share * pointerBytes(s.share, rows/pages)
	if list > listLimit {
		return treeUpdate
	}
	return entryUpdate + k.bytes + list
}

func (m *Model) pendingBytes(def workload.IndexDef) float64 {
	if text, found := storageOption(def.With, "gin_pending_list_limit"); found {
		if kB, err := strconv.ParseFloat(text, 64); err == nil && kB > 0 {
			return kB * 1024
		}
	}
	return m.snap.SettingBytes("gin_pending_list_limit").Or(pendingDefault)
}

// ginSize is the size of a new index, if the statistics tell how often its keys occur.
func (m *Model) ginSize(t *workload.Table, def workload.IndexDef, rows float64) (opt.Float, string) {
	pages, estimate, why := m.ginPages(t, def, rows)
	switch {
	case why != "":
		return opt.Float{}, why
	case estimate:
		return opt.Float{}, "the frequency of the keys is not in the statistics"
	}
	return opt.Of(BlockSize * pages), ""
}

// ginPages is the pages of a new index, and whether they rest on an estimate of how many
// keys are rare: short posting lists are beside their keys, long ones on pages of their own.
func (m *Model) ginPages(t *workload.Table, def workload.IndexDef, rows float64) (size float64, estimate bool, why string) {
	k, why := ginKeysOf(t, def)
	if why != "" {
		return 0, false, why
	}
	pages, known := t.Pages.Get()
	c := coverageOf(t, def.Where)
	covered, coveredKnown := c.share.Get()
	switch {
	case !known || !countable(pages) || pages < 1 || rows < 1:
		return 0, false, "the table's page and row counts are not in the data: export pg_class"
	case !coveredKnown:
		return 0, false, c.note
	case len(k.shares) == 0:
		return 0, false, "the frequency of the keys is not in the statistics"
	}
	built := 0.0 // memory that the build needs to take all rows at once
	for _, s := range k.shares {
		built += s.keys * (buildKey + buildPointer*rows*covered*s.share)
	}
	atOnce := built <= m.snap.SettingBytes("maintenance_work_mem").Or(buildMemory)
	total, entries := 1.0, 0.0 // the meta page; entry pages
	for _, s := range k.shares {
		holders := rows * covered * s.share
		if holders <= 0 {
			continue
		}
		list := (holders - 1) * pointerBytes(covered*s.share, rows/pages)
		if holders < 1 {
			list = 0
		}
		if list > listLimit {
			total += s.keys * math.Ceil(list/dataPage)
			list = 0
		}
		bytes := k.bytes
		if s.bytes > 0 {
			bytes = s.bytes
		}
		entry := math.Ceil((math.Ceil((tupleHeader+bytes)/maxAlign)*maxAlign+firstPointer+list)/maxAlign)*maxAlign + linePointer
		perPage := math.Floor(entryFill * leafRoom / entry)
		if atOnce { // keys come in their order: each full page is split in the middle, and its left half stays as it is
			perPage = math.Floor((math.Floor(leafRoom/entry)+1)/2) + 1
		}
		entries += s.keys * math.Min(math.Max(holders, 0), 1) / math.Max(perPage, 1)
	}
	return total + math.Max(math.Ceil(entries), 1), k.estimate, ""
}
