package indexadvisor

// made is how a way comes by its rows, in the plan's words: what a tree of the
// plan is drawn from once the way is chosen.
type made struct {
	node     string // as EXPLAIN (FORMAT JSON) calls it
	join     joinKind
	strategy string // of an aggregate: Plain, Sorted, Hashed
	mode     string // of one that is done in parts: Partial, Finalize
	parallel bool   // several processes share what it reads, or the table it hashes
	between  string // the node between a join and its inner side: Hash, Materialize
	use      *use   // the table that a scan reads, and the index it goes by
	index    *built
	backward bool
	bitmap   *bitmap // of a bitmap scan, instead of an index
	from     [2]*way // what it takes its rows from
	rest     []*way  // further ones
	asks     []asks  // the sub-selects of its level, where it is the last of one
}

// asks is a sub-select, in the plan's words.
type asks struct {
	relationship string // InitPlan, SubPlan
	of           *way
}

func (w *way) reads(node string, u *use, ix *built) *way {
	w.made = made{node: node, use: u, index: ix}
	return w
}

// scanName tells a scan in index order that spares some of the heap's pages
// from one that goes to all.
func scanName(visible float64) string {
	if visible > 0 {
		return "Index Only Scan"
	}
	return "Index Scan"
}

func (w *way) bitmapOf(u *use, b *bitmap) *way {
	w.made = made{node: "Bitmap Heap Scan", use: u, bitmap: b}
	return w
}

func (w *way) over(node string, from *way) *way {
	w.made = made{node: node, from: [2]*way{from}}
	return w
}

func (w *way) joins(node string, kind joinKind, outer, inner *way, between string) *way {
	w.made = made{node: node, join: kind, between: between, from: [2]*way{outer, inner}}
	return w
}

// by names the aggregate's strategy, or what stands for it without aggregates.
func (w *way) by(strategy string) *way {
	w.strategy = strategy
	return w
}

func (w *way) done(mode string) *way {
	w.mode = mode
	return w
}

// upTo is a way of which LIMIT takes the first rows; 0: all of them.
func (w *way) upTo(limit float64) *way {
	if limit <= 0 {
		return w
	}
	return newWay(path{w.startup, w.cut(limit), min(limit, w.rows)}).over("Limit", w)
}
