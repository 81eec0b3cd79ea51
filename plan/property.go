package plan

import (
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// Value is the value of a property: a text, a number, a list, or named values.
// Exactly one of these is set.
type Value struct {
	Text   Text
	Number Float
	parts  *parts // of a list or named values, which few properties are
}

type parts struct {
	list  []Value
	group []Property
}

// List returns the elements of a list: Sort Key, Output, Grouping Sets.
func (v Value) List() []Value {
	if v.parts == nil {
		return nil
	}
	return v.parts.list
}

// Group returns named values: JIT's Timing, Planning.
func (v Value) Group() []Property {
	if v.parts == nil {
		return nil
	}
	return v.parts.group
}

// own returns the list or the named values for writing.
func (v *Value) own() *parts {
	if v.parts == nil {
		v.parts = new(parts)
	}
	return v.parts
}

func listOf(list ...Value) Value { return Value{parts: &parts{list: list}} }

func valuesOf(group ...Property) Value { return Value{parts: &parts{group: group}} }

// Property returns the node's property with the given JSON name.
func (n *Node) Property(name string) (Value, bool) { return find(n.Properties, name) }

// Has reports whether the node has a property with that name.
func (n *Node) Has(name string) bool {
	return lookup(n.Properties, name) != nil
}

// Number returns a numeric property.
func (n *Node) Number(name string) Float {
	if v := lookup(n.Properties, name); v != nil {
		return v.Number
	}
	return Float{}
}

// Text returns a text property; empty if there is none.
func (n *Node) Text(name string) Text {
	if v := lookup(n.Properties, name); v != nil {
		return v.Text
	}
	return Text{}
}

// List returns the elements of a property that is a list of texts.
func (n *Node) List(name string) []Text {
	v, _ := find(n.Properties, name)
	out := make([]Text, 0, len(v.List()))
	for _, e := range v.List() {
		out = append(out, e.Text)
	}
	return out
}

// Number returns a numeric property of the worker.
func (w Worker) Number(name string) Float {
	v, _ := find(w.Properties, name)
	return v.Number
}

// Text returns a text property of the worker.
func (w Worker) Text(name string) Text {
	v, _ := find(w.Properties, name)
	return v.Text
}

func find(list []Property, name string) (Value, bool) {
	if v := lookup(list, name); v != nil {
		return *v, true
	}
	return Value{}, false
}

// lookup returns the value of a property where it is, because it is large; nil if there is
// none.
func lookup(list []Property, name string) *Value {
	for i := range list {
		if list[i].Name == name {
			return &list[i].Value
		}
	}
	return nil
}

func number(f float64) Value { return Value{Number: opt.Of(f)} }

// plain returns a value that contains no user data.
func plain(s string) Value { return Value{Text: redact.Plain(s)} }

// condition returns a value from the user's SQL, which prints redacted.
func condition(s string) Value { return Value{Text: redact.SQL(s)} }

// set appends a property.
func (n *Node) set(name string, v Value) {
	n.Properties = append(n.Properties, Property{Name: name, Value: v})
}
