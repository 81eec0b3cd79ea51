// Package workload reads exports of a server's statistics views, and server logs, into a
// Snapshot: the state of one database at one time.
//
// Views of PostgreSQL 13 to 18 fill one model. A figure that the export does not
// hold is absent. The package does not parse SQL.
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

// Text is SQL or data of the user. It prints without literals.
type Text = redact.Text

// SyntaxError reports a place in an input that could not be read, and what was
// expected there.
type SyntaxError = diag.SyntaxError

// Snapshot is the state of one database at one time. Files are read in any
// order; their rows are joined by name.
type Snapshot struct {
	Database        string
	Server          Version // from SayVersion; use ServerVersion
	ExportedAt      Time
	ExportedBy      string // the role of the export
	ExportedFrom    Time   // the earliest time in its files
	ExportedTo      Time   // the latest one
	StatsReset      Time   // of the database's counters
	NeverReset      bool   // stats_reset is null
	StatementsReset Time   // of pg_stat_statements
	PostmasterStart Time
	InRecovery      opt.Value[bool]
	DatabaseStats   map[string]Float // the other counters of pg_stat_database, by column
	DatabaseAges    []DatabaseAge
	otherDatabases  []string
	dropped         bool // statements were, so that others were listed
	systemTables    []SystemTable

	Statements    []*Statement
	PartListed    bool // some columns of the statements were selected, so perhaps the first rows only
	Tables        []*Table
	ExtendedStats []ExtendedStats
	Sessions      []Session
	Members       []Member    // of a cluster of Patroni
	WaitCounts    []WaitCount // sessions that the input has only as counts
	SessionCounts []SessionCount
	SessionsAt    Time // when the sessions were exported
	Locks         []Lock
	Prepared      []Prepared
	Replicas      []Replica
	Slots         []Slot
	Pools         []Pool
	Archiver      *Archiver    // nil: none exported
	Checkpoints   *Checkpoints // nil: none exported
	WAL           *WALCounts   // nil: none exported
	IO            []IOCounts
	// ChecksumFailures are the pages with a wrong checksum by database; the name of the shared
	// objects is empty.
	ChecksumFailures map[string]float64
	Conflicts        *Conflicts // of all databases; nil: none exported
	Vacuuming        []VacuumProgress
	Building         []BuildProgress
	Extensions       map[string]string // version by name; empty if the version is not known
	Sequences        []Sequence
	Settings         map[string]Setting
	Log              *Log // of the server logs; nil if none was read

	// Deallocated is the number of times that pg_stat_statements evicted
	// statements.
	Deallocated Float

	firstCheckpoints *Checkpoints // the first reading of them

	views        map[View]bool       // what was read
	cut          map[View]bool       // views of which rows are missing
	listed       map[View]*listing   // the objects in them
	tables       map[tableKey]*Table // also without schema, if the name is unambiguous
	indexes      map[tableKey]*Index
	looseIndexes map[tableKey]looseIndex
	byKey        byKey
	spare        []Statement             // allocated, for the next ones
	seen         hashes                  // rows of pg_stat_statements but the first one of each statement
	byPID        map[string]int          // positions among the sessions
	newestStart  Time                    // in the rows of sessions and locks
	byText       map[string][]*Statement // filled when a snapshot without ids is compared
	earlier      *Snapshot
	databases    []string
}

// Single reports whether the input lists one statement of perhaps many, so that its share of
// the time is unknown.
func (s *Snapshot) Single() bool {
	return s != nil && (s.PartListed || s.Logged()) && !s.dropped && len(s.Statements) == 1 && !s.TotalMs().Known()
}

// SystemTable is a table of the server itself, or a TOAST table. No rule judges them.
type SystemTable struct {
	Name        string
	Dead, Bytes Float
}

// SystemTables returns the tables of the server itself of which the input has figures.
func (s *Snapshot) SystemTables() []SystemTable { return s.systemTables }

type tableKey struct{ schema, name string }

// Setting is a row of pg_settings.
type Setting struct {
	Value  string
	Unit   string // "8kB", "ms"; empty if none
	Source string // "default", "configuration file"
}

// Statement is a row of pg_stat_statements, summed over users. All times are in
// ms.
type Statement struct {
	QueryID  string
	Database string // name or number as exported; may be empty
	Query    Text   // as the view shows it, $1 for constants
	TopLevel bool

	Calls, Plans                                         Float
	TotalMs, MeanMs, MinMs, MaxMs, StddevMs, PlanTotalMs Float
	Rows                                                 Float
	SharedHit, SharedRead, SharedDirtied, SharedWritten  Float
	TempRead, TempWritten                                Float
	Local                                                Float // blocks of temporary tables, read or written
	ReadMs, WriteMs                                      Float // shared block I/O time
	IOMs                                                 Float // both of them, if the export does not tell them apart
	JITMs                                                Float
	WALRecords, WALFpi, WALBytes                         Float
	Waits                                                *LockWaits // of a server log with log_lock_waits; nil if there are none

	began   int64          // 17+: since when it is counted, in microseconds since 1970; 0 if unknown
	busiest float64        // calls of the row whose min, max and stddev were taken
	few     *fewStatements // nil if it has nothing of that
	first   rowID          // of the row that it was first in
	read    *record        // the file of that row
	whole   *Statement     // with its counters since their reset, once an earlier snapshot was taken from them
}

// LockWaits are the lock waits of a statement.
type LockWaits struct {
	Count, Ms Float
	Holders   string // the processes that held the lock of the longest wait, as the log names them
}

// fewStatements is what the statements of few exports have. 200,000 are kept of a large
// one, so what most of them lack takes no room in each.
type fewStatements struct {
	share  share           // of the execution time of all statements, by the export's own column
	unread map[*Float]bool // sums with a part that could not be read
	row    string          // the counters of a row without any key
}

// rare returns what few statements have. It must not be written.
func (st *Statement) rare() *fewStatements {
	if st.few == nil {
		return &noneOfFew
	}
	return st.few
}

var noneOfFew fewStatements

// ownRare is rare for writing.
func (st *Statement) ownRare() *fewStatements {
	if st.few == nil {
		st.few = new(fewStatements)
	}
	return st.few
}

// StatsSince returns since when the statement is counted, from 17 on.
func (st *Statement) StatsSince() Time {
	if st.began == 0 {
		return Time{}
	}
	return opt.Some(time.UnixMicro(st.began))
}

// Table is a relation with its rows in the views. Counters that no view holds
// are absent, not zero.
type Table struct {
	Schema, Name string
	Kind         string // relkind: r, p, m, f; empty if unknown
	Persistence  string // relpersistence: p, u, t
	IsPartition  opt.Value[bool]
	Parent       *Table // of a partition, if known
	Options      map[string]string

	Pages, Tuples, AllVisible Float  // relpages, reltuples (absent if never analyzed), relallvisible
	EstimatedEmpty            bool   // reltuples is 0, which a size can contradict
	SizeBytes, TotalBytes     Float  // heap; heap with indexes and TOAST
	Space                     *Space // as pgstattuple measured it; nil if it did not
	FrozenXIDAge              Float  // age(relfrozenxid), of the table or its TOAST table

	SeqScan, SeqTupRead, IdxScan, IdxTupFetch   Float
	Inserted, Updated, Deleted, HotUpdated      Float
	NewpageUpdated                              Float // 16+
	Live, Dead, ModSinceAnalyze, InsSinceVacuum Float
	LastVacuum, LastAutovacuum                  Time
	LastAnalyze, LastAutoanalyze                Time
	VacuumAt                                    Float           // dead rows at which autovacuum starts, as a report tells it
	VacuumDue                                   opt.Value[bool] // a report tells whether they are that many
	Visited                                     bool            // VACUUM or ANALYZE ran, by their counts
	VisitsKnown                                 bool            // the export has the columns of autovacuum's last runs
	HeapRead, HeapHit, IdxRead, IdxHit          Float
	ToastRead, ToastHit                         Float

	Columns     []*Column
	Indexes     []*Index
	Constraints []*Constraint
	Triggers    []string // definitions, from a schema dump

	bare  bool   // exported without schema: "public" is a guess
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
	MCVs                                       Values // empty if the export left values out
	MCVFreqs                                   []float64
	Histogram                                  Values
	Elems                                      Values
	ElemFreqs                                  []float64
	ElemCounts                                 []float64
	RangeBounds                                Values // 17 and later
	RangeLengths                               []float64
	RangeEmpty                                 Float // share of the ranges that are empty; 17 and later
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
	ConstraintKnown bool            // its own row tells whether a constraint uses it
	AfterPlan       bool            // a text creates it below a plan that reads the table, so it may not have been there

	Pages, SizeBytes         Float
	Scans, TupRead, TupFetch Float
	LastScan                 Time // 16+
	BlksRead, BlksHit        Float

	whole *Index // with its counters since their reset, once an earlier snapshot was taken from them
}

// IndexDef is the parsed definition of an index.
type IndexDef struct {
	Method           string // btree, gin, gist, brin, hash, spgist
	Keys             []IndexKey
	Include          []string
	Where            Text // the predicate without its outer brackets; empty if none
	Unique           bool
	NullsNotDistinct bool
	With             string // storage parameters as printed
}

// IndexKey is a key column or key expression.
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
