package catalog

import (
	"runtime"
	"slices"
	"strconv"
	"testing"
)

// A table that was handed out keeps its indexes, whatever is created, dropped and taken back
// after that.
func TestIndexesOfVersions(t *testing.T) {
	c := New()
	table := c.Create(Relation{Name: Name{"public", "t"}, Kind: Table}).OID
	add := func(name string) OID {
		return c.Create(Relation{Name: Name{"public", name}, Kind: IndexKind, On: table, Index: new(Index)}).OID
	}
	type version struct {
		is   *Relation
		want []OID
	}
	var versions []version
	keep := func(want ...OID) { versions = append(versions, version{c.Get(table), want}) }
	keep()
	a := add("a")
	keep(a)
	b := add("b")
	keep(a, b)
	at := c.Mark()
	d := add("d")
	keep(a, b, d)
	c.Rewind(at)
	keep(a, b)
	e := add("e")
	keep(a, b, e)
	c.Drop(a)
	keep(b, e)
	f := add("f")
	keep(b, e, f)
	c.Rewind(at)
	g := add("g")
	keep(a, b, g)
	for i, v := range versions {
		if !slices.Equal(v.is.Indexes, v.want) {
			t.Errorf("version %d has the indexes %v, want %v", i, v.is.Indexes, v.want)
		}
	}
}

// Of a table with many columns and indexes, each state is kept for Rewind: an index takes no
// copy of them.
func TestManyIndexes(t *testing.T) {
	const columns, indexes, most = 500, 2_000, 4 << 10 // bytes of an index
	of := Relation{Name: Name{"public", "t"}, Kind: Table}
	for i := range columns {
		of.Columns = append(of.Columns, Column{Name: "c" + strconv.Itoa(i)})
	}
	c := New()
	table := c.Create(of)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range indexes {
		c.Create(Relation{Name: Name{"public", "i" + strconv.Itoa(i)}, Kind: IndexKind, On: table.OID, Index: new(Index)})
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / indexes; each > most {
		t.Errorf("an index takes %d bytes, want at most %d", each, most)
	}
}
