package planner

import "math"

// touches is the number of blocks that one scan in index order touches, in shared_buffers or not:
// each time it goes to another one, and not once each as PagesFetched.
func (a Access) touches() float64 {
	lookups := math.Max(a.lookups, 1)
	leaves := math.Ceil(a.Boundary * a.IndexPages)
	c := a.Correlation * a.Correlation
	rows := a.Tuples * a.given()
	heap := (1 - a.visible) * (rows*(1-c) + math.Min(math.Ceil(a.given()*a.Pages), rows)*c)
	if a.visible > 0 {
		heap++ // the visibility map
	}
	return lookups*(a.Height+1) + math.Max(leaves-lookups, 0) + heap
}

// touches is the number of blocks that a bitmap scan touches: each heap page once.
func (b *bitmap) touches(a Access) float64 {
	rows := clampRows(a.Tuples * b.selected)
	return b.indexBlocks() + clamp(math.Ceil(2*a.Pages*rows/(2*a.Pages+rows)), 1, a.Pages)
}

func (b *bitmap) indexBlocks() float64 {
	if b.index != nil {
		return b.index.height + math.Max(math.Ceil(b.selected*b.index.Pages), 1)
	}
	sum := 0.0
	for _, part := range b.parts {
		sum += part.indexBlocks()
	}
	return sum
}

// touched is the number of blocks that one execution of a path touches.
func (p *path) touched() float64 {
	sum := p.blocks
	for n, from := range p.inputs {
		if from == nil {
			continue
		}
		times := 1.0
		if n == 1 && p.nodeType == "Nested Loop" && !from.materialized {
			times = p.inputs[0].Rows * p.inputs[0].divisor
			if from.nodeType == "Memoize" {
				times *= from.missed
			}
		}
		sum += times * from.touched()
	}
	for _, from := range p.moreInputs {
		sum += from.touched()
	}
	if in := p.inputs[0]; p.nodeType == "Limit" && in.Total > 0 {
		sum *= math.Min(p.Total/in.Total, 1)
	}
	for _, sub := range p.subPlans {
		if sub.perRow {
			return math.NaN() // how often it is executed is not known
		}
		sum += sub.path.touched()
	}
	return sum
}
