package rollout

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/migration"
)

// An index or a constraint that a file drops and creates again, otherwise defined,
// is replaced: the new one is there before the old one goes. Otherwise no index
// serves the queries for as long as the build takes, and nothing keeps bad rows out.

// object is a thing that a file drops or creates.
type object struct {
	table catalog.OID
	verb  ddl.Verb
	is    string // what makes two of these one: the first key of an index; the name, or type and columns, of a constraint
}

// placed is an action on an object, with its statement.
type placed struct {
	number int
	action *ddl.Action
}

// objectsOf returns what an action drops or creates, under each of the names by
// which its counterpart can be found.
func (p *Plan) objectsOf(a *ddl.Action) []object {
	if a.Table == nil {
		return nil
	}
	switch a.Verb {
	case ddl.AddColumn, ddl.DropColumn:
		return []object{{a.Table.OID, a.Verb, a.Name}}
	case ddl.AddConstraint, ddl.DropConstraint:
		k := a.Constraint
		if k == nil {
			return nil
		}
		list := []object{{a.Table.OID, a.Verb, "name " + k.Name}}
		if k.Type != catalog.Check {
			list = append(list, object{a.Table.OID, a.Verb, string(rune(k.Type)) + " " + strings.Join(k.Columns, ",")})
		}
		return list
	case ddl.CreateIndex, ddl.DropIndex:
		ix, table := a.Index, a.Table
		if ix == nil || ix.Index == nil || len(ix.Index.Keys) == 0 || ix.Index.Constraint != "" {
			return nil
		}
		if table.Kind == catalog.IndexKind {
			if table = p.last(ix.On); table == nil {
				return nil
			}
		}
		first := ix.Index.Keys[0]
		key := first.Column
		if key == "" {
			key = "(" + first.Expr.Text + ")"
		}
		return []object{{table.OID, a.Verb, ix.Index.Method + " " + key}}
	}
	return nil
}

// counterpart are the verbs that undo each other.
var counterpart = map[ddl.Verb]ddl.Verb{
	ddl.AddColumn: ddl.DropColumn, ddl.DropColumn: ddl.AddColumn,
	ddl.AddConstraint: ddl.DropConstraint, ddl.DropConstraint: ddl.AddConstraint,
	ddl.CreateIndex: ddl.DropIndex, ddl.DropIndex: ddl.CreateIndex,
}

// again returns the action of the same file that creates again what this one drops,
// or dropped what this one creates; nil if there is none.
func (p *Plan) again(s *migration.Statement, a *ddl.Action) *ddl.Action {
	if s.File == nil {
		return nil
	}
	known, ok := p.objects[s.File]
	if !ok {
		known = map[object][]placed{}
		for _, other := range s.File.Statements {
			for i := range other.Effect.Actions {
				x := &other.Effect.Actions[i]
				if other.Effect.Refused != "" || x.Nothing {
					continue
				}
				for _, o := range p.objectsOf(x) {
					known[o] = append(known[o], placed{other.Number, x})
				}
			}
		}
		if p.objects == nil {
			p.objects = map[*migration.File]map[object][]placed{}
		}
		p.objects[s.File] = known
	}
	drops := a.Verb == ddl.DropColumn || a.Verb == ddl.DropConstraint || a.Verb == ddl.DropIndex
	for _, o := range p.objectsOf(a) {
		o.verb = counterpart[a.Verb]
		for _, other := range known[o] {
			if drops && other.number >= s.Number || !drops && other.number <= s.Number {
				return other.action
			}
		}
	}
	return nil
}

const whyReplaced = "The new one is there before the old one goes."

// replaceConstraint puts a new constraint in the place of an old one of the same
// table.
func (w *writer) replaceConstraint(old, k catalog.Constraint, definition string) bool {
	t := w.a.Table
	name := k.Name
	if name == old.Name {
		name = cut(k.Name + "_new")
	}
	rename := w.alter(t, "RENAME CONSTRAINT "+q(name)+" TO "+q(k.Name))
	drop := w.alter(t, "DROP CONSTRAINT "+q(old.Name))
	d := stepDeploy(w.s, &ddl.Action{Verb: ddl.AddConstraint, Table: t})
	switch k.Type {
	case catalog.Check, catalog.ForeignKey:
		if definition == "" || t.Kind == catalog.Partitioned && k.Type == catalog.ForeignKey {
			return false
		}
		w.enforce(d, t, name, read(definition).without("not", "valid").text)
		if name == k.Name {
			w.strong(d, whyReplaced, drop)
		} else {
			w.strong(d, whyReplaced, drop, rename)
		}
	case catalog.Unique, catalog.PrimaryKey:
		if t.Kind == catalog.Partitioned || len(t.Referrers) > 0 {
			return false
		}
		word := "UNIQUE"
		if k.Type == catalog.PrimaryKey {
			word = "PRIMARY KEY"
			for _, column := range k.Columns {
				if c := t.Column(column); c != nil && !c.NotNull {
					w.notNull(d, t, column, true)
				}
			}
		}
		keys, later := keyDefinition(definition, k)
		w.keyIndex(d, t, name, keys)
		w.strong(d, "Instant: the index is there already. "+whyReplaced, drop, w.alter(t, "ADD CONSTRAINT "+q(k.Name)+" "+word+" USING INDEX "+q(name)+later))
	default:
		return false
	}
	return true
}

// replaceIndex builds the new index, then drops the old one.
func (w *writer) replaceIndex(old, is *catalog.Relation, statement string) bool {
	t := w.last(is.On)
	if t == nil || t.Kind == catalog.Partitioned || !exists(w.s, t) {
		return false
	}
	text := read(statement).without("if", "not", "exists").without("concurrently")
	at := text.find(0, "index")
	name := is.Name.Name
	if name == old.Name.Name {
		name = cut(name + "_new")
	}
	if text.is(at+1, "on") {
		text = text.after(at, "CONCURRENTLY "+q(name))
	} else {
		on := text.find(at, "on")
		text = read(text.span(0, at+1) + " CONCURRENTLY " + q(name) + " " + text.span(on, len(text.tokens)))
	}
	d := stepDeploy(w.s, &ddl.Action{Verb: ddl.CreateIndex, Table: t, Index: is})
	w.build(d, t, name, text.text)
	w.concurrent(d, whyReplaced, "DROP INDEX CONCURRENTLY "+w.on(old))
	if name != is.Name.Name {
		w.plain(d, "SHARE UPDATE EXCLUSIVE on the index alone.", "ALTER INDEX "+w.beside(t, name)+" RENAME TO "+q(is.Name.Name))
	}
	return true
}
