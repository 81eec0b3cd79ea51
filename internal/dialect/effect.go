package dialect

// Algorithm is how MySQL carries out an ALTER TABLE.
type Algorithm int

const (
	NoAlgorithm Algorithm = iota
	Instant               // the data dictionary alone
	Inplace               // in the storage engine
	Copy                  // row by row into a new table; INSERT, UPDATE and DELETE wait
)

// String returns the algorithm as in the clause ALGORITHM.
func (a Algorithm) String() string {
	return [...]string{"", "INSTANT", "INPLACE", "COPY"}[a]
}

// Cause says which trait of a change makes it cost what it costs.
type Cause string

const (
	ByType       Cause = "type"
	ByCharset    Cause = "charset"
	ByDropKey    Cause = "drop-primary-key"
	ByStored     Cause = "stored"
	ByEnumOrder  Cause = "enum-order"
	ByEnumSize   Cause = "enum-size"
	ByVarchar    Cause = "varchar-class"
	ByExpression Cause = "expression-default"
	ByCheck      Cause = "check"
	ByForeignKey Cause = "foreign-key"
	ByFulltext   Cause = "fulltext"
	BySpatial    Cause = "spatial"
	ByAuto       Cause = "auto-increment"
	ByPartition  Cause = "partition"
	ByVersion    Cause = "version" // this version has no INSTANT for it
	ByLimit      Cause = "limit"   // the table does not permit INSTANT
	ByClause     Cause = "clause"  // ALGORITHM or LOCK asks for it
	ByEngine     Cause = "engine"
	ByOther      Cause = ""
)

// Fact is what MySQL has to do for one command of ALTER TABLE.
type Fact struct {
	Change    *Change
	Algorithm Algorithm
	DML       bool // INSERT, UPDATE and DELETE go on meanwhile
	Rebuilds  bool // the whole table is written anew
	Reads     bool // the whole table is read
	Cause     Cause
	Why       string // as a phrase: "the type changes from int to bigint"
	Assumed   string // what the schema would tell, as a sentence; then the worst is assumed
}

// Effect is what one statement does.
type Effect struct {
	*Statement
	Was     *Table // the table before the statement; nil if it is not known
	NewHere bool   // the migration created the table
	Refused string // why the server refuses the statement, as a phrase; empty if it does not
	Limit   string // of SQLite: Refused, if another table or column would be accepted

	Facts     []Fact // of ALTER TABLE in MySQL
	Algorithm Algorithm
	DML       bool
	Rebuilds  bool
	Reads     bool
	Referring map[string]*Key   // SQLite's DROP TABLE and RENAME: foreign keys of other tables on this one
	Objects   []*Object         // and the views and triggers that name it
	Parents   map[string]*Table // of MySQL: the tables of new foreign keys, as far as they are known
	Off       bool              // the checks of foreign keys are off
	Legacy    bool              // legacy_alter_table is on
	Known     bool              // the schema is complete: what it does not hold is not there
	first     int               // what the statements from this number on created is new
}

// IsNewColumn reports whether the migration added a column of the table before.
func (e *Effect) IsNewColumn(name string) bool {
	c := e.Was.Column(name)
	return c != nil && c.Since >= max(e.first, 1)
}

// IsDDL reports whether the statement changes the schema.
func (e *Effect) IsDDL() bool {
	switch e.Kind {
	case CreateTable, AlterTable, DropTable, Truncate, CreateIndex, DropIndex, CreateView, DropView, CreateTrigger, DropTrigger, OtherDDL:
		return true
	}
	return false
}

// OnExisting reports whether the statement changes a table that was there before the
// migration.
func (e *Effect) OnExisting() bool {
	switch e.Kind {
	case AlterTable, DropTable, Truncate, CreateIndex, DropIndex, CreateTrigger:
		return !e.NewHere && !e.Temp
	}
	return false
}

// KindWords names the statement as the report does: "alter-table/add-column".
func (e *Effect) KindWords() string {
	if e.Kind == AlterTable && len(e.Changes) > 0 {
		return string(e.Kind) + "/" + string(e.Changes[0].Verb)
	}
	return string(e.Kind)
}

// Run plays a statement: it returns what it does and changes the schema by it. What
// the statements since number first created counts as new.
func (s *Schema) Run(st *Statement, first int) *Effect {
	e := &Effect{Statement: st, Was: s.Table(st.Table), Off: s.ForeignKeysOff, Legacy: s.Legacy, Known: s.Complete, first: first}
	if st.Kind == DropIndex && e.Was == nil {
		for _, t := range s.Tables() {
			if t.Key(st.Name) != nil {
				e.Was = t
			}
		}
	}
	e.NewHere = e.Was != nil && e.Was.Since >= max(first, 1)
	if s.Engine == MySQL {
		s.parents(e)
		s.online(e)
	} else {
		s.limits(e)
	}
	if e.Refused == "" {
		s.apply(st)
	}
	return e
}

// Described returns a table of the schema as the statement that would create it as it
// is now.
func (s *Schema) Described(t *Table) *Effect {
	e := &Effect{Statement: &Statement{Engine: s.Engine, Kind: CreateTable, Table: t.Name, New: t}, Known: s.Complete}
	s.parents(e)
	return e
}

// parents sets the tables that new foreign keys refer to.
func (s *Schema) parents(e *Effect) {
	e.Parents = map[string]*Table{}
	see := func(k *Key) {
		if k == nil || k.Kind != Foreign {
			return
		}
		if t := s.Table(k.Table); t != nil && !t.Partial {
			e.Parents[k.Table] = t
		}
	}
	if e.New != nil {
		for _, k := range e.New.Keys {
			see(k)
		}
	}
	for _, c := range e.Changes {
		see(c.Key)
	}
}
