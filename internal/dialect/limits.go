package dialect

import "strings"

// limits sets why SQLite refuses a statement, and what names the table that it drops
// or renames. The limits are those of alter.c.
func (s *Schema) limits(e *Effect) {
	switch e.Kind {
	case DropTable:
		e.reached(s, e.Table)
	case DropView:
		for _, o := range s.Objects() {
			if o.Kind == "view" && same(o.Name, e.Name) {
				e.Objects = []*Object{o}
			}
		}
	case AlterTable:
		v := s.Version.Or(SQLite)
		for _, c := range e.Changes {
			switch c.Verb {
			case OtherChange:
				e.Refused = "SQLite has no ALTER TABLE ... " + c.Name
				if c.Name == "with several commands" {
					e.Refused = "an ALTER TABLE of SQLite has one command"
				}
			case RenameColumn:
				if v.Before(3, 25) {
					e.Refused = "RENAME COLUMN exists from SQLite 3.25 on"
				}
			case SetNotNull, DropNotNull, DropKey:
				if v.Before(3, 53) {
					e.Refused = "SQLite before 3.53 has no ALTER TABLE for constraints of a column or table"
				}
			case AddKey:
				if v.Before(3, 53) {
					e.Refused = "SQLite before 3.53 has no ALTER TABLE ... ADD CHECK"
				}
			case AddColumn:
				e.limited(addColumnLimit(c, e.Off, e.NewHere))
			case DropColumn:
				e.limited(s.dropColumnLimit(e.Was, c.Name))
				if v.Before(3, 35) {
					e.Refused, e.Limit = "DROP COLUMN exists from SQLite 3.35 on", ""
				}
			case RenameTable:
				e.reached(s, e.Table)
			}
		}
	}
}

func (e *Effect) reached(s *Schema, table string) {
	e.Referring = s.Referring(table)
	for _, o := range s.Objects() {
		if o.Uses(table) {
			e.Objects = append(e.Objects, o)
		}
	}
}

func (e *Effect) limited(why string) { e.Refused, e.Limit = why, why }

// addColumnLimit says why SQLite refuses ADD COLUMN, as a phrase; empty if it does
// not. Most limits are for tables with rows.
func addColumnLimit(c *Change, foreignKeysOff, empty bool) string {
	col := c.Column
	switch {
	case col.Primary:
		return "a column that is added cannot be PRIMARY KEY"
	case col.Unique:
		return "a column that is added cannot be UNIQUE"
	case empty:
		return ""
	case col.Generated == "STORED":
		return "a column that is added cannot be GENERATED ... STORED"
	case col.Generated != "":
		return ""
	case col.NotNull && col.NullDefault:
		return "a NOT NULL column needs a default that is not NULL"
	case col.Computed && !col.NullDefault:
		return "the default " + col.Default + " is not a constant"
	case col.References != "" && !col.NullDefault && !foreignKeysOff:
		return "a column with REFERENCES cannot have a default other than NULL while foreign_keys is on"
	}
	return ""
}

// dropColumnLimit says why SQLite refuses to drop a column, as a phrase; empty if
// nothing that is known of the schema stops it.
func (s *Schema) dropColumnLimit(was *Table, name string) string {
	col := was.Column(name)
	if col == nil {
		return ""
	}
	if len(was.Columns) == 1 && !was.Partial {
		return "it is the only column of the table"
	}
	for _, k := range was.Keys {
		if !k.Uses(name) {
			continue
		}
		switch {
		case k.Kind == Primary:
			return "it is in the PRIMARY KEY"
		case k.Kind == Unique && !k.Own:
			return "it is in a UNIQUE constraint"
		case k.IsIndex():
			return "index " + k.Name + " is on it"
		case k.Kind == Check:
			return "a CHECK of the table mentions it"
		case k.Kind == Foreign && col.References == "":
			return "it is in a FOREIGN KEY of the table"
		}
	}
	for _, o := range was.Columns {
		if o != col && o.Generated != "" && mentions(o.Default, name) {
			return "the generated column " + o.Name + " is computed from it"
		}
	}
	for _, o := range s.Objects() {
		if o.Uses(was.Name) && mentions(o.Text, name) && !onlyWrites(o, name) {
			return o.Kind + " " + o.Name + " names it"
		}
	}
	return ""
}

// onlyWrites reports whether a trigger names a column in UPDATE OF or SET alone,
// which SQLite does not look at.
func onlyWrites(o *Object, column string) bool {
	if o.Kind != "trigger" {
		return false
	}
	text := strings.ToLower(o.Text)
	return !mentions(text, "new."+strings.ToLower(column)) && !mentions(text, "old."+strings.ToLower(column)) && !strings.Contains(text, "select") && !strings.Contains(text, "where")
}
