package planner

// made is how a way comes by its rows, in the plan's words: what a tree of the
// plan is drawn from once the way is chosen.
type made struct {
	node     string // as EXPLAIN (FORMAT JSON) calls it
	join     joinKind
	strategy string    // of an aggregate: Plain, Sorted, Hashed
	mode     string    // of one that is done in parts: Partial, Finalize
	parallel bool      // several processes share what it reads, or the table it hashes
	between  string    // the node between a join and its inner side: Hash, Materialize
	use      *Relation // the table that a scan reads, and the index it goes by
	index    *Index
	backward bool
	bitmap   *bitmap  // of a bitmap scan, instead of an index
	from     [2]*path // what it takes its rows from
	rest     []*path  // further ones
	asks     []asks   // the sub-selects of its level, where it is the last of one
}

// asks is a sub-select, in the plan's words.
type asks struct {
	relationship string // InitPlan, SubPlan
	of           *path
}

func (w *path) reads(node string, u *Relation, ix *Index) *path {
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

func (w *path) bitmapOf(u *Relation, b *bitmap) *path {
	w.made = made{node: "Bitmap Heap Scan", use: u, bitmap: b}
	return w
}

func (w *path) over(node string, from *path) *path {
	w.made = made{node: node, from: [2]*path{from}}
	return w
}

func (w *path) joins(node string, kind joinKind, outer, inner *path, between string) *path {
	w.made = made{node: node, join: kind, between: between, from: [2]*path{outer, inner}}
	return w
}

// by names the aggregate's strategy, or what stands for it without aggregates.
func (w *path) by(strategy string) *path {
	w.strategy = strategy
	return w
}

func (w *path) done(mode string) *path {
	w.mode = mode
	return w
}

// upTo is a way of which LIMIT takes the first rows; 0: all of them.
func (w *path) upTo(limit float64) *path {
	if limit <= 0 {
		return w
	}
	return newWay(Cost{w.Startup, w.cut(limit), min(limit, w.Rows)}).over("Limit", w)
}
