package dialect

import (
	"strconv"
	"strings"

	"github.com/sqlc-dev/meyer/ast"
	"github.com/sqlc-dev/meyer/parser"
)

func parseSQLite(text string) (*Statement, error) {
	node, err := parser.ParseStatement(text)
	if err != nil {
		if s := unknownAlter(text); s != nil {
			return s, nil
		}
		return nil, err
	}
	s := sqliteStatement(node, text)
	s.Engine = SQLite
	return s, nil
}

func sqliteStatement(node ast.Stmt, text string) *Statement {
	switch n := node.(type) {
	case *ast.CreateTableStmt:
		t := &Table{Name: n.Name.Name.Name, Partial: n.Select != nil}
		for _, o := range n.Options {
			switch {
			case o.Without:
				t.WithoutRowid = true
			case strings.EqualFold(o.Name.Name, "strict"):
				t.Strict = true
			}
		}
		for _, c := range n.Columns {
			t.Columns = append(t.Columns, sqliteColumn(c))
			if r := referenceIn(c); r != nil {
				k := &Key{Kind: Foreign, Columns: []string{c.Name.Name}}
				k.references(r)
				t.Keys = append(t.Keys, k)
			}
		}
		for _, c := range n.Constraints {
			t.Keys = append(t.Keys, sqliteConstraint(c))
		}
		t.settle()
		return &Statement{Kind: CreateTable, Table: t.Name, New: t, Exists: n.IfNotExists, Temp: n.Temp}
	case *ast.CreateVirtualTableStmt:
		t := &Table{Name: n.Name.Name.Name, Partial: true, Virtual: true}
		return &Statement{Kind: CreateTable, Table: t.Name, New: t, Exists: n.IfNotExists}
	case *ast.AlterTableStmt:
		return sqliteAlter(n)
	case *ast.DropTableStmt:
		name := n.Name.Name.Name
		return &Statement{Kind: DropTable, Table: name, Tables: []string{name}, Exists: n.IfExists}
	case *ast.CreateIndexStmt:
		k := &Key{Kind: Plain, Name: n.Name.Name.Name, Text: rendered(n.Where), Own: true}
		if n.Unique {
			k.Kind = Unique
		}
		k.terms(n.Columns)
		return &Statement{Kind: CreateIndex, Table: n.Table.Name, Name: k.Name, Key: k, Exists: n.IfNotExists}
	case *ast.DropIndexStmt:
		return &Statement{Kind: DropIndex, Name: n.Name.Name.Name, Exists: n.IfExists}
	case *ast.CreateViewStmt:
		return &Statement{Kind: CreateView, Name: n.Name.Name.Name, Tables: tablesIn(n.Select), Text: text, Exists: n.IfNotExists, Temp: n.Temp}
	case *ast.DropViewStmt:
		return &Statement{Kind: DropView, Name: n.Name.Name.Name, Exists: n.IfExists}
	case *ast.CreateTriggerStmt:
		s := &Statement{Kind: CreateTrigger, Name: n.Name.Name.Name, Table: n.Table.Name.Name, Text: text, Exists: n.IfNotExists, Temp: n.Temp}
		for _, b := range n.Body {
			s.Tables = append(s.Tables, tablesIn(b)...)
		}
		return s
	case *ast.DropTriggerStmt:
		return &Statement{Kind: DropTrigger, Name: n.Name.Name.Name, Exists: n.IfExists}
	case *ast.PragmaStmt:
		return &Statement{Kind: Set, Settings: []Setting{{Name: strings.ToLower(n.Name.Name.Name), Value: strings.ToLower(strings.Trim(n.Value, `'"`))}}}
	case *ast.BeginStmt:
		return &Statement{Kind: Begin}
	case *ast.CommitStmt:
		return &Statement{Kind: Commit}
	case *ast.RollbackStmt:
		if n.Savepoint != nil {
			return &Statement{Kind: Other}
		}
		return &Statement{Kind: Rollback}
	case *ast.InsertStmt:
		return sqliteInsert(n)
	case *ast.UpdateStmt:
		return &Statement{Kind: Update, Table: n.Table.Name.Name, Filtered: n.Where != nil || n.Limit != nil}
	case *ast.DeleteStmt:
		return &Statement{Kind: Delete, Table: n.Table.Name.Name, Filtered: n.Where != nil || n.Limit != nil}
	case *ast.SelectStmt, *ast.ExplainStmt:
		return &Statement{Kind: Select}
	}
	return &Statement{Kind: Other}
}

func sqliteColumn(d *ast.ColumnDef) *Column {
	c := &Column{Name: d.Name.Name, NullDefault: true, Type: Type{Length: -1, Scale: -1}}
	if d.Type != nil {
		c.Type.Name = strings.ToLower(d.Type.Name)
		if len(d.Type.Args) > 0 {
			if n, err := strconv.Atoi(d.Type.Args[0]); err == nil {
				c.Type.Length = n
			}
		}
	}
	for _, k := range d.Constraints {
		switch k.Kind {
		case ast.ColumnNotNull:
			c.NotNull = true
		case ast.ColumnPrimaryKey:
			c.Primary, c.Auto = true, k.AutoIncrement
		case ast.ColumnUnique:
			c.Unique = true
		case ast.ColumnCheck:
			c.Check = true
		case ast.ColumnDefault:
			c.Default = rendered(k.Expr)
			c.NullDefault = strings.EqualFold(c.Default, "null")
			c.Computed = !isConstant(k.Expr)
		case ast.ColumnReferences:
			c.References = k.References.Table.Name
		case ast.ColumnGenerated:
			c.Generated, c.Default = "VIRTUAL", rendered(k.Expr)
			if k.GeneratedKind != nil && strings.EqualFold(k.GeneratedKind.Name, "stored") {
				c.Generated = "STORED"
			}
		}
	}
	return c
}

// isConstant reports whether SQLite takes a default as a constant: a literal with a
// sign, but no arithmetic and not the time.
func isConstant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Literal:
		return e.Kind < ast.LitCurrentDate
	case *ast.ParenExpr:
		return isConstant(e.X)
	case *ast.UnaryExpr:
		return isConstant(e.X)
	case *ast.Ident:
		return true
	}
	return false
}

func sqliteConstraint(n *ast.TableConstraint) *Key {
	k := &Key{}
	if n.Name != nil {
		k.Name = n.Name.Name
	}
	switch n.Kind {
	case ast.TablePrimaryKey:
		k.Kind = Primary
		k.terms(n.Columns)
	case ast.TableUnique:
		k.Kind = Unique
		k.terms(n.Columns)
	case ast.TableCheck:
		k.Kind, k.Text = Check, rendered(n.Expr)
	case ast.TableForeignKey:
		k.Kind = Foreign
		for _, c := range n.FKColumns {
			k.Columns = append(k.Columns, c.Name.Name)
		}
		k.references(n.References)
	}
	return k
}

func (k *Key) references(r *ast.ForeignKeyClause) {
	k.Table = r.Table.Name
	for _, c := range r.Columns {
		k.Refers = append(k.Refers, c.Name.Name)
	}
	for _, a := range r.Args {
		if a.Event == "DELETE" && (a.Action == ast.FKCascade || a.Action == ast.FKSetNull || a.Action == ast.FKSetDefault) {
			k.Cascade = true
		}
	}
}

func (k *Key) terms(list []*ast.OrderingTerm) {
	for _, t := range list {
		if name, ok := t.Expr.(*ast.Ident); ok {
			k.Columns = append(k.Columns, name.Name)
		} else {
			k.Text += " " + rendered(t.Expr)
		}
	}
}

func sqliteAlter(n *ast.AlterTableStmt) *Statement {
	s := &Statement{Kind: AlterTable, Table: n.Table.Name.Name}
	c := &Change{}
	if n.Column != nil {
		c.Name = n.Column.Name
	}
	if n.NewName != nil {
		c.To = n.NewName.Name
	}
	if n.ConstraintName != nil {
		c.Name = n.ConstraintName.Name
	}
	switch n.Action {
	case ast.AlterRenameTable:
		c.Verb, c.Name = RenameTable, s.Table
	case ast.AlterRenameColumn:
		c.Verb = RenameColumn
	case ast.AlterAddColumn:
		c.Verb, c.Column = AddColumn, sqliteColumn(n.ColumnDef)
		c.Name = c.Column.Name
		if r := referenceIn(n.ColumnDef); r != nil {
			c.Key = &Key{Kind: Foreign, Columns: []string{c.Name}}
			c.Key.references(r)
		}
	case ast.AlterDropColumn:
		c.Verb = DropColumn
	case ast.AlterDropConstraint:
		c.Verb, c.Key = DropKey, &Key{Kind: AnyKey, Name: c.Name}
	case ast.AlterSetNotNull:
		c.Verb = SetNotNull
	case ast.AlterDropNotNull:
		c.Verb = DropNotNull
	case ast.AlterAddConstraintCheck:
		c.Verb, c.Key = AddKey, &Key{Kind: Check, Name: c.Name, Text: rendered(n.Expr)}
	}
	s.Changes = []*Change{c}
	return s
}

func referenceIn(d *ast.ColumnDef) *ast.ForeignKeyClause {
	for _, k := range d.Constraints {
		if k.Kind == ast.ColumnReferences {
			return k.References
		}
	}
	return nil
}

func sqliteInsert(n *ast.InsertStmt) *Statement {
	s := &Statement{Kind: Insert, Table: n.Table.Name.Name}
	for _, c := range n.Columns {
		s.Columns = append(s.Columns, c.Name)
	}
	if n.Select == nil || len(n.Select.Cores) == 0 {
		return s
	}
	s.Tables = tablesIn(n.Select)
	q, ok := n.Select.Cores[0].(*ast.SelectQuery)
	if !ok {
		return s
	}
	s.Filtered = q.Where != nil || q.Limit != nil
	for _, c := range q.Columns {
		var v Value
		switch e := c.Expr.(type) {
		case *ast.Star:
			v.Star = true
		case *ast.Ident:
			v.Column = e.Name
		case *ast.QualifiedRef:
			v.Column = e.Parts[len(e.Parts)-1].Name
		case *ast.Literal:
			v.Null = e.Kind == ast.LitNull
		}
		s.Values = append(s.Values, v)
	}
	return s
}

// tablesIn returns the tables that a statement names.
func tablesIn(n ast.Node) []string {
	var list []string
	ast.Walk(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TableRef:
			if n.Name != nil {
				list = append(list, n.Name.Name.Name)
			}
		case *ast.InsertStmt:
			list = append(list, n.Table.Name.Name)
		case *ast.UpdateStmt:
			list = append(list, n.Table.Name.Name)
		case *ast.DeleteStmt:
			list = append(list, n.Table.Name.Name)
		}
		return true
	})
	return list
}

func rendered(e ast.Expr) string {
	if e == nil {
		return ""
	}
	return ast.String(e)
}

// unknownAlter reads an ALTER TABLE that SQLite does not know, as other engines
// spell it; nil if the text is none.
func unknownAlter(text string) *Statement {
	words := firstWords(text, 12)
	if len(words) < 4 || !strings.EqualFold(words[0], "alter") || !strings.EqualFold(words[1], "table") {
		return nil
	}
	at := 2
	if strings.EqualFold(words[at], "only") {
		at++
	}
	if len(words) > at+2 && strings.EqualFold(words[at], "if") {
		at += 2
	}
	if len(words) > at+3 && words[at+1] == "." {
		at += 2
	}
	if len(words) <= at+1 {
		return nil
	}
	s := &Statement{Engine: SQLite, Kind: AlterTable, Table: words[at]}
	word := func(i int) string {
		if at+i < len(words) {
			return strings.ToUpper(words[at+i])
		}
		return ""
	}
	what := word(1)
	switch what {
	case "ALTER", "MODIFY", "CHANGE":
		if word(2) == "COLUMN" || what == "ALTER" {
			what += " COLUMN"
		}
	case "ADD":
		switch next := word(2); next {
		case "CONSTRAINT", "UNIQUE", "CHECK", "INDEX", "KEY":
			what += " " + next
		case "FOREIGN", "PRIMARY":
			what += " " + next + " KEY"
		default:
			what = "with several commands"
			if word(2) == "COLUMN" && word(3) == "IF" || word(2) == "IF" {
				what = "ADD COLUMN IF NOT EXISTS"
			}
		}
	case "DROP", "RENAME":
		switch next := word(2); next {
		case "CONSTRAINT", "INDEX", "KEY":
			what += " " + next
		case "FOREIGN", "PRIMARY":
			what += " " + next + " KEY"
		default:
			what = "with several commands"
			if word(2) == "COLUMN" && word(3) == "IF" || word(2) == "IF" {
				what = "DROP COLUMN IF EXISTS"
			}
		}
	default:
		return nil
	}
	s.Changes = []*Change{{Verb: OtherChange, Name: what}}
	return s
}

// firstWords returns the first words and symbols of a text, without quotes.
func firstWords(text string, count int) []string {
	var list []string
	s := splitter{engine: SQLite, text: text}
	for s.at < len(text) && len(list) < count {
		c := text[s.at]
		if c <= ' ' {
			s.at++
			continue
		}
		if end := s.comment(); end > 0 {
			s.at = end
			continue
		}
		from := s.at
		switch {
		case c == '"' || c == '`' || c == '\'':
			s.at = s.quoted(c)
			list = append(list, strings.Trim(text[from:s.at], string(c)))
			continue
		case c == '[':
			s.at = s.quoted(']')
			list = append(list, strings.Trim(text[from:s.at], "[]"))
			continue
		case isWord(c):
			for s.at < len(text) && isWord(text[s.at]) {
				s.at++
			}
		default:
			s.at++
		}
		list = append(list, text[from:s.at])
	}
	return list
}
