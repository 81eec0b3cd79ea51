package planner

import "slices"

// node is the plan node that a path becomes.
type node struct {
	nodeType   string // as EXPLAIN (FORMAT JSON) calls it
	join       joinKind
	strategy   string    // of an aggregate: Plain, Sorted, Hashed
	mode       string    // of a partial aggregate: Partial, Finalize
	parallel   bool      // several processes share the scan, or the hash table
	innerNode  string    // between a join and its inner side: Hash, Materialize
	relation   *Relation // of a scan
	index      *Index
	backward   bool
	bitmap     *bitmap       // of a bitmap scan, instead of an index
	inputs     [2]*path      // what it takes its rows from
	moreInputs []*path       // of an Append
	subPlans   []subPlanPath // of the level whose topmost path it is
	blocks     float64       // that one execution of a scan touches
	missed     float64       // share of the lookups that a Memoize does not answer
}

// subPlanPath is the path of an InitPlan or SubPlan.
type subPlanPath struct {
	relationship string // InitPlan, SubPlan
	path         *path
	perRow       bool // it is executed for each row
}

func (p *path) reads(nodeType string, rel *Relation, ix *Index) *path {
	p.node = node{nodeType: nodeType, relation: rel, index: ix}
	return p
}

// scanName is the node of a scan in index order: index-only if some heap pages need not
// be visited.
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

// touching sets the blocks that one execution of a scan touches.
func (p *path) touching(blocks float64) *path {
	p.blocks = blocks
	return p
}

func (p *path) over(nodeType string, from *path) *path {
	p.node = node{nodeType: nodeType, inputs: [2]*path{from}}
	return p
}

func (p *path) joinOf(nodeType string, kind joinKind, outer, inner *path, innerNode string) *path {
	p.nodeType, p.join, p.innerNode, p.inputs[0], p.inputs[1] = nodeType, kind, innerNode, outer, inner
	return p
}

// withStrategy sets an aggregate's strategy.
func (p *path) withStrategy(strategy string) *path {
	p.strategy = strategy
	return p
}

func (p *path) withMode(mode string) *path {
	p.mode = mode
	return p
}

// limited is a path below a LIMIT; 0: none.
func (p *path) limited(limit float64) *path {
	if limit <= 0 {
		return p
	}
	return newPath(Cost{p.Startup, p.cut(limit), min(limit, p.Rows)}).over("Limit", p)
}

// allIndexes yields the indexes that a path reads, and those of its inputs and subplans.
func (p *path) allIndexes(yield func(*Index) bool) { p.walkIndexes(yield) }

func (p *path) walkIndexes(yield func(*Index) bool) bool {
	if p.index != nil && !yield(p.index) || p.bitmap != nil && !p.bitmap.walkIndexes(yield) {
		return false
	}
	for _, from := range slices.Concat(p.inputs[:], p.moreInputs) {
		if from != nil && !from.walkIndexes(yield) {
			return false
		}
	}
	for _, sub := range p.subPlans {
		if !sub.path.walkIndexes(yield) {
			return false
		}
	}
	return true
}

func (b *bitmap) walkIndexes(yield func(*Index) bool) bool {
	if b.index != nil && !yield(b.index) {
		return false
	}
	for _, part := range b.parts {
		if !part.walkIndexes(yield) {
			return false
		}
	}
	return true
}
