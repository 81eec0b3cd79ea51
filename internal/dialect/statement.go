package dialect

import (
	"slices"
	"strconv"
	"strings"
)

// Kind is the kind of a statement.
type Kind string

const (
	CreateTable   Kind = "create-table"
	AlterTable    Kind = "alter-table" // of MySQL also CREATE INDEX, DROP INDEX, RENAME TABLE and OPTIMIZE TABLE, which are commands of it
	DropTable     Kind = "drop-table"
	Truncate      Kind = "truncate"
	CreateIndex   Kind = "create-index"
	DropIndex     Kind = "drop-index"
	CreateView    Kind = "create-view"
	DropView      Kind = "drop-view"
	CreateTrigger Kind = "create-trigger"
	DropTrigger   Kind = "drop-trigger"
	Set           Kind = "set" // SET of MySQL, PRAGMA of SQLite
	Begin         Kind = "begin"
	Commit        Kind = "commit"
	Rollback      Kind = "rollback"
	Insert        Kind = "insert"
	Update        Kind = "update"
	Delete        Kind = "delete"
	Select        Kind = "select"
	OtherDDL      Kind = "other-ddl" // which ends a transaction of MySQL, and of which nothing else is known
	Other         Kind = "other"
)

// Statement is what one statement says. Names are as written, without their quotes.
type Statement struct {
	Engine   Engine
	Kind     Kind
	Table    string   // that it works on
	Tables   []string // of DROP TABLE: all; of INSERT, CREATE VIEW and CREATE TRIGGER: those that it names
	Name     string   // of an index, view or trigger
	To       string   // the new name
	Exists   bool     // IF EXISTS, IF NOT EXISTS
	Temp     bool
	Filtered bool      // UPDATE and DELETE with WHERE or LIMIT
	Changes  []*Change // of an ALTER
	New      *Table    // of CREATE TABLE
	Key      *Key      // of CREATE INDEX

	Algorithm, Lock string // the clauses of MySQL in capitals; empty: there are none

	Settings []Setting // of Set

	Columns []string // of INSERT: those that it names; nil: all
	Values  []Value  // of INSERT ... SELECT: what fills them
	Text    string   // of a view or trigger: its text, in which columns are looked for
}

// IsUnknownAlter reports whether the statement is an ALTER TABLE that the engine does
// not have.
func (s *Statement) IsUnknownAlter() bool {
	return s.Engine == SQLite && s.Kind == AlterTable && s.Changes[0].Verb == OtherChange
}

// Setting is what SET or PRAGMA sets.
type Setting struct {
	Name, Value string
	Global      bool // of MySQL: not for this session
}

// Off reports whether the value switches a setting off.
func (s Setting) Off() bool {
	switch strings.ToLower(s.Value) {
	case "0", "off", "false", "no":
		return true
	}
	return false
}

// Value is what fills a column in INSERT ... SELECT.
type Value struct {
	Column string // the column that it is, if nothing but that
	Star   bool   // all columns
	Null   bool   // NULL
}

// Verb is what a command of ALTER TABLE does.
type Verb string

const (
	AddColumn    Verb = "add-column"
	DropColumn   Verb = "drop-column"
	Modify       Verb = "modify-column" // MODIFY and CHANGE: Name is the former name
	RenameColumn Verb = "rename-column"
	SetDefault   Verb = "set-default"
	DropDefault  Verb = "drop-default"
	AddKey       Verb = "add-key"
	DropKey      Verb = "drop-key"
	RenameKey    Verb = "rename-index"
	AlterKey     Verb = "alter-index" // its visibility
	RenameTable  Verb = "rename-table"
	Convert      Verb = "convert-charset"
	Option       Verb = "table-option" // Name and To
	Partition    Verb = "partition"    // Name says what: "add", "drop", ...
	OrderBy      Verb = "order-by"
	Force        Verb = "force"
	SetNotNull   Verb = "set-not-null"
	DropNotNull  Verb = "drop-not-null"
	AlterCheck   Verb = "alter-check" // To: "enforced" or "not enforced"
	OtherChange  Verb = "other"
)

// Change is one command of ALTER TABLE.
type Change struct {
	Verb   Verb
	Name   string // of the column or key as it was
	To     string // the new name or value
	Column *Column
	Moved  bool // FIRST or AFTER
	Key    *Key
}

// Column is a column of a table.
type Column struct {
	Name        string
	Type        Type
	NotNull     bool
	Default     string // as written, or the expression of a generated column; empty: there is none
	NullDefault bool   // DEFAULT NULL, or none
	Computed    bool   // the default is an expression or CURRENT_TIMESTAMP, not a constant
	Auto        bool   // AUTO_INCREMENT, AUTOINCREMENT
	Generated   string // "STORED", "VIRTUAL"
	Primary     bool
	Unique      bool
	Check       bool
	References  string // the table of REFERENCES behind the column
	Charset     string
	Since       int // the statement that added it to the table; 0: it came with the table
}

// HasDefault reports whether rows that do not name the column get another value than
// NULL.
func (c *Column) HasDefault() bool { return !c.NullDefault || c.Auto || c.Generated != "" }

// Type is a type of a column.
type Type struct {
	Name          string // in small letters: "varchar"; empty: SQLite takes any
	Length, Scale int    // -1: not given
	Unsigned      bool
	Width         bool     // an integer with a width for display
	Values        []string // of ENUM and SET
}

// String returns the type as one writes it.
func (t Type) String() string {
	s := t.Name
	switch {
	case len(t.Values) > 0:
		s += "(" + strconv.Itoa(len(t.Values)) + " values)"
	case t.Length >= 0 && t.Scale >= 0:
		s += "(" + strconv.Itoa(t.Length) + "," + strconv.Itoa(t.Scale) + ")"
	case t.Length >= 0:
		s += "(" + strconv.Itoa(t.Length) + ")"
	}
	if t.Unsigned {
		s += " unsigned"
	}
	return s
}

// KeyKind is the kind of a key or constraint.
type KeyKind string

const (
	Primary  KeyKind = "primary key"
	Unique   KeyKind = "unique"
	Plain    KeyKind = "index"
	Fulltext KeyKind = "fulltext"
	Spatial  KeyKind = "spatial"
	Foreign  KeyKind = "foreign key"
	Check    KeyKind = "check"
	AnyKey   KeyKind = "constraint" // of DROP CONSTRAINT, until the schema tells
)

// Key is an index or a constraint.
type Key struct {
	Kind    KeyKind
	Name    string
	Columns []string // empty for an expression, which is in Text
	Text    string   // expressions and predicates, in which columns are looked for
	Table   string   // of a foreign key: the other table
	Refers  []string // its columns
	Cascade bool     // ON DELETE CASCADE, SET NULL or SET DEFAULT
	Own     bool     // made by CREATE INDEX, not by the definition of the table
}

// IsIndex reports whether the key is built as an index.
func (k *Key) IsIndex() bool { return k.Kind != Foreign && k.Kind != Check && k.Kind != AnyKey }

// Uses reports whether a key is on a column or mentions it.
func (k *Key) Uses(column string) bool {
	return slices.ContainsFunc(k.Columns, func(c string) bool { return same(c, column) }) || mentions(k.Text, column)
}

// same reports whether two names are one. MySQL's columns and SQLite's names do not
// depend on case; MySQL's tables may, and then two that differ by case alone are an
// accident anyway.
func same(a, b string) bool { return strings.EqualFold(a, b) }

// mentions reports whether a text has a name as a word.
func mentions(text, name string) bool {
	if name == "" {
		return false
	}
	text, name = strings.ToLower(text), strings.ToLower(name)
	for at := 0; ; {
		i := strings.Index(text[at:], name)
		if i < 0 {
			return false
		}
		i += at
		at = i + len(name)
		if (i == 0 || !isWord(text[i-1])) && (at == len(text) || !isWord(text[at])) {
			return true
		}
	}
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
