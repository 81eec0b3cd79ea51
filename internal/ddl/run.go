package ddl

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// Statement is a statement to run, with what the session tells of it.
type Statement struct {
	Text     string
	Tree     sql.Node
	Version  int    // the server's major version; 0: not known, then 13 counts, which takes the stronger locks
	TimeZone string // of the session; empty if nothing sets it
	Block    bool   // it runs inside a transaction block
	Routine  bool   // it is of a DO block or of a routine, which has variables
	First    int    // objects of this statement number and later are of this migration; 0: all that statements created
	newer    newer
}

// Run applies a statement to the catalog and returns what it does. A statement that
// the server refuses changes nothing.
func Run(c *catalog.Catalog, s Statement) *Effect {
	r := &run{c: c, s: s, e: &Effect{Kind: kindOf(s.Tree), Class: Instant}, mark: c.Mark()}
	r.needsNames(s.Tree)
	if do := statements[s.Tree.Kind]; do != nil {
		do(r, s.Tree)
	} else {
		r.act(Action{Verb: OtherVerb, Node: s.Tree})
	}
	if r.e.Refused != "" {
		c.Rewind(r.mark)
	}
	slices.SortStableFunc(r.e.Locks, func(a, b Lock) int { return cmp.Compare(b.Mode, a.Mode) })
	r.classify()
	return r.e
}

// run is the running of one statement.
type run struct {
	c    *catalog.Catalog
	s    Statement
	e    *Effect
	mark catalog.Mark
}

// statements run the kinds of statements. One that is not here takes no lock on a
// relation and changes nothing that the catalog models.
var statements map[string]func(*run, sql.Node)

func init() {
	statements = map[string]func(*run, sql.Node){
		"CreateStmt": (*run).createTable, "CreateForeignTableStmt": (*run).createTable, "CreateTableAsStmt": (*run).createTableAs,
		"AlterTableStmt": (*run).alterTable, "RenameStmt": (*run).rename, "AlterObjectSchemaStmt": (*run).setSchema, "AlterOwnerStmt": (*run).owner,
		"IndexStmt": (*run).createIndex, "ReindexStmt": (*run).reindex, "DropStmt": (*run).drop, "TruncateStmt": (*run).truncate,
		"CreateTrigStmt": (*run).createTrigger, "RuleStmt": (*run).createRule, "CreatePolicyStmt": (*run).createPolicy, "AlterPolicyStmt": (*run).alterPolicy,
		"ViewStmt": (*run).createView, "RefreshMatViewStmt": (*run).refresh,
		"CreateEnumStmt": (*run).createEnum, "AlterEnumStmt": (*run).alterEnum, "CreateDomainStmt": (*run).createDomain, "AlterDomainStmt": (*run).alterDomain, "CompositeTypeStmt": (*run).createComposite, "CreateRangeStmt": (*run).createRange,
		"CreateSeqStmt": (*run).createSequence, "AlterSeqStmt": (*run).alterSequence,
		"CreateFunctionStmt": (*run).createFunction, "AlterFunctionStmt": (*run).alterFunction, "CreateSchemaStmt": (*run).createSchema, "CreateExtensionStmt": (*run).createExtension, "AlterExtensionStmt": (*run).alterExtension,
		"CreateStatsStmt": (*run).createStatistics, "CreatePublicationStmt": (*run).publication, "AlterPublicationStmt": (*run).publication,
		"VacuumStmt": (*run).vacuum, "ClusterStmt": (*run).cluster, "LockStmt": (*run).lockTable, "CommentStmt": (*run).comment, "GrantStmt": (*run).grant, "AlterDefaultPrivilegesStmt": (*run).defaultPrivileges,
		"InsertStmt": (*run).write, "UpdateStmt": (*run).write, "DeleteStmt": (*run).write, "MergeStmt": (*run).write, "CopyStmt": (*run).copyRows, "SelectStmt": (*run).query,
		"VariableSetStmt": (*run).setVariable, "TransactionStmt": (*run).transaction, "DoStmt": (*run).doBlock, "CallStmt": (*run).doBlock,
		"CreatedbStmt": (*run).outsideBlock, "DropdbStmt": (*run).outsideBlock, "CreateTableSpaceStmt": (*run).outsideBlock, "DropTableSpaceStmt": (*run).outsideBlock,
		"AlterSystemStmt": (*run).outsideBlock, "AlterDatabaseStmt": (*run).other, "CreateSubscriptionStmt": (*run).subscription, "DropSubscriptionStmt": (*run).subscription, "DiscardStmt": (*run).discard,
		"AlterRoleStmt": (*run).other, "CreateRoleStmt": (*run).other, "ExplainStmt": (*run).explain, "PrepareStmt": (*run).other, "DropOwnedStmt": (*run).other, "ReassignOwnedStmt": (*run).other,
	}
}

// version is the version that rules: the oldest supported one if none is known.
func (r *run) version() int {
	if r.s.Version == 0 {
		return 13
	}
	return r.s.Version
}

// needs refuses what an older server does not have. Of an unknown version it is
// assumed.
func (r *run) needs(version int, what string) {
	if r.s.Version != 0 && r.s.Version < version {
		r.refuse("%s needs PostgreSQL %d", what, version)
	} else if r.s.Version == 0 {
		r.assume("the server is PostgreSQL %d or later, which has %s", version, what)
	}
}

func (r *run) refuse(format string, args ...any) {
	if r.e.Refused == "" {
		r.e.Refused = fmt.Sprintf(format, args...)
	}
}

// absent refuses a statement that names what is not there.
func (r *run) absent(kind, name string) {
	if r.e.Refused == "" {
		r.e.Missing = name
	}
	r.refuse("%s %s does not exist", kind, name)
}

// present refuses a statement that creates what is there.
func (r *run) present(kind, name string) {
	if r.e.Refused == "" {
		r.e.Missing = name
	}
	r.refuse("%s %s already exists", kind, name)
}

func (r *run) assume(format string, args ...any) {
	if said := fmt.Sprintf(format, args...); !slices.Contains(r.e.Assumed, said) {
		r.e.Assumed = append(r.e.Assumed, said)
	}
}

func (r *run) act(a Action) *Action {
	r.e.Actions = append(r.e.Actions, a)
	return &r.e.Actions[len(r.e.Actions)-1]
}

// isNew reports whether this migration created a relation.
func (r *run) isNew(t *catalog.Relation) bool { return t.Since > 0 && t.Since >= r.s.First }

// lock notes a lock on a relation; the strongest one counts.
func (r *run) lock(t *catalog.Relation, mode Mode) {
	if t == nil || mode == 0 {
		return
	}
	for i := range r.e.Locks {
		if l := &r.e.Locks[i]; l.Relation.OID == t.OID {
			l.Mode = max(l.Mode, mode)
			return
		}
	}
	r.e.Locks = append(r.e.Locks, Lock{Relation: t, Mode: mode, New: r.isNew(t), FromName: t.Assumed})
}

// lockTree locks a table with its partitions and children.
func (r *run) lockTree(t *catalog.Relation, mode Mode) {
	for _, one := range r.c.Tree(t) {
		r.lock(one, mode)
	}
}

// reads notes that tables are read in full. A partitioned table has no rows of its
// own.
func (r *run) reads(list ...*catalog.Relation) {
	for _, t := range list {
		if t != nil && t.Kind != catalog.Partitioned && !r.isNew(t) && !holds(r.e.Reads, t.OID) {
			r.e.Reads = append(r.e.Reads, t)
		}
	}
}

// rewrites notes that tables are written again with all of their indexes.
func (r *run) rewrites(list ...*catalog.Relation) {
	for _, t := range list {
		if t == nil || t.Kind == catalog.Partitioned || r.isNew(t) || holds(r.e.Rewrites, t.OID) {
			continue
		}
		r.e.Rewrites = append(r.e.Rewrites, t)
		r.reads(t)
		for _, ix := range t.Indexes {
			r.rebuilds(r.c.Get(ix))
		}
	}
}

func (r *run) rebuilds(ix *catalog.Relation) {
	if ix != nil && !r.isNew(ix) && !holds(r.e.Rebuilds, ix.OID) {
		r.e.Rebuilds = append(r.e.Rebuilds, ix)
	}
}

// relation returns the relation that a statement names. One that no schema tells of
// is assumed to exist; where the schema is whole it is refused, and nil returned.
func (r *run) relation(n catalog.Name, kind catalog.Kind, ifExists bool) *catalog.Relation {
	if t := r.c.Find(n); t != nil {
		return t
	}
	if isSystem(n) {
		return nil
	}
	if r.c.Complete {
		if !ifExists {
			r.absent(kind.String(), n.Short())
		}
		return nil
	}
	return r.c.Assume(n, kind)
}

// needsColumns refuses what names columns that a table does not have.
func (r *run) needsColumns(t *catalog.Relation, names []string) {
	if t.Assumed || len(t.Columns) == 0 {
		return
	}
	for _, name := range names {
		if t.Column(name) == nil && !systemColumns[name] && name != t.Name.Name {
			r.absent("column", t.Name.Short()+"."+name)
		}
	}
}

// isSystem reports whether a name is one of the server's own catalogs and views.
func isSystem(n catalog.Name) bool {
	return n.Schema == "pg_catalog" || n.Schema == "information_schema" || n.Schema == "" && len(n.Name) > 3 && n.Name[:3] == "pg_"
}

// classify names what the duration grows with.
func (r *run) classify() {
	e := r.e
	switch {
	case e.Class != Instant: // said already
	case len(e.Rewrites) > 0:
		e.Class = Rewrite
	case len(e.Rebuilds) > 0:
		e.Class = Build
	case len(e.Reads) > 0:
		e.Class = Scan
	}
}

// other is a statement that changes nothing that the catalog models.
func (r *run) other(n sql.Node) { r.act(Action{Verb: OtherVerb, Node: n}) }

// outsideBlock is a statement that no transaction block may have.
func (r *run) outsideBlock(n sql.Node) {
	r.e.NoBlock = true
	r.act(Action{Verb: OtherVerb, Target: n.Kind, Name: n.Get("dbname").String(), Node: n})
}
