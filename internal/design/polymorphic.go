package design

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// Polymorphic is a reference to rows of several tables: one column has the key, another
// one says of which table.
type Polymorphic struct {
	Type, Key *catalog.Column
	Of        string // what both are named with: "commentable"
}

// targetWords name anything, and so no table.
var targetWords = []string{
	"subject", "target", "entity", "object", "resource", "owner", "source", "item", "record", "reference", "ref", "parent", "model", "causer", "actor", "context", "related", "linked", "associated",
	"association", "attached", "content", "document", "origin", "destination", "recipient", "initiator", "principal", "holder", "scope", "element", "node", "thing", "row",
}

// Polymorphics returns the references of the table to several ones: subject_type beside
// subject_id, and the like. A key that is a foreign key, or the name of a table, refers
// to one table. Nor is it such a reference if nothing says so: the type may be a fact
// about what the key names.
func (t *Table) Polymorphics() []Polymorphic {
	var list []Polymorphic
	byName := map[string]*catalog.Column{}
	for i := range t.Columns {
		byName[strings.Join(Words(t.Columns[i].Name), "_")] = &t.Columns[i]
	}
	for i := range t.Columns {
		col := &t.Columns[i]
		words := Words(col.Name)
		n := len(words)
		if n > 2 && words[n-2] == "type" && words[n-1] == "id" { // owner_type_id
			n--
		}
		if n < 2 || !slices.Contains([]string{"type", "kind", "class", "table", "model"}, words[n-1]) {
			continue
		}
		of := words[:n-1]
		for _, end := range []string{"id", "uuid", "key", "pk"} {
			key := byName[strings.Join(append(slices.Clone(of), end), "_")]
			if key == nil && strings.Join(of, "_") == "content" { // Django's generic foreign key
				key = byName["object_"+end]
			}
			if key != nil && key != col && t.isPolymorphic(of, col, key) {
				list = append(list, Polymorphic{col, key, strings.Join(of, "_")})
				break
			}
		}
	}
	return list
}

func (t *Table) isPolymorphic(of []string, typ, key *catalog.Column) bool {
	base := t.Schema.BaseType(key)
	if t.References(key.Name) != nil || t.IsKey(key.Name) || base.Array || !IsText(base) && !IsInteger(base) && base.Name != "uuid" {
		return false
	}
	last := of[len(of)-1]
	if own := Words(key.Name); slices.Equal(own[:len(own)-1], of) && len(t.Schema.byName[nounOf(of)]) > 0 {
		return false
	}
	if b := t.Schema.BaseType(typ); !IsText(b) && !IsInteger(b) && t.created(typ) == nil {
		return false
	}
	if slices.Contains(targetWords, last) || strings.HasSuffix(last, "able") && len(last) > 5 && last != "table" {
		return true
	}
	return !IsText(base) && slices.ContainsFunc(t.Indexes(), func(ix *catalog.Relation) bool { return ix.Index.Mentions(typ.Name) && ix.Index.Mentions(key.Name) })
}
