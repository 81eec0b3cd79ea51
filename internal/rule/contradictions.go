package rule

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// withdrawContradictions withdraws the changes of a schema that do not go together with those of
// another finding: they work on an index or a constraint that it drops, or make something else
// of one column. What drops rules, then the more severe finding.
func (c *Case) withdrawContradictions(all []Found) {
	if c.Migration == nil {
		return
	}
	var list []*change
	dropped, made := map[string]*change{}, map[string]*change{}
	for i := range all {
		for _, remedy := range all[i].Remedies {
			if remedy.DDL == "" {
				continue
			}
			x := c.changeOf(&all[i], remedy.DDL)
			list = append(list, x)
			for _, object := range x.drops {
				dropped[object] = x
			}
			for column := range x.columns {
				if by := made[column]; by == nil || by.of.Severity < x.of.Severity {
					made[column] = x
				}
			}
		}
	}
	for _, x := range list {
		if by := x.against(dropped, made); by != nil {
			x.withdraw(by)
		}
	}
}

// change is a change of a schema that a finding calls for.
type change struct {
	of             *Found
	text           string
	touches, drops []string          // indexes and constraints
	columns        map[string]string // what it makes of a column: its type, or whether it may be null
}

// changeOf plays a change, takes it back, and returns what it does.
func (c *Case) changeOf(of *Found, text string) *change {
	statements, undo := c.Migration.Try(text)
	defer undo()
	x := &change{of: of, text: text, columns: map[string]string{}}
	for _, s := range statements {
		x.add(s.Effect)
	}
	return x
}

func (x *change) add(e *ddl.Effect) {
	drops, again := false, map[string]bool{}
	for _, a := range e.Actions {
		drops = drops || a.Verb == ddl.DropIndex
		again[a.Name] = again[a.Name] || a.Verb == ddl.AddConstraint
	}
	for _, l := range e.Locks {
		if l.Relation.Index != nil && l.Mode.BlocksDDL() {
			x.touches = append(x.touches, l.Relation.Name.String())
			if drops {
				x.drops = append(x.drops, l.Relation.Name.String())
			}
		}
	}
	for _, a := range e.Actions {
		if a.Table == nil {
			continue
		}
		table := a.Table.Name.String()
		if a.Table.Constraint(a.Name) != nil {
			x.touches = append(x.touches, table+" "+a.Name)
			if a.Verb == ddl.DropConstraint && !again[a.Name] {
				x.drops = append(x.drops, table+" "+a.Name)
			}
		}
		switch {
		case a.Verb == ddl.AlterType && a.Column != nil:
			x.columns[table+"."+a.Name+" type"] = a.Column.Type.String()
		case a.Verb == ddl.SetNotNull, a.Verb == ddl.DropNotNull:
			x.columns[table+"."+a.Name+" null"] = string(a.Verb)
		}
	}
}

// against returns the change of another finding that this one does not go together with; nil
// if there is none.
func (x *change) against(dropped, made map[string]*change) *change {
	for _, object := range x.touches {
		if by := dropped[object]; by != nil && by.of != x.of && !slices.Contains(x.drops, object) {
			return by
		}
	}
	for column, to := range x.columns {
		if by := made[column]; by.of != x.of && by.columns[column] != to {
			return by
		}
	}
	return nil
}

// withdraw takes the change out of its finding, which then says why.
func (x *change) withdraw(by *change) {
	x.of.Remedies = slices.DeleteFunc(x.of.Remedies, func(r Remedy) bool { return r.DDL == x.text })
	x.of.More = redact.Append(x.of.More, "This change does not go together with that of %s.", by.of.Rule)
	x.of.Fix = redact.Sprintf("Decide on %s first.", by.of.Rule)
}
