package catalog

import (
	"fmt"
	"strings"
	"testing"
)

// Each object that was touched since a point is one change, also if it is as it was
// before; what Rewind takes back is none.
func TestChanges(t *testing.T) {
	c := New()
	kept := c.Create(Relation{Name: Name{"public", "kept"}, Kind: Table})
	dropped := c.Create(Relation{Name: Name{"public", "dropped"}, Kind: Table})
	mark := c.Mark()
	c.Edit(kept.OID, func(r *Relation) { r.Columns = append(r.Columns, Column{Name: "a"}) })
	c.Edit(kept.OID, func(r *Relation) { r.Columns = nil })
	c.Drop(dropped.OID)
	c.Create(Relation{Name: Name{"public", "new"}, Kind: Table})
	c.SetType(Type{Name: Name{Name: "mood"}, Kind: 'e'})
	c.SetFunction(Function{Name: Name{Name: "f"}})
	c.SetOther(Other{"extension", "citext"}, Definition{})
	inner := c.Mark()
	c.SetType(Type{Name: Name{Name: "undone"}})
	c.Rewind(inner)

	var got []string
	for _, ch := range c.Changes(mark) {
		said := func(v any) string {
			switch v := v.(type) {
			case *Relation:
				return fmt.Sprint(v.Name, len(v.Columns))
			case *Type:
				return v.Name.String()
			case *Function:
				return v.Name.String()
			case Definition:
				return "definition"
			}
			return "-"
		}
		got = append(got, said(ch.Old)+" to "+said(ch.New))
	}
	const want = "public.kept 0 to public.kept 0; public.dropped 0 to -; - to public.new 0; - to public.mood; - to public.f; - to definition"
	if strings.Join(got, "; ") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, "; "), want)
	}
	c.Rewind(mark)
	if len(c.Changes(mark)) > 0 || c.Find(Name{"", "dropped"}) == nil {
		t.Error("not taken back")
	}
}
