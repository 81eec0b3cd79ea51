package dialect

import (
	"regexp"
	"strings"
	"sync"

	"github.com/sqlc-dev/marino/ast"
	"github.com/sqlc-dev/marino/format"
	"github.com/sqlc-dev/marino/mysql"
	"github.com/sqlc-dev/marino/parser"
	"github.com/sqlc-dev/marino/types"
)

// parsers holds parsers of MySQL: one of them reads one statement at a time.
var parsers = sync.Pool{New: func() any { return parser.New() }}

func parseMySQL(text string) (*Statement, error) {
	p := parsers.Get().(*parser.Parser)
	list, _, err := p.ParseSQL(text)
	if err != nil && routine.MatchString(text) {
		return &Statement{Engine: MySQL, Kind: OtherDDL}, nil
	}
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return nil, syntaxError(first)
	}
	parsers.Put(p)
	if len(list) != 1 {
		return &Statement{Engine: MySQL, Kind: Other}, nil
	}
	s := mysqlStatement(list[0])
	s.Engine = MySQL
	return s, nil
}

// routine matches a statement that creates a routine, a trigger or an event, whose body
// the parser may refuse: it is not judged.
var routine = regexp.MustCompile(`(?is)^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:DEFINER\s*=\s*\S+\s+)?(?:AGGREGATE\s+)?(?:PROCEDURE|FUNCTION|TRIGGER|EVENT)\b`)

type syntaxError string

func (e syntaxError) Error() string { return string(e) }

func mysqlStatement(node ast.StmtNode) *Statement {
	switch n := node.(type) {
	case *ast.CreateTableStmt:
		return mysqlCreate(n)
	case *ast.AlterTableStmt:
		s := &Statement{Kind: AlterTable, Table: n.Table.Name.O}
		for _, spec := range n.Specs {
			s.mysqlChange(spec)
		}
		return s
	case *ast.CreateIndexStmt:
		k := &Key{Kind: Plain, Name: n.IndexName}
		switch n.KeyType {
		case ast.IndexKeyTypeUnique:
			k.Kind = Unique
		case ast.IndexKeyTypeFulltext:
			k.Kind = Fulltext
		case ast.IndexKeyTypeSpatial:
			k.Kind = Spatial
		}
		k.columns(n.IndexPartSpecifications)
		s := &Statement{Kind: AlterTable, Table: n.Table.Name.O, Name: n.IndexName, Exists: n.IfNotExists, Changes: []*Change{{Verb: AddKey, Name: n.IndexName, Key: k}}}
		s.clauses(n.LockAlg)
		return s
	case *ast.DropIndexStmt:
		s := &Statement{Kind: AlterTable, Table: n.Table.Name.O, Name: n.IndexName, Exists: n.IfExists, Changes: []*Change{{Verb: DropKey, Name: n.IndexName, Key: &Key{Kind: Plain, Name: n.IndexName}}}}
		s.clauses(n.LockAlg)
		return s
	case *ast.RenameTableStmt:
		s := &Statement{Kind: AlterTable}
		for i, t := range n.TableToTables {
			if i == 0 {
				s.Table = t.OldTable.Name.O
			}
			s.Tables = append(s.Tables, t.OldTable.Name.O)
			s.Changes = append(s.Changes, &Change{Verb: RenameTable, Name: t.OldTable.Name.O, To: t.NewTable.Name.O})
		}
		return s
	case *ast.OptimizeTableStmt:
		s := &Statement{Kind: AlterTable, Table: n.Tables[0].Name.O, Changes: []*Change{{Verb: Force}}}
		return s
	case *ast.DropTableStmt:
		s := &Statement{Kind: DropTable, Exists: n.IfExists, Temp: n.TemporaryKeyword != ast.TemporaryNone}
		if n.IsView {
			s.Kind = DropView
		}
		for _, t := range n.Tables {
			s.Tables = append(s.Tables, t.Name.O)
		}
		s.Table = s.Tables[0]
		return s
	case *ast.TruncateTableStmt:
		return &Statement{Kind: Truncate, Table: n.Table.Name.O}
	case *ast.CreateViewStmt:
		return &Statement{Kind: CreateView, Name: n.ViewName.Name.O, Exists: n.OrReplace}
	case *ast.CreateTriggerStmt:
		return &Statement{Kind: CreateTrigger, Name: n.TriggerName.Name.O, Table: n.Table.Name.O}
	case *ast.SetStmt:
		s := &Statement{Kind: Set}
		for _, v := range n.Variables {
			s.Settings = append(s.Settings, Setting{Name: strings.ToLower(v.Name), Value: strings.Trim(written(v.Value), "'"), Global: v.IsGlobal || v.IsPersist})
		}
		return s
	case *ast.BeginStmt:
		return &Statement{Kind: Begin}
	case *ast.CommitStmt:
		return &Statement{Kind: Commit}
	case *ast.RollbackStmt:
		return &Statement{Kind: Rollback}
	case *ast.InsertStmt:
		s := &Statement{Kind: Insert, Table: tableOf(n.Table)}
		if n.Select != nil {
			names := &tableNames{}
			n.Select.Accept(names)
			s.Tables = names.list
		}
		return s
	case *ast.UpdateStmt:
		return &Statement{Kind: Update, Table: tableOf(n.TableRefs), Filtered: n.Where != nil || n.Limit != nil}
	case *ast.DeleteStmt:
		return &Statement{Kind: Delete, Table: tableOf(n.TableRefs), Filtered: n.Where != nil || n.Limit != nil || n.IsMultiTable}
	case *ast.SelectStmt, *ast.SetOprStmt, *ast.ShowStmt, *ast.ExplainStmt, *ast.UseStmt:
		return &Statement{Kind: Select}
	case ast.DDLNode:
		return &Statement{Kind: OtherDDL}
	}
	return &Statement{Kind: Other}
}

// tableNames collects the tables that a query names.
type tableNames struct{ list []string }

func (v *tableNames) Enter(n ast.Node) (ast.Node, bool) {
	if t, ok := n.(*ast.TableName); ok {
		v.list = append(v.list, t.Name.O)
	}
	return n, false
}

func (v *tableNames) Leave(n ast.Node) (ast.Node, bool) { return n, true }

// tableOf returns the table of a FROM with one; empty if there are more.
func tableOf(refs *ast.TableRefsClause) string {
	if refs == nil || refs.TableRefs == nil || refs.TableRefs.Right != nil {
		return ""
	}
	if source, ok := refs.TableRefs.Left.(*ast.TableSource); ok {
		if name, ok := source.Source.(*ast.TableName); ok {
			return name.Name.O
		}
	}
	return ""
}

func (s *Statement) clauses(c *ast.IndexLockAndAlgorithm) {
	if c == nil {
		return
	}
	if c.AlgorithmTp != ast.AlgorithmTypeDefault {
		s.Algorithm = c.AlgorithmTp.String()
	}
	if c.LockTp > ast.LockTypeDefault || c.LockTp == ast.LockTypeNone {
		s.Lock = c.LockTp.String()
	}
}

func mysqlCreate(n *ast.CreateTableStmt) *Statement {
	t := &Table{Name: n.Table.Name.O, Partial: n.ReferTable != nil || n.Select != nil}
	s := &Statement{Kind: CreateTable, Table: t.Name, New: t, Exists: n.IfNotExists, Temp: n.TemporaryKeyword != ast.TemporaryNone}
	for _, o := range n.Options {
		t.option(o)
	}
	for _, c := range n.Cols {
		t.Columns = append(t.Columns, mysqlColumn(c))
	}
	for _, c := range n.Constraints {
		t.Keys = append(t.Keys, mysqlKey(c))
	}
	t.settle()
	return s
}

func (t *Table) option(o *ast.TableOption) {
	switch o.Tp {
	case ast.TableOptionEngine:
		t.Storage = o.StrValue
	case ast.TableOptionCharset:
		t.Charset = strings.ToLower(o.StrValue)
	case ast.TableOptionCollate:
		if t.Charset == "" {
			t.Charset = charsetOf(o.StrValue)
		}
	case ast.TableOptionRowFormat:
		t.RowFormat = rowFormats[o.UintValue]
	}
}

var rowFormats = map[uint64]string{
	ast.RowFormatDynamic: "DYNAMIC", ast.RowFormatFixed: "FIXED", ast.RowFormatCompressed: "COMPRESSED",
	ast.RowFormatRedundant: "REDUNDANT", ast.RowFormatCompact: "COMPACT",
}

// charsetOf returns the character set of a collation: "utf8mb4_general_ci".
func charsetOf(collation string) string {
	set, _, _ := strings.Cut(strings.ToLower(collation), "_")
	return set
}

func mysqlColumn(d *ast.ColumnDef) *Column {
	c := &Column{Name: d.Name.Name.O, NullDefault: true, Type: Type{Length: -1, Scale: -1}}
	if d.Tp != nil {
		c.Type = mysqlType(d.Tp)
		c.Charset = d.Tp.GetCharset()
		if c.Charset == "" && d.Tp.GetCollate() != "" {
			c.Charset = charsetOf(d.Tp.GetCollate())
		}
		if !isText(c.Type.Name) && len(c.Type.Values) == 0 {
			c.Charset = ""
		}
		if mysql.HasNotNullFlag(d.Tp.GetFlag()) {
			c.NotNull = true
		}
	}
	for _, o := range d.Options {
		switch o.Tp {
		case ast.ColumnOptionPrimaryKey:
			c.Primary, c.NotNull = true, true
		case ast.ColumnOptionNotNull:
			c.NotNull = true
		case ast.ColumnOptionAutoIncrement:
			c.Auto = true
		case ast.ColumnOptionDefaultValue:
			c.Default = written(o.Expr)
			c.NullDefault = strings.EqualFold(c.Default, "NULL")
			c.Computed = isComputed(o.Expr)
		case ast.ColumnOptionUniqKey:
			c.Unique = true
		case ast.ColumnOptionGenerated:
			c.Generated = "VIRTUAL"
			if o.Stored {
				c.Generated = "STORED"
			}
		case ast.ColumnOptionReference:
			c.References = o.Refer.Table.Name.O
		case ast.ColumnOptionCheck:
			c.Check = true
		case ast.ColumnOptionCollate:
			if c.Charset == "" {
				c.Charset = charsetOf(o.StrValue)
			}
		}
	}
	return c
}

// isComputed reports whether a default is an expression in parentheses. That of
// CURRENT_TIMESTAMP is none: MySQL fills it in once for all rows.
func isComputed(e ast.ExprNode) bool {
	switch e := e.(type) {
	case ast.ValueExpr:
		return false
	case *ast.UnaryOperationExpr:
		return isComputed(e.V)
	case *ast.FuncCallExpr:
		switch e.FnName.L {
		case "current_timestamp", "now", "localtime", "localtimestamp":
			return false
		}
	}
	return true
}

func mysqlType(ft *types.FieldType) Type {
	t := Type{
		Name:     types.TypeToStr(ft.GetType(), ft.GetCharset()),
		Length:   -1,
		Scale:    -1,
		Unsigned: mysql.HasUnsignedFlag(ft.GetFlag()),
		Values:   ft.GetElems(),
	}
	switch t.Name {
	case "char", "varchar", "binary", "varbinary", "bit":
		t.Length = ft.GetFlen()
	case "decimal":
		t.Length, t.Scale = ft.GetFlen(), ft.GetDecimal()
	case "datetime", "timestamp", "time":
		t.Length = ft.GetDecimal()
	case "tinyint", "smallint", "mediumint", "int", "bigint":
		t.Width = ft.GetFlen() >= 0
	}
	return t
}

// isText reports whether a type of MySQL is a string in a character set.
func isText(name string) bool {
	return name == "char" || name == "varchar" || strings.HasSuffix(name, "text")
}

func mysqlKey(c *ast.Constraint) *Key {
	k := &Key{Kind: Plain, Name: c.Name}
	switch c.Tp {
	case ast.ConstraintPrimaryKey:
		k.Kind = Primary
	case ast.ConstraintUniq, ast.ConstraintUniqKey, ast.ConstraintUniqIndex:
		k.Kind = Unique
	case ast.ConstraintFulltext:
		k.Kind = Fulltext
	case ast.ConstraintSpatial:
		k.Kind = Spatial
	case ast.ConstraintCheck:
		k.Kind, k.Text = Check, written(c.Expr)
	case ast.ConstraintForeignKey:
		k.Kind = Foreign
	}
	k.columns(c.Keys)
	if k.Name == "" && k.IsIndex() && k.Kind != Primary && len(k.Columns) > 0 {
		k.Name = k.Columns[0]
	}
	if c.Refer != nil && c.Refer.Table != nil {
		k.Table = c.Refer.Table.Name.O
		for _, p := range c.Refer.IndexPartSpecifications {
			if p.Column != nil {
				k.Refers = append(k.Refers, p.Column.Name.O)
			}
		}
	}
	return k
}

func (k *Key) columns(parts []*ast.IndexPartSpecification) {
	for _, p := range parts {
		if p.Column != nil {
			k.Columns = append(k.Columns, p.Column.Name.O)
		} else if p.Expr != nil {
			k.Text += " " + written(p.Expr)
		}
	}
}

// optionNames are the table options whose change is told apart.
var optionNames = map[ast.TableOptionType]string{
	ast.TableOptionEngine: "engine", ast.TableOptionCharset: "charset", ast.TableOptionCollate: "charset", ast.TableOptionAutoIncrement: "auto_increment",
	ast.TableOptionRowFormat: "row_format", ast.TableOptionKeyBlockSize: "key_block_size", ast.TableOptionEncryption: "encryption", ast.TableOptionComment: "comment",
	ast.TableOptionStatsPersistent: "stats", ast.TableOptionStatsAutoRecalc: "stats", ast.TableOptionStatsSamplePages: "stats",
}

// mysqlChange adds what a command of ALTER TABLE does.
func (s *Statement) mysqlChange(n *ast.AlterTableSpec) {
	add := func(c Change) { s.Changes = append(s.Changes, &c) }
	moved := n.Position != nil && n.Position.Tp != ast.ColumnPositionNone
	column := func() *Column { return mysqlColumn(n.NewColumns[0]) }
	switch n.Tp {
	case ast.AlterTableAlgorithm:
		if n.Algorithm != ast.AlgorithmTypeDefault {
			s.Algorithm = n.Algorithm.String()
		}
	case ast.AlterTableLock:
		if n.LockType != ast.LockTypeDefault {
			s.Lock = n.LockType.String()
		}
	case ast.AlterTableAddColumns:
		for _, d := range n.NewColumns {
			add(Change{Verb: AddColumn, Name: d.Name.Name.O, Column: mysqlColumn(d), Moved: moved})
		}
		for _, k := range n.NewConstraints {
			add(Change{Verb: AddKey, Name: k.Name, Key: mysqlKey(k)})
		}
	case ast.AlterTableAddConstraint:
		add(Change{Verb: AddKey, Name: n.Constraint.Name, Key: mysqlKey(n.Constraint)})
	case ast.AlterTableDropColumn:
		add(Change{Verb: DropColumn, Name: n.OldColumnName.Name.O})
	case ast.AlterTableModifyColumn:
		c := column()
		add(Change{Verb: Modify, Name: c.Name, To: c.Name, Column: c, Moved: moved})
	case ast.AlterTableChangeColumn:
		c := column()
		add(Change{Verb: Modify, Name: n.OldColumnName.Name.O, To: c.Name, Column: c, Moved: moved})
	case ast.AlterTableRenameColumn:
		add(Change{Verb: RenameColumn, Name: n.OldColumnName.Name.O, To: n.NewColumnName.Name.O})
	case ast.AlterTableAlterColumn:
		c := column()
		verb := DropDefault
		if len(n.NewColumns[0].Options) > 0 {
			verb = SetDefault
		}
		add(Change{Verb: verb, Name: c.Name, Column: c})
	case ast.AlterTableDropPrimaryKey:
		add(Change{Verb: DropKey, Name: "PRIMARY", Key: &Key{Kind: Primary}})
	case ast.AlterTableDropIndex:
		add(Change{Verb: DropKey, Name: n.Name, Key: &Key{Kind: Plain, Name: n.Name}})
	case ast.AlterTableDropForeignKey:
		add(Change{Verb: DropKey, Name: n.Name, Key: &Key{Kind: Foreign, Name: n.Name}})
	case ast.AlterTableDropCheck:
		name := n.Name
		if name == "" && n.Constraint != nil {
			name = n.Constraint.Name
		}
		add(Change{Verb: DropKey, Name: name, Key: &Key{Kind: AnyKey, Name: name}})
	case ast.AlterTableAlterCheck:
		to := "not enforced"
		if n.Constraint != nil && n.Constraint.Enforced {
			to = "enforced"
		}
		add(Change{Verb: AlterCheck, To: to})
	case ast.AlterTableRenameIndex:
		add(Change{Verb: RenameKey, Name: n.FromKey.O, To: n.ToKey.O})
	case ast.AlterTableIndexInvisible:
		add(Change{Verb: AlterKey, Name: n.IndexName.O})
	case ast.AlterTableRenameTable:
		add(Change{Verb: RenameTable, Name: s.Table, To: n.NewTable.Name.O})
	case ast.AlterTableForce:
		add(Change{Verb: Force})
	case ast.AlterTableOrderByColumns:
		add(Change{Verb: OrderBy})
	case ast.AlterTableOption:
		s.mysqlOptions(n.Options)
	case ast.AlterTablePartition:
		add(Change{Verb: Partition, Name: "by"})
	default:
		if name := partitionWords[n.Tp]; name != "" {
			add(Change{Verb: Partition, Name: name})
		} else {
			add(Change{Verb: OtherChange})
		}
	}
}

var partitionWords = map[ast.AlterTableType]string{
	ast.AlterTableAddPartitions: "add", ast.AlterTableDropPartition: "drop", ast.AlterTableTruncatePartition: "truncate", ast.AlterTableCoalescePartitions: "coalesce",
	ast.AlterTableReorganizePartition: "reorganize", ast.AlterTableExchangePartition: "exchange", ast.AlterTableRemovePartitioning: "remove",
	ast.AlterTableRebuildPartition: "rebuild", ast.AlterTableOptimizePartition: "rebuild",
}

func (s *Statement) mysqlOptions(list []*ast.TableOption) {
	for _, o := range list {
		name := optionNames[o.Tp]
		c := &Change{Verb: Option, Name: name, To: o.StrValue}
		switch {
		case name == "charset" && o.UintValue == ast.TableOptionCharsetWithConvertTo:
			c = &Change{Verb: Convert, To: strings.ToLower(o.StrValue)}
		case o.Tp == ast.TableOptionCollate:
			// It stands beside the character set that it belongs to.
			if last := len(s.Changes) - 1; last >= 0 && (s.Changes[last].Verb == Convert || s.Changes[last].Name == "charset") {
				continue
			}
			c.To = charsetOf(o.StrValue)
		case name == "charset":
			c.To = strings.ToLower(o.StrValue)
		case name == "row_format":
			c.To = rowFormats[o.UintValue]
		}
		s.Changes = append(s.Changes, c)
	}
}

// written returns an expression as SQL.
func written(e ast.Node) string {
	if e == nil {
		return ""
	}
	var b strings.Builder
	if err := e.Restore(format.NewRestoreCtx(format.RestoreStringSingleQuotes|format.RestoreNameLowercase, &b)); err != nil {
		return "expression"
	}
	return b.String()
}
