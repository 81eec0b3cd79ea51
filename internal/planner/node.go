package planner

// node is how a way comes by its rows, in the plan's words: what a tree of the
// plan is drawn from once the way is chosen.
type node struct {
	nodeType   string // as EXPLAIN (FORMAT JSON) calls it
	join       joinKind
	strategy   string    // of an aggregate: Plain, Sorted, Hashed
	mode       string    // of one that is done in parts: Partial, Finalize
	parallel   bool      // several processes share what it reads, or the table it hashes
	innerNode  string    // the node between a join and its inner side: Hash, Materialize
	relation   *Relation // the table that a scan reads, and the index it goes by
	index      *Index
	backward   bool
	bitmap     *bitmap       // of a bitmap scan, instead of an index
	inputs     [2]*path      // what it takes its rows from
	moreInputs []*path       // further ones
	subPlans   []subPlanPath // the sub-selects of its level, where it is the last of one
}

// subPlanPath is a sub-select, in the plan's words.
type subPlanPath struct {
	relationship string // InitPlan, SubPlan
	path         *path
}

func (p *path) reads(nodeType string, rel *Relation, ix *Index) *path {
	p.node = node{nodeType: nodeType, relation: rel, index: ix}
	return p
}

// scanName tells a scan in index order that spares some of the heap's pages
// from one that goes to all.
func scanName(visible float64) string {
	if visible > 0 {
		return "Index Only Scan"
	}
	return "Index Scan"
}

func (p *path) readsBitmap(rel *Relation, b *bitmap) *path {
	p.node = node{nodeType: "Bitmap Heap Scan", relation: rel, bitmap: b}
	return p
}

func (p *path) over(nodeType string, from *path) *path {
	p.node = node{nodeType: nodeType, inputs: [2]*path{from}}
	return p
}

func (p *path) joinOf(nodeType string, kind joinKind, outer, inner *path, innerNode string) *path {
	p.node = node{nodeType: nodeType, join: kind, innerNode: innerNode, inputs: [2]*path{outer, inner}}
	return p
}

// withStrategy names the aggregate's strategy, or what stands for it without aggregates.
func (p *path) withStrategy(strategy string) *path {
	p.strategy = strategy
	return p
}

func (p *path) withMode(mode string) *path {
	p.mode = mode
	return p
}

// limited is a way of which LIMIT takes the first rows; 0: all of them.
func (p *path) limited(limit float64) *path {
	if limit <= 0 {
		return p
	}
	return newPath(Cost{p.Startup, p.cut(limit), min(limit, p.Rows)}).over("Limit", p)
}
