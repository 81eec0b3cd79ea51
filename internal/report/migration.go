package report

import "github.com/pgverdict/pgverdict/internal/opt"

// Migration is one migration: a file, or a changeset of one.
type Migration struct {
	Input       int            `json:"input"`
	Path        string         `json:"path"`
	Version     string         `json:"version"`
	Engine      string         `json:"engine"`
	EngineBasis string         `json:"engine_basis"` // flag, schema dump, tool, syntax, folder, repository, default
	PGVersion   opt.Value[int] `json:"pg_version"`
	Tool        string         `json:"tool"`
	ToolBasis   string         `json:"tool_basis"`  // what tells the tool
	Transaction string         `json:"transaction"` // explicit, tool, none, unknown
	Timeouts    Timeouts       `json:"timeouts"`
	Down        bool           `json:"down"` // there is a part or a file that takes it back
	Left        []string       `json:"left"` // what differs after it was applied and taken back
	Notes       []string       `json:"notes"`
	Verdict     string         `json:"verdict"` // ship, rewrite, hold
	Rollback    []string       `json:"rollback"`
	WayBack     WayBack        `json:"way_back"`
}

// WayBack is what the person on call does when the migration is wrong.
type WayBack struct {
	Fits     string         `json:"fits"` // code-alone, schema-first, together, no-way-back
	Acts     []OnCall       `json:"acts"` // in the order in which they are done
	Loses    []string       `json:"loses"`
	Class    string         `json:"duration_class"`
	NoReturn opt.Value[int] `json:"no_return_line"` // of the first statement that cannot be taken back whole
	Left     []LeftBehind   `json:"interrupted"`
}

// OnCall is one thing to do.
type OnCall struct {
	Part string `json:"part"` // run, code, schema, data
	Text string `json:"text"`
	SQL  string `json:"sql"`
}

// LeftBehind is what an interrupted run leaves behind.
type LeftBehind struct {
	Line opt.Value[int] `json:"line"` // of the statement; null: of the file as a whole
	Text string         `json:"text"`
	Find string         `json:"find"` // SQL that shows it
	Fix  string         `json:"fix"`  // SQL that removes it
}

// Timeouts are in force where the migration takes its first strong lock.
type Timeouts struct {
	Lock      opt.Float `json:"lock_timeout_ms"`
	Statement opt.Float `json:"statement_timeout_ms"`
	Idle      opt.Float `json:"idle_in_transaction_session_timeout_ms"`
}

// DDL is a statement of a migration.
type DDL struct {
	Input     int    `json:"input"`
	Migration int    `json:"migration"` // position among the migrations
	Line      int    `json:"line"`
	EndLine   int    `json:"end_line"`
	Text      string `json:"text"`
	Kind      string `json:"kind"` // "alter-table/add-column"; "unread" if it could not be read
	Supported bool   `json:"supported"`
	Refused   string `json:"refused"` // why the server refuses it

	Locks       []RelationLock `json:"locks"`
	Rewrites    bool           `json:"rewrites_table"`
	Rewritten   []string       `json:"rewritten"`
	Rebuilt     []string       `json:"rebuilt_indexes"`
	Scans       bool           `json:"scans_table"`
	Scanned     []string       `json:"scanned"`
	Online      *OnlineDDL     `json:"online_ddl"`
	BlockOK     bool           `json:"in_transaction_ok"`
	InBlock     bool           `json:"in_transaction"`
	Class       string         `json:"duration_class"`
	DependsOn   []string       `json:"duration_depends_on"`
	EstimateMs  opt.Float      `json:"duration_estimate_ms"`
	OnlineSafe  bool           `json:"online_safe"`
	Reversible  string         `json:"reversible"` // yes, data-loss, no
	BreaksCode  bool           `json:"breaks_running_code"`
	Deploy      string         `json:"deploy"` // before-code, after-code, with-code, none-safe, any
	Assumptions []string       `json:"assumptions"`
	Findings    []int          `json:"findings"`
	SafeRewrite []SafeStep     `json:"safe_rewrite"`
	Rollback    []RollbackStep `json:"rollback"`
}

// OnlineDDL is how MySQL carries out an ALTER TABLE.
type OnlineDDL struct {
	Algorithm string   `json:"algorithm"` // INSTANT, INPLACE, COPY
	DML       bool     `json:"concurrent_dml"`
	Rebuilds  bool     `json:"rebuilds_table"`
	Why       []string `json:"why"`
}

// RelationLock is the strongest lock that a statement takes on a relation.
type RelationLock struct {
	Relation     string  `json:"relation"`
	OIDOf        *string `json:"oid_of"` // its name before it was renamed here; null if it was not
	Kind         string  `json:"kind"`
	Mode         string  `json:"mode"`
	New          bool    `json:"new"` // created by the same migration
	BlocksReads  bool    `json:"blocks_reads"`
	BlocksWrites bool    `json:"blocks_writes"`
	BlocksDDL    bool    `json:"blocks_ddl"`
	Basis        string  `json:"basis"` // statement, schema
}

// SafeStep is a step of a safe form of a statement.
type SafeStep struct {
	Step        int    `json:"step"`
	SQL         string `json:"sql"`
	Transaction string `json:"transaction"` // own, none, any
	Deploy      string `json:"deploy"`      // before-code, after-code, any
	Why         string `json:"why"`
}

// RollbackStep is a step that takes a statement back.
type RollbackStep struct {
	Step      int    `json:"step"`
	SQL       string `json:"sql"`
	LosesData bool   `json:"loses_data"`
	Class     string `json:"duration_class"`
	Note      string `json:"note"`
}
