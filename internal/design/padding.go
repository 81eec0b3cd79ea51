package design

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/indexcost"
)

// Padding returns the bytes of a row that are lost because a column begins at a multiple
// of its width and narrower ones are before it, and the first column after such a gap;
// nil if no byte is lost. The gap after a value of any length is not known and not counted.
func (t *Table) Padding() (lost int, at *catalog.Column) {
	const widest = 8
	offset, known := 0, true
	for i := range t.Columns {
		col := &t.Columns[i]
		width, align := indexcost.Stored(t.Schema.BaseType(col).Name)
		if t.Schema.BaseType(col).Array {
			width = 0
		}
		switch {
		case col.Generated == "VIRTUAL":
		case width == 0:
			known = false
		case !known:
			if align == widest {
				offset, known = width%widest, true
			}
		default:
			gap := (align - offset%align) % align
			if gap > 0 && at == nil {
				at = col
			}
			lost += gap
			offset = (offset + gap + width) % widest
		}
	}
	return lost, at
}
