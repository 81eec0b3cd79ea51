package diagram

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"testing"
)

// graph returns boxes of several heights, and lines between them: mostly to earlier
// ones, some in circles and to themselves.
func graph(n, each int) ([]Box, []Line) {
	r := rand.New(rand.NewPCG(1, 2))
	var boxes []Box
	var lines []Line
	for i := range n {
		boxes = append(boxes, Box{W: 200, H: 40 + 18*r.IntN(10)})
		for range r.IntN(each + 1) {
			lines = append(lines, Line{From: i, To: r.IntN(i + 1), FromY: 20, ToY: 10})
		}
		if i%17 == 3 {
			lines = append(lines, Line{From: r.IntN(i), To: i, FromY: 20, ToY: 10})
		}
	}
	return boxes, lines
}

var level = regexp.MustCompile(`(-?\d+),(-?\d+)H(-?\d+)`)

func TestPlace(t *testing.T) {
	for _, c := range []struct{ n, each int }{{1, 0}, {2, 1}, {5, 1}, {40, 2}, {200, 1}, {200, 3}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			boxes, lines := graph(c.n, c.each)
			w, h := Place(boxes, lines, 1400)
			for i, a := range boxes {
				if a.X < 0 || a.Y < 0 || a.X+a.W > w || a.Y+a.H > h {
					t.Fatalf("box %d at %d, %d is outside of %d x %d", i, a.X, a.Y, w, h)
				}
				for k, b := range boxes[:i] {
					if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
						t.Fatalf("boxes %d and %d overlap: %v, %v", k, i, b, a)
					}
				}
			}
			// A line is level where it passes a column. There it keeps clear of all boxes.
			for _, l := range lines {
				if l.Path == "" || l.Tip == "" {
					t.Fatal("a line is not drawn")
				}
				for _, m := range level.FindAllStringSubmatch(l.Path, -1) {
					x, _ := strconv.Atoi(m[1])
					y, _ := strconv.Atoi(m[2])
					to, _ := strconv.Atoi(m[3])
					for i, b := range boxes {
						if y >= b.Y && y <= b.Y+b.H && min(x, to) < b.X+b.W && max(x, to) > b.X {
							t.Fatalf("the line %s runs through box %d: %v", l.Path, i, b)
						}
					}
				}
			}
		})
	}
}

// What belongs together is side by side: a box stands to the right of the one that it
// leads to, and a group does not lie between the boxes of another one.
func TestOrder(t *testing.T) {
	boxes := []Box{{W: 100, H: 50}, {W: 100, H: 50}, {W: 100, H: 50}, {W: 100, H: 50}, {W: 100, H: 50}}
	lines := []Line{{From: 0, To: 1}, {From: 2, To: 1}, {From: 3, To: 2}, {From: 1, To: 3}} // three of them are a circle
	Place(boxes, lines, 1400)
	against := 0
	for _, l := range lines {
		if boxes[l.From].X <= boxes[l.To].X {
			against++
		}
	}
	if against != 1 {
		t.Errorf("%d lines lead to the right, want the one that closes the circle: %v", against, boxes)
	}
	if boxes[4].X < boxes[3].X && boxes[4].Y == boxes[3].Y {
		t.Errorf("the box without lines, %v, is in the group: %v", boxes[4], boxes)
	}
}

func BenchmarkPlace(b *testing.B) {
	for b.Loop() {
		boxes, lines := graph(200, 2)
		Place(boxes, lines, 1400)
	}
}
