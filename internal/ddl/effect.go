// Package ddl says what a statement does to a database: which locks it takes, what
// it rewrites and reads, whether the server accepts it, and what the database is
// afterwards.
//
// Run applies one statement to a catalog and returns its Effect. The facts are the
// server's: tablecmds.c, indexcmds.c and lock.c of PostgreSQL 13 to 18, measured on
// servers of these versions. What only a schema can tell is assumed at its worst and
// said in Effect.Assumed.
package ddl

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// Mode is a mode of a table lock. The zero Mode is none.
type Mode int

const (
	AccessShare Mode = iota + 1
	RowShare
	RowExclusive
	ShareUpdateExclusive
	Share
	ShareRowExclusive
	Exclusive
	AccessExclusive
)

var modes = [...]string{"", "ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"}

// String returns the mode as the manual spells it.
func (m Mode) String() string { return modes[m] }

// BlocksReads reports whether a plain SELECT waits for the lock.
func (m Mode) BlocksReads() bool { return m == AccessExclusive }

// BlocksWrites reports whether INSERT, UPDATE and DELETE wait for it.
func (m Mode) BlocksWrites() bool { return m >= Share }

// BlocksDDL reports whether ALTER TABLE, VACUUM and concurrent builds wait for it.
func (m Mode) BlocksDDL() bool { return m >= ShareUpdateExclusive }

// Class says what the duration of a statement grows with.
type Class string

const (
	Instant   Class = "instant"                // the catalog alone
	Waits     Class = "waits-for-transactions" // no strong lock, but older transactions have to end
	RowWrites Class = "row-writes"             // as many rows as it writes
	Scan      Class = "scan"                   // reads a table
	Build     Class = "index-build"            // reads and sorts
	Rewrite   Class = "rewrite"                // copies a table and builds its indexes
	Unknown   Class = "unknown"
)

// Lock is the strongest lock that a statement takes on a relation.
type Lock struct {
	Relation *catalog.Relation // as it was when the statement began; after a rename in the same migration under its new name
	Mode     Mode
	New      bool // created by the same migration: nobody waits for it
	Late     bool // taken once no session uses the relation any more: nobody waits for it
	FromName bool // the relation is known from the statement alone
}

// Effect is what one statement does.
type Effect struct {
	Kind     string // "alter-table/add-constraint-foreign-key"
	Refused  string // why the server refuses it; empty if it does not
	Missing  string // the object that it names and the schema does not hold, or holds already; part of why it is refused
	Locks    []Lock // the strongest first
	Rewrites []*catalog.Relation
	Reads    []*catalog.Relation // read in full
	Rebuilds []*catalog.Relation // indexes that are built again
	NoBlock  bool                // the server refuses it inside a transaction block
	Class    Class
	Actions  []Action // what it does, one for each command of ALTER TABLE
	Assumed  []string // what a schema would settle, as sentences
	Volatile string   // what makes the value of a new column, or one that UPDATE sets, another one for each row; empty if nothing does
}

// Lock returns the mode on a relation; 0 for none.
func (e *Effect) Lock(oid catalog.OID) Mode {
	for _, l := range e.Locks {
		if l.Relation.OID == oid {
			return l.Mode
		}
	}
	return 0
}

// Strongest returns the strongest lock that a session can wait for: on what was there before
// the migration and is still used. It is nil if there is none.
func (e *Effect) Strongest() *Lock {
	for i := range e.Locks {
		if l := e.Locks[i]; !l.New && !l.Late {
			return &e.Locks[i]
		}
	}
	return nil
}

// late notes that the lock on a relation is taken once no session uses it any more.
func (e *Effect) late(oid catalog.OID) {
	for i := range e.Locks {
		if l := &e.Locks[i]; l.Relation.OID == oid {
			l.Late = true
		}
	}
}

// Scans reports whether it reads a relation in full.
func (e *Effect) Scans(oid catalog.OID) bool { return holds(e.Reads, oid) }

// RewritesIt reports whether it rewrites a relation.
func (e *Effect) RewritesIt(oid catalog.OID) bool { return holds(e.Rewrites, oid) }

func holds(list []*catalog.Relation, oid catalog.OID) bool {
	return slices.ContainsFunc(list, func(r *catalog.Relation) bool { return r.OID == oid })
}

// Verb is the kind of an Action.
type Verb string

const (
	CreateTable      Verb = "create-table"
	DropTable        Verb = "drop-table" // also views, sequences, indexes: Target says which
	AddColumn        Verb = "add-column"
	DropColumn       Verb = "drop-column"
	AlterType        Verb = "alter-type" // of a column
	SetDefault       Verb = "set-default"
	DropDefault      Verb = "drop-default"
	SetNotNull       Verb = "set-not-null"
	DropNotNull      Verb = "drop-not-null"
	AddConstraint    Verb = "add-constraint"
	ValidateConstr   Verb = "validate-constraint"
	DropConstraint   Verb = "drop-constraint"
	CreateIndex      Verb = "create-index"
	DropIndex        Verb = "drop-index"
	Reindex          Verb = "reindex"
	Rename           Verb = "rename"
	SetSchema        Verb = "set-schema"
	Attach           Verb = "attach-partition"
	Detach           Verb = "detach-partition"
	Truncate         Verb = "truncate"
	SetStorage       Verb = "set" // storage parameters, tablespace, logged, access method, owner, replica identity: Name says which
	CreateTrigger    Verb = "create-trigger"
	DropTrigger      Verb = "drop-trigger"
	ToggleTrigger    Verb = "toggle-trigger"
	CreateRule       Verb = "create-rule"
	RowSecurity      Verb = "row-security"
	CreatePolicy     Verb = "create-policy"
	DropPolicy       Verb = "drop-policy"
	CreateView       Verb = "create-view"
	RefreshView      Verb = "refresh"
	CreateType       Verb = "create-type"
	AlterEnum        Verb = "alter-enum" // ADD VALUE, or RENAME VALUE with a NewName
	AlterDomain      Verb = "alter-domain"
	DropObject       Verb = "drop" // type, function, schema, extension, publication, ...
	CreateObject     Verb = "create"
	AlterObject      Verb = "alter"
	AlterSequence    Verb = "alter-sequence"
	CreateFunction   Verb = "create-function"
	Vacuum           Verb = "vacuum"
	Analyze          Verb = "analyze"
	Cluster          Verb = "cluster"
	LockTable        Verb = "lock"
	Comment          Verb = "comment"
	Grant            Verb = "grant"
	Set              Verb = "set-variable" // SET, RESET: Name and NewName
	Transaction      Verb = "transaction"  // BEGIN, COMMIT, ROLLBACK, SAVEPOINT
	Do               Verb = "do"
	Write            Verb = "write" // INSERT, UPDATE, DELETE, MERGE, COPY FROM, CREATE TABLE AS, SELECT setval()
	Select           Verb = "select"
	OtherVerb        Verb = "other"
	CreateRelationAs Verb = "create-table-as"
)

// Action is one thing that a statement does. Which fields are set depends on the
// Verb; relations are as they were before the statement.
type Action struct {
	Verb   Verb
	Target string            // of rename, drop, create, alter, comment: the kind of object: "table", "column", "index", "type", ...
	Table  *catalog.Relation // the table, view or index that the statement names
	Other  *catalog.Relation // the other table of a foreign key, the partition, the index of USING INDEX
	Name   string            // of the object, or the word that says what is set
	To     string            // the new name or value

	Column     *catalog.Column     // as it is afterwards; of a dropped column as it was
	Was        *catalog.Column     // as it was
	Constraint *catalog.Constraint // as it is afterwards; of a dropped one as it was
	Index      *catalog.Relation   // the index that is created or dropped
	Type       *catalog.Type       // the type, as it was

	Concurrent, Cascade, Exists, Only bool       // Exists: IF EXISTS, IF NOT EXISTS, OR REPLACE
	Nothing                           bool       // it does nothing: IF [NOT] EXISTS found that it is done
	Rewrites, Reads                   bool       // this one rewrites or reads the table
	Why                               string     // of Rewrites or Reads: what makes it so, as a phrase: "the default is volatile"
	Zone                              string     // of AlterType: the time zone that USING reads or writes the values in, or else the session's
	FreeInUTC                         bool       // of AlterType: without USING, and with TimeZone = 'UTC', no row would be written; the same values if they are in UTC
	Takes                             []Object   // what a drop removes besides, or what refuses it
	Query                             *sql.Query // of Write and Select
	Node                              sql.Node   // the tree of the command
}

// Object is an object that a drop takes along or is stopped by.
type Object struct {
	Kind       string // "index", "constraint", "view", "foreign key", "trigger", "policy", "function", ...
	Name       string
	Table      string
	Definition string
	Unique     bool // an index or constraint that keeps duplicates out
	Stops      bool // it stops the drop, unless CASCADE
}
