// Package diagram places boxes and the lines between them on a plane, so that boxes
// that belong together are near each other and no line runs through a box.
//
// Boxes that are connected are a group. In a group a box stands to the right of those
// that its lines lead to. A column that is too long is cut into several. Lines pass a
// column between two of its boxes.
package diagram

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Box is a box. Place sets X and Y, its left upper corner.
type Box struct {
	W, H int
	X, Y int
}

// Line leads from one box to another one. FromY and ToY are the heights below the
// upper edges of the boxes at which it begins and ends. Place sets Path and Tip, as
// data of an SVG path: the line and the arrow at its end.
type Line struct {
	From, To   int
	FromY, ToY int
	Path, Tip  string
}

const (
	gapY   = 22  // between boxes of a column
	gapX   = 58  // between columns
	apart  = 40  // between groups
	margin = 12  // around all
	lowest = 480 // columns up to this height are not cut
)

// Place places boxes and lines in about the given width, and returns the size of the
// whole. It grows with the number of boxes and lines.
func Place(boxes []Box, lines []Line, width int) (w, h int) {
	var groups []*group
	for _, members := range connected(len(boxes), lines) {
		g := &group{boxes: boxes, all: lines, members: members, room: width - 2*margin}
		g.place()
		groups = append(groups, g)
	}
	w, h = pack(groups, width)
	for _, g := range groups {
		g.draw()
	}
	return w, h
}

// connected returns the boxes of each group, in the order of the first ones.
func connected(n int, lines []Line) [][]int {
	root := make([]int, n)
	for i := range root {
		root[i] = i
	}
	find := func(i int) int {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	for _, l := range lines {
		if a, b := find(l.From), find(l.To); a != b {
			root[max(a, b)] = min(a, b)
		}
	}
	at := map[int]int{}
	var out [][]int
	for i := range n {
		r := find(i)
		k, known := at[r]
		if !known {
			k = len(out)
			at[r] = k
			out = append(out, nil)
		}
		out[k] = append(out[k], i)
	}
	return out
}

// group is a set of connected boxes. Its columns go from left to right.
type group struct {
	boxes   []Box
	all     []Line
	members []int
	room    int   // the width that the columns should fit in
	own     []int // lines
	out, in map[int][]int
	layer   map[int]int
	columns [][]int
	column  map[int]int
	x       []int // left edges of the columns
	w, h    int
}

func (g *group) place() {
	g.out, g.in, g.layer, g.column = map[int][]int{}, map[int][]int{}, map[int]int{}, map[int]int{}
	inside := map[int]bool{}
	for _, b := range g.members {
		inside[b] = true
	}
	for i, l := range g.all {
		if !inside[l.From] {
			continue
		}
		g.own = append(g.own, i)
		if l.From != l.To {
			g.out[l.From], g.in[l.To] = append(g.out[l.From], l.To), append(g.in[l.To], l.From)
		}
	}
	g.setLayers()
	g.setColumns()
	g.setHeights()
}

// setLayers gives each box its layer: one more than the highest of those that it leads
// to. A line that closes a circle does not count.
func (g *group) setLayers() {
	const open, done = 1, 2
	state := map[int]int{}
	var visit func(b int) int
	visit = func(b int) int {
		if state[b] == done {
			return g.layer[b]
		}
		state[b] = open
		layer := 0
		for _, to := range g.out[b] {
			if state[to] != open {
				layer = max(layer, visit(to)+1)
			}
		}
		state[b], g.layer[b] = done, layer
		return layer
	}
	for _, b := range g.members {
		visit(b)
	}
	for _, b := range g.members { // a box that leads nowhere stands beside the first that leads to it
		if len(g.out[b]) > 0 {
			continue
		}
		near := math.MaxInt
		for _, from := range g.in[b] {
			near = min(near, g.layer[from]-1)
		}
		if near != math.MaxInt {
			g.layer[b] = max(near, 0)
		}
	}
}

// setColumns orders the boxes of each layer and cuts long layers into columns.
func (g *group) setColumns() {
	var layers [][]int
	for _, b := range g.members {
		for len(layers) <= g.layer[b] {
			layers = append(layers, nil)
		}
		layers[g.layer[b]] = append(layers[g.layer[b]], b)
	}
	rank := map[int]float64{} // 0 to 1: from top to bottom
	order := func(layer []int) {
		for i, b := range layer {
			rank[b] = (float64(i) + .5) / float64(len(layer))
		}
	}
	for _, layer := range layers {
		order(layer)
	}
	for sweep := range 6 {
		for i := range layers {
			beside := g.out
			layer := layers[i]
			if sweep%2 == 1 {
				layer, beside = layers[len(layers)-1-i], g.in
			}
			mean := map[int]float64{}
			for _, b := range layer {
				mean[b] = rank[b]
				if list := beside[b]; len(list) > 0 {
					sum := 0.0
					for _, other := range list {
						sum += rank[other]
					}
					mean[b] = sum / float64(len(list))
				}
			}
			slices.SortStableFunc(layer, func(a, b int) int { return cmp.Compare(mean[a], mean[b]) })
			order(layer)
		}
	}
	longest := g.longest(layers)
	for _, layer := range layers {
		n := (g.height(layer) + longest - 1) / longest
		for k := range n {
			var column []int
			for i := k; i < len(layer); i += n { // in turn, so that neighbours stay at one height
				column = append(column, layer[i])
				g.column[layer[i]] = len(g.columns)
			}
			if len(column) > 0 {
				g.columns = append(g.columns, column)
			}
		}
	}
}

// longest returns the least height of columns with which the group fits in the width. A
// large group is as wide as it is high.
func (g *group) longest(layers [][]int) int {
	widest, area := 0, 0
	for _, b := range g.members {
		widest = max(widest, g.boxes[b].W)
		area += (g.boxes[b].W + gapX) * (g.boxes[b].H + gapY)
	}
	room := max(g.room, int(math.Sqrt(float64(area))))
	most := max((room+gapX)/(widest+gapX), len(layers))
	for longest := lowest; ; longest += longest / 8 {
		n := 0
		for _, layer := range layers {
			n += (g.height(layer) + longest - 1) / longest
		}
		if n <= most {
			return longest
		}
	}
}

// height returns the height of boxes one below the other.
func (g *group) height(list []int) int {
	h := 0
	for _, b := range list {
		h += g.boxes[b].H + gapY
	}
	return h
}

// setHeights places the boxes of each column near those that they are connected with.
func (g *group) setHeights() {
	for _, column := range g.columns {
		widest := 0
		for _, b := range column {
			widest = max(widest, g.boxes[b].W)
		}
		g.x = append(g.x, g.w)
		for _, b := range column {
			g.boxes[b].X = g.w
		}
		g.w += widest + gapX
		y := 0
		for _, b := range column {
			g.boxes[b].Y = y
			y += g.boxes[b].H + gapY
		}
	}
	g.w -= gapX
	for sweep := range 6 {
		for i := range g.columns {
			column := g.columns[i]
			if sweep%2 == 1 {
				column = g.columns[len(g.columns)-1-i]
			}
			g.settle(column)
		}
	}
	top, bottom := math.MaxInt, 0
	for _, b := range g.members {
		top, bottom = min(top, g.boxes[b].Y), max(bottom, g.boxes[b].Y+g.boxes[b].H)
	}
	for _, b := range g.members {
		g.boxes[b].Y -= top
	}
	g.h = bottom - top
}

// settle moves the boxes of a column as near as possible to the mean height of those
// that they are connected with. They keep their order and their distance.
func (g *group) settle(column []int) {
	type block struct {
		sum   float64 // of the wished places, less what is above in the block
		n     int
		first int
	}
	var blocks []block
	above := 0.0
	offsets := make([]float64, len(column))
	for i, b := range column {
		wish := float64(g.boxes[b].Y)
		if list := append(slices.Clone(g.out[b]), g.in[b]...); len(list) > 0 {
			sum := 0.0
			for _, other := range list {
				sum += float64(g.boxes[other].Y) + float64(g.boxes[other].H)/2
			}
			wish = sum/float64(len(list)) - float64(g.boxes[b].H)/2
		}
		offsets[i] = above
		blocks = append(blocks, block{wish - above, 1, i})
		above += float64(g.boxes[b].H + gapY)
		for k := len(blocks) - 1; k > 0 && blocks[k-1].sum/float64(blocks[k-1].n) > blocks[k].sum/float64(blocks[k].n); k-- {
			blocks[k-1].sum += blocks[k].sum
			blocks[k-1].n += blocks[k].n
			blocks = blocks[:k]
		}
	}
	for _, k := range blocks {
		for i := k.first; i < k.first+k.n; i++ {
			g.boxes[column[i]].Y = int(math.Round(k.sum/float64(k.n) + offsets[i]))
		}
	}
}

// pack places the groups in rows, the highest first.
func pack(groups []*group, width int) (w, h int) {
	order := slices.Clone(groups)
	slices.SortStableFunc(order, func(a, b *group) int {
		return cmp.Or(cmp.Compare(min(len(b.members), 2), min(len(a.members), 2)), cmp.Compare(b.h, a.h))
	})
	for _, g := range order {
		width = max(width, g.w+2*margin)
	}
	x, y, row := margin, margin, 0
	for i, g := range order {
		if x > margin && x+g.w > width-margin {
			x, y, row = margin, y+row+apart, 0
			if len(order[i-1].members) == 1 {
				y -= apart - gapY
			}
		}
		if row == 0 {
			row = g.h
		}
		for _, b := range g.members {
			g.boxes[b].X += x
			g.boxes[b].Y += y
		}
		for i := range g.x {
			g.x[i] += x
		}
		w, x, row = max(w, x+g.w+margin), x+g.w+apart, max(row, g.h)
	}
	return w, y + row + margin
}

// draw writes the paths of the lines.
func (g *group) draw() {
	passed := map[[2]int]int{} // lines through a gap of a column
	for _, i := range g.own {
		l := &g.all[i]
		from, to := g.boxes[l.From], g.boxes[l.To]
		a, b := g.column[l.From], g.column[l.To]
		p := &pen{}
		switch {
		case a == b: // around on the right
			x := max(from.X+from.W, to.X+to.W)
			p.start(from.X+from.W, from.Y+l.FromY)
			fmt.Fprintf(p, "C%d,%d %d,%d %d,%d", x+gapX*2/3, from.Y+l.FromY, x+gapX*2/3, to.Y+l.ToY, to.X+to.W, to.Y+l.ToY)
			l.Tip = tip(to.X+to.W, to.Y+l.ToY, 1)
		case a > b:
			p.start(from.X, from.Y+l.FromY)
			for c := a - 1; c > b; c-- {
				y := g.pass(c, p.y, to.Y+l.ToY, passed)
				p.curve(g.x[c]+g.widest(c), y)
				p.across(g.x[c])
			}
			p.curve(to.X+to.W, to.Y+l.ToY)
			l.Tip = tip(to.X+to.W, to.Y+l.ToY, 1)
		default: // a circle: against the order
			p.start(from.X+from.W, from.Y+l.FromY)
			for c := a + 1; c < b; c++ {
				y := g.pass(c, p.y, to.Y+l.ToY, passed)
				p.curve(g.x[c], y)
				p.across(g.x[c] + g.widest(c))
			}
			p.curve(to.X, to.Y+l.ToY)
			l.Tip = tip(to.X, to.Y+l.ToY, -1)
		}
		l.Path = p.String()
	}
}

func (g *group) widest(column int) int {
	w := 0
	for _, b := range g.columns[column] {
		w = max(w, g.boxes[b].W)
	}
	return w
}

// pass returns the height at which a line passes a column: in the gap between boxes,
// above or below them, that is nearest to its way. Lines in one gap lie side by side.
func (g *group) pass(column, y, goal int, passed map[[2]int]int) int {
	const clear = 5 // between a line and a box
	wish := (y + goal) / 2
	boxes := g.columns[column]
	near, gap, from, to := math.MaxInt32, 0, 0, 0
	for i := range len(boxes) + 1 {
		low, high := math.MinInt32, math.MaxInt32
		if i > 0 {
			above := g.boxes[boxes[i-1]]
			low = above.Y + above.H + clear
		}
		if i < len(boxes) {
			high = g.boxes[boxes[i]].Y - clear
		}
		if d := max(low-wish, wish-high, 0); d < near {
			near, gap, from, to = d, i, low, high
		}
	}
	n := passed[[2]int{column, gap}]
	passed[[2]int{column, gap}]++
	shift := 3 * ((n + 1) / 2)
	if n%2 == 1 {
		shift = -shift
	}
	return min(max(min(max(wish, from), to)+shift, from), to)
}

// tip is the arrow at the end of a line; side is 1 if it comes from the right.
func tip(x, y, side int) string { return fmt.Sprintf("M%d,%dl%d,-4v8z", x, y, 7*side) }

// pen writes a path.
type pen struct {
	strings.Builder
	x, y int
}

func (p *pen) start(x, y int) {
	p.x, p.y = x, y
	fmt.Fprintf(p, "M%d,%d", x, y)
}

// curve goes to a point, level at both ends.
func (p *pen) curve(x, y int) {
	if y == p.y {
		fmt.Fprintf(p, "H%d", x)
	} else {
		middle := (p.x + x) / 2
		fmt.Fprintf(p, "C%d,%d %d,%d %d,%d", middle, p.y, middle, y, x, y)
	}
	p.x, p.y = x, y
}

// across goes level to an x.
func (p *pen) across(x int) {
	fmt.Fprintf(p, "H%d", x)
	p.x = x
}
