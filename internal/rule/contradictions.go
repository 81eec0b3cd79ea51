package rule

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// withdrawContradictions withdraws the changes of a schema that do not go together with those of
// another finding: it drops what they rename or change, or changes the same column into something
// else. What is dropped rules, then the more severe finding. A new name
// comes last: the other changes name the old one.
func (c *Case) withdrawContradictions(all []Found) {
	if c.Migration == nil {
		return
	}
	var list []*change
	for i := range all {
		for _, remedy := range all[i].Remedies {
			if remedy.DDL == "" || slices.ContainsFunc(list, func(o *change) bool { return o.text == remedy.DDL }) {
				continue
			}
			if len(list) == maxCompared {
				return
			}
			list = append(list, c.try(&all[i], remedy.DDL))
		}
	}
	slices.SortStableFunc(list, func(a, b *change) int {
		return cmp.Or(-compareBool(a.drops, b.drops), compareBool(a.renames, b.renames), cmp.Compare(b.of.Severity, a.of.Severity))
	})
	var kept []*change
	var undo []func()
	for _, x := range list {
		if x.refused {
			continue // for a reason of its own
		}
		statements, back := c.Migration.Try(x.text)
		refused := slices.ContainsFunc(statements, isRefused)
		i := slices.IndexFunc(kept, func(o *change) bool {
			return o.of != x.of && (refused && (o.drops || x.renames) && o.touches(x) || o.opposes(x))
		})
		if i < 0 {
			kept, undo = append(kept, x), append(undo, back)
			continue
		}
		back()
		for k := range all {
			f := &all[k]
			before := len(f.Remedies)
			if f.Remedies = slices.DeleteFunc(f.Remedies, func(r Remedy) bool { return r.DDL == x.text }); len(f.Remedies) < before {
				f.More = redact.Append(f.More, "The change that %s calls for does not go together with this one.", kept[i].of.Rule)
				f.Fix = redact.Sprintf("Decide on %s first, and on this one afterwards.", kept[i].of.Rule)
			}
		}
	}
	for _, back := range slices.Backward(undo) {
		back()
	}
}

// maxCompared is how many changes are compared: each is tried on a schema of its own, with the
// changes before it.
const maxCompared = 1000

// change is a change of a schema that a finding calls for.
type change struct {
	of      *Found
	text    string
	refused bool
	drops   bool
	renames bool
	names   []string          // the tables and indexes that it locks
	columns map[string]string // what it makes of a column: its type, or whether it may be null
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// touches reports whether two changes work on one table or index.
func (x *change) touches(o *change) bool {
	return slices.ContainsFunc(x.names, func(n string) bool { return slices.Contains(o.names, n) })
}

// opposes reports whether two changes make something else of one column.
func (x *change) opposes(o *change) bool {
	for column, to := range x.columns {
		if other, both := o.columns[column]; both && other != to {
			return true
		}
	}
	return false
}

// try plays a change and takes it back.
func (c *Case) try(of *Found, text string) *change {
	statements, undo := c.Migration.Try(text)
	defer undo()
	x := &change{of: of, text: text, refused: slices.ContainsFunc(statements, isRefused), columns: map[string]string{}}
	for _, s := range statements {
		x.add(s)
	}
	return x
}

// isRefused reports whether a change cannot run. A name that is taken is one to choose.
func isRefused(s *migration.Statement) bool {
	return s.Err != nil || s.Effect.Refused != "" && !strings.HasSuffix(s.Effect.Refused, "already exists")
}

func (x *change) add(s *migration.Statement) {
	added := map[string]bool{}
	for _, a := range s.Effect.Actions {
		if a.Verb == ddl.AddConstraint {
			added[a.Name] = true
		}
	}
	for _, a := range s.Effect.Actions {
		name := a.Name
		x.renames = x.renames || a.Verb == ddl.Rename
		switch {
		case a.Table == nil:
			continue
		case a.Verb == ddl.SetStorage && a.Target == "constraint":
			name = a.To
		case a.Verb == ddl.AlterType && a.Column != nil:
			x.columns[a.Table.Name.String()+"."+name+" type"] = a.Column.Type.String()
		case a.Verb == ddl.SetNotNull, a.Verb == ddl.DropNotNull:
			x.columns[a.Table.Name.String()+"."+name+" null"] = string(a.Verb)
		}
		x.drops = x.drops || a.Verb == ddl.DropIndex || a.Verb == ddl.DropConstraint && !added[name]
	}
	for _, l := range s.Effect.Locks {
		if l.Mode >= ddl.ShareUpdateExclusive {
			x.names = append(x.names, l.Relation.Name.String())
		}
	}
}
