// Package workload reads the exports of a server's statistics views into a
// Snapshot: what one database looked like at one time.
//
// Views of PostgreSQL 13 to 18 fill one model; a column that the export does
// not hold leaves its figure absent. The package is pure Go and knows nothing
// of SQL parsing: what needs a statement's meaning is joined above it.
package workload

import (
	"time"

	"github.com/pgverdict/pgverdict/internal/diag"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// Float is a figure that the input may not hold.
type Float = opt.Float

// Time is a time that the input may not hold.
type Time = opt.Value[time.Time]

// Version is the version of a server, as far as the input tells it.
type Version = pgversion.Version

// Text is a piece of the user's SQL or data; it prints itself without literals.
type Text = redact.Text

// SyntaxError says where an input could not be read, and what was expected.
type SyntaxError = diag.SyntaxError

// Snapshot is one database at one time. Its parts are joined by name as they
// are read, in whatever order the files come.
type Snapshot struct {
	Database        string
	Server          Version // as SayVersion was told; ServerVersion is what counts
	ExportedAt      Time
	ExportedBy      string // the role that read the views
	ExportedFrom    Time   // the earliest of the times that its views name
	ExportedTo      Time   // the latest of them
	StatsReset      Time   // of the database's counters
	NeverReset      bool   // they were never reset: stats_reset is null
	StatementsReset Time   // of pg_stat_statements
	PostmasterStart Time
	InRecovery      opt.Value[bool]
	DatabaseStats   map[string]Float // the other counters of pg_stat_database, by column

	Statements    []*Statement
	Tables        []*Table
	ExtendedStats []ExtendedStats
	Sessions      []Session
	SessionsAt    Time // when the sessions were looked at
	Locks         []Lock
	Prepared      []Prepared
	Replicas      []Replica
	Sequences     []Sequence
	Settings      map[string]Setting

	// Deallocated counts the statements that pg_stat_statements had to forget.
	Deallocated Float

	views        map[View]bool       // what was read
	cut          map[View]bool       // of these what is not whole
	listed       map[View]*listing   // what they list
	tables       map[tableKey]*Table // also under no schema, where the name alone tells
	indexes      map[tableKey]*Index
	classOfIndex map[tableKey]indexSize
	byKey        map[statementKey]*Statement
	seen         map[uint64]bool         // rows of pg_stat_statements, by what tells them apart
	byPID        map[string]int          // positions among the sessions
	newestStart  Time                    // in the rows of sessions and locks
	byText       map[string][]*Statement // once a snapshot without ids was compared
	earlier      *Snapshot
	databases    []string
}

type tableKey struct{ schema, name string }

// Setting is a row of pg_settings.
type Setting struct {
	Value  string
	Unit   string // "8kB", "ms"; empty if none
	Source string // "default", "configuration file"
}

// Statement is a row of pg_stat_statements, merged over users; all times ms.
type Statement struct {
	QueryID  string
	Database string // its name or number, as the export has it; empty if it does not
	Query    Text   // as the view shows it, $1 for constants
	TopLevel bool

	Calls, Plans                                         Float
	TotalMs, MeanMs, MinMs, MaxMs, StddevMs, PlanTotalMs Float
	Rows                                                 Float
	SharedHit, SharedRead, SharedDirtied, SharedWritten  Float
	TempRead, TempWritten                                Float
	Local                                                Float // blocks of temporary tables that were touched
	ReadMs, WriteMs                                      Float // shared block I/O time
	JITMs                                                Float
	WALRecords, WALFpi, WALBytes                         Float
	StatsSince                                           Time // 17+

	busiest float64         // calls of the row that the extremes were taken from
	unread  map[*Float]bool // sums of which a part could not be read
	row     string          // the counters of a row that nothing else tells from others
	whole   *Statement      // with its counters since their reset, once an earlier snapshot was taken from them
}

// Table is a relation with what the views say of it. Counters are absent, not
// zero, where no view held them.
type Table struct {
	Schema, Name string
	Kind         string // relkind: r, p, m, f; empty if unknown
	Persistence  string // relpersistence: p, u, t
	IsPartition  opt.Value[bool]
	Parent       *Table // of a partition, where known
	Options      map[string]string

	Pages, Tuples, AllVisible Float // relpages, reltuples (absent if never analysed), relallvisible
	SizeBytes, TotalBytes     Float // heap; heap with indexes and TOAST
	FrozenXIDAge              Float // age(relfrozenxid), of the table or its TOAST table

	SeqScan, SeqTupRead, IdxScan, IdxTupFetch   Float
	Inserted, Updated, Deleted, HotUpdated      Float
	NewpageUpdated                              Float // 16+
	Live, Dead, ModSinceAnalyze, InsSinceVacuum Float
	LastVacuum, LastAutovacuum                  Time
	LastAnalyze, LastAutoanalyze                Time
	VisitsKnown                                 bool // the export has the times of autovacuum's runs, which may be empty
	HeapRead, HeapHit, IdxRead, IdxHit          Float
	ToastRead, ToastHit                         Float

	Columns     []*Column
	Indexes     []*Index
	Constraints []*Constraint
	Triggers    []string // definitions, from a schema dump

	bare  bool   // its schema was not given: "public" is a guess
	whole *Table // with its counters since their reset, once an earlier snapshot was taken from them
}

// Column is a table's column, with its row of pg_stats.
type Column struct {
	Name    string
	Type    string          // as format_type prints it; empty if unknown
	NotNull opt.Value[bool] // absent if unknown
	Default Text
	Stats   *ColumnStats // nil: none exported
}

// ColumnStats is a row of pg_stats.
type ColumnStats struct {
	NullFrac, AvgWidth, NDistinct, Correlation Float
	MCVs                                       Values // empty when the export left values out
	MCVFreqs                                   []float64
	Histogram                                  Values
	Elems                                      Values
	ElemFreqs                                  []float64
	ElemCounts                                 []float64
	RangeBounds                                Values // 17 and later
	RangeLengths                               []float64
	RangeEmpty                                 Float // share of the ranges that are empty, likewise
}

// Index is an index with its definition and its counters.
type Index struct {
	Schema, Name string
	Table        *Table
	Definition   string // CREATE INDEX as pg_get_indexdef prints it; empty if unknown
	Def          IndexDef

	Valid, Ready    opt.Value[bool]
	Unique, Primary opt.Value[bool]
	Exclusion       opt.Value[bool]
	ReplicaIdentity opt.Value[bool]
	Clustered       opt.Value[bool]
	IsPartition     opt.Value[bool] // attached to a partitioned index
	Constraint      string          // the name of the constraint it belongs to
	ConstraintType  string          // p, u, x; empty if none, as far as ConstraintKnown
	ConstraintKnown bool            // its own row tells whether a constraint stands on it
	Options         map[string]string

	Pages, Tuples, SizeBytes Float
	Scans, TupRead, TupFetch Float
	LastScan                 Time // 16+
	BlksRead, BlksHit        Float

	whole *Index // with its counters since their reset, once an earlier snapshot was taken from them
}

// IndexDef is an index's definition taken apart.
type IndexDef struct {
	Method           string // btree, gin, gist, brin, hash, spgist
	Keys             []IndexKey
	Include          []string
	Where            Text // the predicate without its outer brackets; empty if none
	Unique           bool
	NullsNotDistinct bool
	With             string // storage parameters as printed
}

// IndexKey is one key column or key expression.
type IndexKey struct {
	Column     string // unquoted; empty for an expression
	Expr       Text   // the expression as printed; empty for a plain column
	OpClass    string // empty: the type's default
	Collation  string // empty: the column's
	Desc       bool
	NullsFirst bool // the effective placement: true by default for DESC
}

// Constraint is a table's constraint.
type Constraint struct {
	Name      string
	Type      string   // p, u, x, f, c, n as in pg_constraint
	Columns   []string // unquoted, in their order; of a CHECK empty
	RefSchema string
	RefTable  string
	RefCols   []string
	OnDelete  string // NO ACTION, RESTRICT, CASCADE, SET NULL, SET DEFAULT
	OnUpdate  string
	Valid     opt.Value[bool]
	Def       Text // pg_get_constraintdef
}
