package catalog

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// Kind is the kind of a relation, as pg_class.relkind has it.
type Kind byte

const (
	Table       Kind = 'r'
	Partitioned Kind = 'p'
	View        Kind = 'v'
	MatView     Kind = 'm'
	Foreign     Kind = 'f'
	Sequence    Kind = 'S'
	IndexKind   Kind = 'i' // of a partitioned table too
)

// String returns the words of a report.
func (k Kind) String() string {
	switch k {
	case Partitioned:
		return "partitioned table"
	case View:
		return "view"
	case MatView:
		return "materialized view"
	case Foreign:
		return "foreign table"
	case Sequence:
		return "sequence"
	case IndexKind:
		return "index"
	}
	return "table"
}

// Relation is a table, view, sequence or index.
type Relation struct {
	OID     OID
	Name    Name
	Kind    Kind
	Since   int   // the statement that created it; 0: it was there before the migration
	At      Place // of that statement
	Assumed bool  // only a statement tells of it, or it is made of a query or of such a relation: its columns are not known

	Temporary, Unlogged bool
	Options             map[string]string // storage parameters

	Columns     []Column
	Constraints []Constraint
	Triggers    []Trigger
	Policies    []Policy
	Rules       []string
	Grants      []Grant
	RowSecurity bool   // ENABLE ROW LEVEL SECURITY
	ForcedRows  bool   // FORCE ROW LEVEL SECURITY
	Identity    string // REPLICA IDENTITY: "" for the default, FULL, NOTHING, or an index

	Strategy string   // of a partitioned table: RANGE, LIST, HASH
	Keys     []string // its partition key; an expression is empty
	Bound    Bound    // of a partition
	Of       Name     // of a typed table: its composite type
	Parents  []OID    // tables that it inherits from, or is a partition of
	Children []OID

	Indexes   []OID  // of a table or materialized view
	Referrers []OID  // tables with a foreign key to it
	Readers   []OID  // views that read it
	Reads     []Read // of a view: what it reads

	On    OID    // of an index: its table
	Index *Index // of an index

	OwnedBy Read   // of a sequence: the table and the column
	SeqType string // of a sequence: "bigint", "integer", "smallint"
	Most    int64  // of a sequence: its MAXVALUE; 0: that of the type
	Reached int64  // of a sequence: the value that a statement set; 0: none did
	Cycle   bool   // of a sequence: it restarts after the last value

	Comment    string
	Definition string // the statement that created it, as written
}

// IsTable reports whether it can have rows that statements write: a table, a
// partitioned table or a foreign table.
func (r *Relation) IsTable() bool {
	return r.Kind == Table || r.Kind == Partitioned || r.Kind == Foreign
}

// IsPartition reports whether it is a partition.
func (r *Relation) IsPartition() bool { return r.Bound.Text != "" || r.Bound.Default }

// Column returns a column of a name; nil if there is none.
func (r *Relation) Column(name string) *Column {
	for i := range r.Columns {
		if r.Columns[i].Name == name {
			return &r.Columns[i]
		}
	}
	return nil
}

// Constraint returns a constraint of a name; nil if there is none.
func (r *Relation) Constraint(name string) *Constraint {
	for i := range r.Constraints {
		if r.Constraints[i].Name == name {
			return &r.Constraints[i]
		}
	}
	return nil
}

// PrimaryKey returns the primary key; nil if there is none.
func (r *Relation) PrimaryKey() *Constraint {
	for i := range r.Constraints {
		if r.Constraints[i].Type == PrimaryKey {
			return &r.Constraints[i]
		}
	}
	return nil
}

// clone returns a copy of which every list is its own.
func (r *Relation) clone() *Relation {
	c := *r
	c.Columns, c.Constraints, c.Triggers, c.Policies, c.Rules, c.Grants = slices.Clone(r.Columns), slices.Clone(r.Constraints), slices.Clone(r.Triggers), slices.Clone(r.Policies), slices.Clone(r.Rules), slices.Clone(r.Grants)
	c.Parents, c.Children, c.Indexes, c.Referrers, c.Readers, c.Reads = slices.Clone(r.Parents), slices.Clone(r.Children), slices.Clone(r.Indexes), slices.Clone(r.Referrers), slices.Clone(r.Readers), slices.Clone(r.Reads)
	if r.Index != nil {
		ix := *r.Index
		c.Index = &ix
	}
	if r.Options != nil {
		c.Options = map[string]string{}
		for k, v := range r.Options {
			c.Options[k] = v
		}
	}
	return &c
}

// Bound is a partition's bound.
type Bound struct {
	Default bool
	Text    string   // FOR VALUES ...
	Node    sql.Node // PartitionBoundSpec
}

// Read is what a view or a sequence depends on. No column: the whole relation.
type Read struct {
	OID     OID
	Columns []string
}

// Column is a column of a relation.
type Column struct {
	Name      string
	Type      TypeRef
	NotNull   bool
	Default   Expr
	Identity  string // ALWAYS or BY DEFAULT; empty if it is none
	Generated string // STORED or VIRTUAL; empty if it is none. The expression is the Default.
	Collation string
	Sequence  OID // that it owns: of serial or identity
	Inherited bool
	Comment   string
	Since     int // the statement that added it; 0: it was there before the migration
	At        Place
}

// Expr is an expression: a default, a CHECK, an index key.
type Expr struct {
	Text    string
	Node    sql.Node
	Columns []string
}

// There reports whether there is an expression.
func (e Expr) There() bool { return e.Text != "" }

// Mentions reports whether the expression reads a column.
func (e Expr) Mentions(column string) bool { return slices.Contains(e.Columns, column) }

// TypeRef is a type as a column has it.
type TypeRef struct {
	Schema string // empty for types of the server
	Name   string // as format_type prints it: "character varying"; without modifiers
	Mods   []int  // the modifiers: 30 of varchar(30)
	Fields string // of interval: "day to second"; empty if it has all
	Array  bool
	Serial bool // serial, bigserial, smallserial: what the name says is the integer behind it
}

// String returns the type as SQL.
func (t TypeRef) String() string {
	name := t.Name
	if name != strings.ToLower(name) {
		name = lex.QuoteIdent(name)
	}
	if t.Schema != "" && t.Schema != "public" {
		name = lex.QuoteIdent(t.Schema) + "." + lex.QuoteIdent(t.Name)
	}
	if t.Fields != "" {
		name += " " + t.Fields
	}
	if len(t.Mods) > 0 {
		var mods []string
		for _, m := range t.Mods {
			mods = append(mods, strconv.Itoa(m))
		}
		list := "(" + strings.Join(mods, ",") + ")"
		switch {
		case strings.HasSuffix(name, " without time zone"), strings.HasSuffix(name, " with time zone"):
			word, rest, _ := strings.Cut(name, " ")
			name = word + list + " " + rest
		default:
			name += list
		}
	}
	if t.Array {
		name += "[]"
	}
	return name
}

// Constraint types, as pg_constraint.contype has them.
const (
	Check      = 'c'
	ForeignKey = 'f'
	PrimaryKey = 'p'
	Unique     = 'u'
	Exclusion  = 'x'
	NotNull    = 'n' // of PostgreSQL 18
)

// Constraint is a constraint of a table.
type Constraint struct {
	Name        string
	Type        byte
	Columns     []string
	Expr        Expr // of a CHECK; of an exclusion constraint, the columns of its expressions
	Valid       bool
	NotEnforced bool
	NoInherit   bool
	Inherited   bool
	Local       bool // an inherited one that the table defines too
	Deferrable  bool
	Deferred    bool // INITIALLY DEFERRED
	Index       OID  // of a key or an exclusion constraint
	Ref         OID  // of a foreign key: the other table; 0 if it is not known
	RefName     Name
	RefColumns  []string // empty: the primary key
	OnDelete    string   // CASCADE, SET NULL, ...; empty for NO ACTION
	OnUpdate    string
	SetColumns  []string // of ON DELETE SET NULL and SET DEFAULT; empty: all columns
	MatchFull   bool
	NullsEqual  bool // NULLS NOT DISTINCT
	Since       int  // the statement that added it; 0: it was there before the migration
	At          Place
	Definition  string
}

// Mentions reports whether a constraint is about a column.
func (k Constraint) Mentions(column string) bool {
	return slices.Contains(k.Columns, column) || k.Expr.Mentions(column)
}

// Index is what an index is made of.
type Index struct {
	Method     string // btree unless said
	Keys       []Key
	Include    []string
	Where      Expr
	Unique     bool
	Primary    bool
	Constraint string // of the key or exclusion constraint that it belongs to
	Valid      bool
	NullsEqual bool
	Parent     OID // of a partition's index: the index of the partitioned table
}

// Mentions reports whether the index depends on a column: by its key, an
// expression, its predicate or INCLUDE.
func (ix *Index) Mentions(column string) bool {
	return slices.Contains(ix.Include, column) || ix.Where.Mentions(column) ||
		slices.ContainsFunc(ix.Keys, func(k Key) bool { return k.Column == column || k.Expr.Mentions(column) })
}

// Columns returns the columns that lead the index, up to the first expression.
func (ix *Index) Columns() []string {
	var list []string
	for _, k := range ix.Keys {
		if k.Column == "" {
			break
		}
		list = append(list, k.Column)
	}
	return list
}

// LeadsWith reports whether the index is whole, valid and finds rows by columns: it
// begins with them, in any order.
func (ix *Index) LeadsWith(columns []string) bool {
	keys := ix.Columns()
	if !ix.Valid || ix.Method == "brin" || len(columns) == 0 || len(keys) < len(columns) || ix.Where.There() && !leavesOutNulls(ix.Where, columns) {
		return false
	}
	return !slices.ContainsFunc(keys[:len(columns)], func(k string) bool { return !slices.Contains(columns, k) })
}

// leavesOutNulls reports whether a predicate only leaves out NULLs of one of the
// columns, which a foreign key never looks up.
func leavesOutNulls(where Expr, columns []string) bool {
	return len(where.Columns) == 1 && slices.Contains(columns, where.Columns[0]) && strings.HasSuffix(strings.ToLower(strings.Trim(where.Text, "() ")), "is not null")
}

// Key is a key of an index: a column or an expression.
type Key struct {
	Column     string
	Expr       Expr
	Desc       bool
	NullsFirst bool
	Opclass    string
	Collation  string
	Operator   string // of an exclusion constraint
}

// Trigger is a trigger of a table.
type Trigger struct {
	Name       string
	Row        bool
	Timing     string   // BEFORE, AFTER, INSTEAD OF
	Events     []string // INSERT, UPDATE, DELETE, TRUNCATE
	Columns    []string // of UPDATE OF
	When       Expr
	Function   Name
	Disabled   bool
	Since      int // the statement that created it; 0: it was there before the migration
	At         Place
	Definition string
}

// Policy is a row security policy.
type Policy struct {
	Name       string
	Command    string // ALL, SELECT, ...
	Permissive bool
	Roles      []string
	Using      Expr
	Check      Expr
	Since      int // the statement that created it; 0: it was there before the migration
	At         Place
	Definition string
}

// Public is the role of a grant or policy that means every role.
const Public = "public"

// Grant is a privilege that a role has on an object.
type Grant struct {
	Role      string
	Privilege string // SELECT, USAGE, ...; ALL for every one of them
	Since     int    // the statement that granted it; 0: it was there before the migration
	At        Place
}

// Type is a type that was created.
type Type struct {
	Name       Name
	Kind       byte // 'e' enum, 'd' domain, 'c' composite, 'r' range
	Labels     []string
	Columns    []Column     // of a composite type
	Base       TypeRef      // of a domain
	NotNull    bool         // of a domain
	Checks     []Constraint // of a domain
	Default    Expr
	Since      int
	Definition string
}

// Constrained reports whether a domain checks its values.
func (t *Type) Constrained() bool { return t.Kind == 'd' && (t.NotNull || len(t.Checks) > 0) }

// Function is a function or procedure.
type Function struct {
	Name       Name
	Args       string // the types of its arguments: "integer, text"
	Returns    string
	Language   string
	Volatility string // IMMUTABLE, STABLE; empty: volatile
	Procedure  bool
	Definer    bool       // SECURITY DEFINER
	Path       bool       // SET search_path
	Overloads  []Function // those of the same name with other arguments
	Atomic     bool       // BEGIN ATOMIC: its names were looked up when it was created
	Body       string
	Since      int
	At         Place
	Definition string
}
