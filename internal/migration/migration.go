// Package migration reads the files of a migration as the tool that ships them does:
// in its order, the part that it applies, in the transactions that it makes. It
// plays their statements on a catalog.
//
// Every statement of the applied parts is in Set.Files, in the order in which it
// runs, also those that could not be read. Nothing here judges.
package migration

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// Set is all files of one run.
type Set struct {
	Files []*File
	// Tables holds the sizes and write rates of exports; nil if there are none.
	Tables *workload.Snapshot
	Server pgversion.Version
	// Pending says that the files are those that run together, not all that ever ran.
	Pending bool
	// Schema is where the tables before the migration are known from.
	Schema Schema
	// Before is the database before the first file, and After behind the last one.
	Before, After catalog.Mark
	Catalog       *catalog.Catalog
	// Described are the tables of MySQL and SQLite behind the last file, if the whole
	// schema is asked for: for each engine a file that would create them.
	Described []*File
	// NotJudged says for each engine besides PostgreSQL what its rules leave out.
	NotJudged []string
	// Unread are the statements of schema dumps that could not be read.
	Unread []Unread
	// Models are files of an ORM, which have no SQL: each kind once.
	Models []Model
	// Skipped are sources that are no migration, or were applied before.
	Skipped []Skipped
	// HotTables are those that the user calls hot.
	HotTables []string
	// Deploy is when the migration runs, relative to the code: "before", "with",
	// "after", or "" if nobody said.
	Deploy string
}

// Unread is a statement of a dump that could not be read.
type Unread struct {
	Input, Line int
	Err         error
}

// Schema is the source of the schema before the migration.
type Schema string

const (
	NoSchema Schema = ""       // nothing tells it: statements speak for themselves
	Dumped   Schema = "schema" // a dump
	Played   Schema = "played" // older migrations
)

// Model is a kind of file that a tool makes SQL of.
type Model struct {
	Path    string // the first one
	Kind    string // "Prisma schema"
	Command string // that prints the SQL of a migration
	Whole   string // that prints the DDL of all tables
}

// Skipped is a source whose statements are not reviewed.
type Skipped struct {
	Input int
	Why   string
}

// File is one migration: usually one file; of Liquibase a changeset.
type File struct {
	Input    int    // position among the inputs
	Path     string // as the user gave it
	Tool     *Tool
	Basis    string // what tells the tool: "-- +goose Up"
	Version  string // that orders it
	Engine   string // "postgresql", "mysql", "sqlite"
	EngineBy string // "flag", "schema dump", "tool", "syntax", "folder", "repository", "default"
	// EngineVersion is that of MySQL or SQLite whose rules are applied; the current one
	// if nothing tells it, and then VersionAssumed is set.
	EngineVersion  dialect.Version
	VersionAssumed bool
	Edited         bool   // it was there before --since, with other statements
	Late           string // the highest version that was there before, if the version of this new file is below it
	Statements     []*Statement
	Down           []*Statement // of the part or file that takes it back
	DownInput      int          // the input of that part or file
	HasDown        bool         // there is such a part
	// Left is what differs from the schema before after it was applied and taken
	// back, as phrases: "index orders_idx is missing".
	Left   []string
	Notes  []string // what was skipped or assumed in reading it, as sentences
	Before catalog.Mark

	home   string // the history that it belongs to
	syntax string // the engine that its syntax shows; empty if nothing does
	parts  []reading
}

// Statement is one statement of a file.
type Statement struct {
	File          *File
	Number        int // in the whole run, from 1; what it creates has it as Since
	Line, EndLine int
	Text          string
	Tree          sql.Node // zero if the parser refused it
	parsed        ddl.Statement
	Err           error           // why it could not be read
	Effect        *ddl.Effect     // never nil; empty if it could not be read
	Dialect       *dialect.Effect // of MySQL and SQLite: what it does; nil for PostgreSQL, and if it could not be read
	Tx            *Transaction
	In            Settings
	Body          []*Statement      // of DO, and of a procedure that CALL runs: the statements in it
	Loop          *Loop             // the loop that it is in: of a body, or psql's \watch; nil if none
	Ignored       map[string]string // rules that a comment before it switches off, with the reason

	certain    bool               // of a body: it runs whenever the body does, and nothing catches its failure
	spoken     *dialect.Statement // of MySQL and SQLite
	first      int                // what the statements from this number on created is new
	start, end int                // in the source
	string     int                // the string that the tool sends it in; 0: it is sent by itself
}

// New reports whether a relation was created by the same file, or by the same
// transaction.
func (s *Statement) New(r *catalog.Relation) bool { return r != nil && r.Since >= max(s.first, 1) }

// Transaction is what runs together and is undone together.
type Transaction struct {
	Kind       TxKind
	Statements []*Statement
	Why        string     // of one that the file does not open: "dbmate sends this part as one string"
	WayOut     string     // how the tool runs a statement outside of one: "write -- +goose NO TRANSACTION on the first line"
	Open       bool       // it is never ended
	Nested     *Statement // a BEGIN inside it, which does nothing
	EndedBy    *Statement // the COMMIT or ROLLBACK of the file; nil if the tool ends it
	Files      int        // how many files it spans
}

// TxKind is who makes a transaction.
type TxKind string

const (
	Explicit TxKind = "explicit" // BEGIN in the file
	ByTool   TxKind = "tool"     // the tool opens one
	Implicit TxKind = "implicit" // several statements sent as one string
	Block    TxKind = "do"       // DO, or a function's body
)

// Settings are the session's settings in force at a statement. An absent value is
// not set by the files.
type Settings struct {
	LockTimeout      opt.Float // ms; 0: none
	StatementTimeout opt.Float
	IdleTimeout      opt.Float // idle_in_transaction_session_timeout
	TxTimeout        opt.Float // transaction_timeout
	LockBy           string    // what set it: "SET LOCAL", "--lock-timeout", "ALTER ROLE migrator"
	Local            bool      // the lock_timeout ends with the transaction
	TimeZone         string
	Path             []string // search_path
	Replica          bool     // session_replication_role = replica
}

// Loop is a loop around a statement of a body.
type Loop struct {
	Commits  bool // COMMIT in it
	Sleeps   bool // pg_sleep
	Lag      bool // it looks at the replication lag
	Progress bool // RAISE, or a table of progress
}

// ChangesSchema reports whether a file of the set has a statement that changes the
// schema: seeds do not.
func (s *Set) ChangesSchema() bool {
	return slices.ContainsFunc(s.Files, func(f *File) bool {
		return slices.ContainsFunc(f.Statements, func(s *Statement) bool {
			if s.Dialect != nil {
				return s.Dialect.IsDDL()
			}
			return s.Tree.Kind != "" && !onRows[s.Tree.Kind]
		})
	})
}

// onRows are the kinds of statements that leave the schema as it is.
var onRows = map[string]bool{
	"InsertStmt": true, "UpdateStmt": true, "DeleteStmt": true, "SelectStmt": true, "CopyStmt": true, "TruncateStmt": true, "TransactionStmt": true, "VariableSetStmt": true,
}
