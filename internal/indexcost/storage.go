package indexcost

// Every constant of the size and of the WAL of indexes, with its source: a
// structure of the server's source (files of PostgreSQL 15, alike from 13 to
// 18), or a measurement on 15.18 and 17.9 at wal_level = replica, which the
// tests against a server repeat.

// An index tuple, and what it is made of.
const (
	BlockSize       = 8192
	maxAlign        = 8
	tupleHeader     = 8    // itup.h: IndexTupleData
	nullsHeader     = 16   // itup.h: with the bitmap of nulls, to MAXALIGN
	linePointer     = 4    // itemid.h
	tidBytes        = 6    // itemptr.h
	shortLimit      = 126  // varatt.h: up to here a value has the short header, and no alignment
	shortHeader     = 1    // varatt.h
	longHeader      = 4    // varatt.h
	indexCompressed = 510  // TOAST_INDEX_TARGET, heaptoast.h: a longer value is compressed, to about this at best
	btreeMaxItem    = 2704 // BTMaxItemSize, nbtree.h: a longer entry is an error
)

// A B-tree as CREATE INDEX leaves it.
const (
	leafOverhead    = 24 + 16 + linePointer // bufpage.h, nbtree.h: page header, special space, the slot of the high key
	leafFillDefault = 90                    // BTREE_DEFAULT_FILLFACTOR, nbtree.h
	pivotRow        = 8                     // nbtutils.c, _bt_truncate: a row pointer, MAXALIGNed, where a leaf ends between rows of one value
	innerRoom       = 5695                  // of a page above the leaves: BTREE_NONLEAF_FILLFACTOR 70
	buildPosting    = 808                   // nbtsort.c, _bt_load: a posting list takes a tenth of a page, without its line pointer, MAXALIGNed
)

// The WAL of an entry (xlogrecord.h, nbtxlog.h).
const (
	EntryRecord  = 24 + 20 + 2 + 2 // record header, block reference, data header, offset
	walPages     = 1.003           // measured: the headers of the WAL's own pages
	deadEntry    = 5               // measured: vacuum's share for the entry that an update leaves behind
	updateSplits = 0.25            // measured, of the tuple: splits where new versions lie beside the old
)

// The WAL of a B-tree's page splits (nbtinsert.c: _bt_split logs the right half
// of the page).
const (
	leafRoom      = BlockSize - 24 - 16
	splitFixed    = 110 + 72 // nbtxlog.h: header and high key of the record; the entry in the parent
	fullLeaf      = 0.9      // nbtsplitloc.c: a rightmost split leaves the page at its fill factor
	steadyFill    = 0.693    // ln 2: pages that split in halves, in the long run
	insertPosting = 220      // nbtdedup.c: rows of a posting list when a full page is deduplicated
	dedupPasses   = 2.2      // measured: bytes an insert of the records of deduplication
	longRunShare  = 0.15     // measured: of an entry's leaf bytes, in long runs of duplicates
	longRunFixed  = 0.3      // measured
)

// When keys follow the order of insertion: below these limits entries no
// longer land at the end of their run. Measured, but for the last.
const (
	followsOrder  = 0.9 // |correlation|
	manyValues    = 0.1 // distinct values a row
	tailRunPages  = 2   // pages of an insertion point's run
	longRunPages  = 3   // the same of duplicates
	fewDuplicates = 1.3 // rows a key
	newItemLimit  = 24  // nbtsplitloc.c, _bt_afternewitemoff: wider tuples never split after the new one
)

// Hash and GiST, measured; the GiST record's fixed part is of gistxlog.h.
const (
	hashInsert = 72.2 // whatever the key
	hashSplits = 18.8 // of an insert, while the index doubles: every bucket splits once
	hashDead   = 3.8
	gistRecord = 50
	gistSplits = 1.18 // of the item: a split logs both halves
)

// GIN (ginblock.h, ginfast.c, ginpostinglist.c); its WAL is measured.
const (
	pendingRecord  = 145     // an insert into the pending list, without its keys
	pendingDefault = 4 << 20 // gin_pending_list_limit
	entryUpdate    = 60      // a change of an entry's posting list, without key and list
	treeUpdate     = 85      // the same where the list has pages of its own
	listLimit      = 2700    // GinMaxItemSize: a longer posting list moves to pages of its own
	dataPage       = 8128    // row pointers' room on such a page
	entryFill      = 0.75    // measured, of the entry pages where a build takes the rows in several parts
	firstPointer   = 8       // GinPostingList's header, with the first row
	buildMemory    = 64 << 20
	buildKey       = 120 // bytes of memory that a key takes in a build, and a row of it (ginbulk.c)
	buildPointer   = 9
	pageSpan       = 2048 // MaxHeapTuplesPerPageBits: GIN numbers a heap page's rows in 11 bits
	documentKey    = 8    // bytes of a key of a document, assumed
	jsonbKeyWidth  = 10   // bytes of a jsonb document a key of jsonb_ops, assumed
	vectorKeyWidth = 12   // bytes of a tsvector a lexeme, assumed
	rareShare      = 0.2  // of a row's keys: with more among the uncounted, their frequencies are anyone's guess
)

// BRIN (brin_revmap.h, brin_pageops.h).
const (
	BRINRangePages  = 128  // pages_per_range
	BRINMapEntries  = 1360 // REVMAP_PAGE_MAXITEMS
	brinSummaryRoom = 8160
)

// The writes of a table, and full page images. pg_stat_statements counts a
// statement's WAL without its commit record, and its full page images as a
// number (pgstat's WalUsage).
const (
	commitRecord  = 40   // xact.c
	imageAverage  = 7500 // measured, of the images in wal_bytes
	imageOverhead = 84   // measured, of a full page image's record
	firstImage    = 4160 // measured: the last page of an index that is only appended to, half full
	pageUse       = 0.75 // measured: of a page that entries go to, in the long run
	allHOT        = 0.98 // above: every update was HOT
	deadLine      = 13   // measured: the heap's vacuum of a dead row's line pointer, once an update is not HOT
)
