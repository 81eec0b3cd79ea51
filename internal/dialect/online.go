package dialect

import (
	"slices"
	"strings"
)

// The facts are those of the manual's tables of online DDL for InnoDB, 5.7 to 9.0.

// online sets what MySQL does for an ALTER TABLE.
func (s *Schema) online(e *Effect) {
	if e.Kind != AlterTable {
		e.DML = true
		return
	}
	e.reached(s, e.Table)
	a := alter{Effect: e, version: s.Version.Or(MySQL), off: s.ForeignKeysOff}
	for _, c := range e.Changes {
		f := a.fact(c)
		f.Change = c
		e.Facts = append(e.Facts, f)
	}
	e.DML = true
	for _, f := range e.Facts {
		e.add(f)
	}
	if e.Algorithm == Inplace {
		e.inplace()
	}
	e.clausesOf(a)
}

func (e *Effect) add(f Fact) {
	e.Algorithm = max(e.Algorithm, f.Algorithm)
	e.DML = e.DML && f.DML
	e.Rebuilds = e.Rebuilds || f.Rebuilds
	e.Reads = e.Reads || f.Reads || f.Rebuilds
}

// inplace makes all commands INPLACE if one of them is: they run together. Columns
// that would be added or dropped INSTANT then rebuild the table.
func (e *Effect) inplace() {
	for i := range e.Facts {
		f := &e.Facts[i]
		if f.Algorithm != Instant {
			continue
		}
		f.Algorithm = Inplace
		if stored(f.Change, e.Was) && (f.Change.Verb == AddColumn || f.Change.Verb == DropColumn) {
			f.Rebuilds = true
			if f.Cause == ByOther {
				f.Why = "another command of the statement is not INSTANT, so that the column rebuilds the table"
			}
			e.add(*f)
		}
	}
}

// stored reports whether a column that is added or dropped has a place in the row.
func stored(c *Change, was *Table) bool {
	col := c.Column
	if col == nil {
		col = was.Column(c.Name)
	}
	return col == nil || col.Generated != "VIRTUAL"
}

// clausesOf applies the clauses ALGORITHM and LOCK: what they ask for is done, or the
// server refuses the statement.
func (e *Effect) clausesOf(a alter) {
	asked := map[string]Algorithm{"INSTANT": Instant, "INPLACE": Inplace, "COPY": Copy}[e.Statement.Algorithm]
	lock := e.Lock
	switch {
	case asked == Instant && a.version.Before(8, 0, 12):
		e.Refused = "ALGORITHM=INSTANT exists from MySQL 8.0.12 on"
	case asked == Instant && lock != "":
		e.Refused = "ALGORITHM=INSTANT cannot be combined with LOCK=" + lock
	case asked != NoAlgorithm && asked < e.Algorithm:
		e.Refused = "ALGORITHM=" + e.Statement.Algorithm + " is not possible: " + e.because(func(f Fact) bool { return f.Algorithm > asked })
	case asked == Copy:
		e.Facts = append(e.Facts, Fact{Algorithm: Copy, Rebuilds: true, Cause: ByClause, Why: "ALGORITHM=COPY asks for it"})
		e.add(e.Facts[len(e.Facts)-1])
	case asked == Inplace && e.Algorithm == Instant:
		e.Algorithm = Inplace
		e.inplace()
	}
	switch {
	case e.Refused != "":
	case lock == "NONE" && !e.DML:
		e.Refused = "LOCK=NONE is not possible: " + e.because(func(f Fact) bool { return !f.DML })
	case lock == "SHARED" || lock == "EXCLUSIVE":
		e.DML = false
		e.Facts = append(e.Facts, Fact{Algorithm: e.Algorithm, Cause: ByClause, Why: "LOCK=" + lock + " asks for it"})
	}
}

func (e *Effect) because(is func(Fact) bool) string {
	for _, f := range e.Facts {
		if is(f) && f.Why != "" {
			return f.Why
		}
	}
	return "the change needs more"
}

type alter struct {
	*Effect
	version Version
	off     bool // foreign_key_checks = 0
}

// The ways to carry out a command.
func instant() Fact           { return Fact{Algorithm: Instant, DML: true} }
func metadata() Fact          { return Fact{Algorithm: Inplace, DML: true} }
func inplace() Fact           { return Fact{Algorithm: Inplace, DML: true, Reads: true} }
func rebuild(why string) Fact { return Fact{Algorithm: Inplace, DML: true, Rebuilds: true, Why: why} }
func copies(by Cause, why string) Fact {
	return Fact{Algorithm: Copy, Rebuilds: true, Cause: by, Why: why}
}

// since is INSTANT from a version on, and other before.
func (a alter) since(other Fact, parts ...int) Fact {
	if a.version.Before(parts...) {
		other.Cause = ByVersion
		return other
	}
	return instant()
}

func (a alter) fact(c *Change) Fact {
	if engine := a.storage(); engine != "" && !strings.EqualFold(engine, "innodb") {
		return copies(ByEngine, "the table is stored in "+engine+", and online DDL is InnoDB's")
	}
	switch c.Verb {
	case AddColumn:
		return a.addColumn(c)
	case DropColumn:
		return a.dropColumn(c)
	case Modify:
		return a.modify(c)
	case RenameColumn:
		return a.since(metadata(), 8, 0, 28)
	case SetDefault, DropDefault:
		return a.since(metadata(), 8, 0, 12)
	case AddKey:
		return a.addKey(c)
	case DropKey:
		if c.Key.Kind == Primary && !slices.ContainsFunc(a.Changes, func(o *Change) bool { return o.Verb == AddKey && o.Key.Kind == Primary }) {
			return copies(ByDropKey, "the primary key is dropped and no other one is added in the same statement")
		}
		if c.Key.Kind == Primary {
			return rebuild("the primary key is replaced, and rows are stored in its order")
		}
		return metadata()
	case RenameKey:
		return metadata()
	case AlterKey:
		return metadata()
	case RenameTable:
		return a.since(metadata(), 8, 0, 12)
	case Convert:
		return copies(ByCharset, "CONVERT TO CHARACTER SET "+c.To+" writes all texts anew")
	case Option:
		return a.option(c)
	case Partition:
		return a.partition(c)
	case OrderBy:
		return copies(ByOther, "ORDER BY sorts all rows")
	case Force:
		if a.Was.HasKey(Fulltext) != nil {
			return copies(ByFulltext, "a table with a FULLTEXT index is rebuilt by a copy")
		}
		return rebuild("the table is rebuilt, which is what the statement is for")
	case AlterCheck:
		if c.To == "enforced" {
			return copies(ByCheck, "all rows are checked while they are copied")
		}
		return metadata()
	}
	f := metadata()
	return f
}

func (a alter) storage() string {
	if a.Was == nil {
		return ""
	}
	return a.Was.Storage
}

func (a alter) addColumn(c *Change) Fact {
	col := c.Column
	switch {
	case col.Generated == "STORED":
		return copies(ByStored, "column "+col.Name+" is GENERATED ... STORED and is computed for each row")
	case col.Generated == "VIRTUAL":
		return a.since(metadata(), 8, 0, 12)
	case col.Computed && !col.NullDefault:
		return copies(ByExpression, "the default of column "+col.Name+" is an expression, which is computed for each row")
	case col.Auto:
		return Fact{Algorithm: Inplace, Rebuilds: true, Cause: ByAuto, Why: "column " + col.Name + " is AUTO_INCREMENT and is numbered in each row"}
	case col.Check:
		return copies(ByCheck, "the CHECK of column "+col.Name+" is verified for all rows while they are copied")
	case col.Primary:
		return rebuild("column " + col.Name + " becomes the primary key, and rows are stored in its order")
	}
	f := a.withoutInstant("column " + col.Name + " gets a place in each row")
	if c.Moved && a.version.Before(8, 0, 29) {
		f = rebuild("column " + col.Name + " is not the last one, which is INSTANT from 8.0.29 on")
		f.Cause = ByVersion
	}
	if a.version.Before(8, 0, 12) {
		f = rebuild("column " + col.Name + " gets a place in each row, and INSTANT exists from 8.0.12 on")
		f.Cause = ByVersion
	}
	if col.Unique {
		if f.Algorithm == Instant {
			f = rebuild("the unique index of column " + col.Name + " is built, so that the column is not added INSTANT")
		}
		f.Reads = true
	}
	return f
}

func (a alter) dropColumn(c *Change) Fact {
	if col := a.Was.Column(c.Name); col != nil && col.Generated == "VIRTUAL" {
		return a.since(metadata(), 8, 0, 12)
	}
	why := "column " + c.Name + " is taken out of each row"
	if a.version.Before(8, 0, 29) {
		f := rebuild(why + ", and DROP COLUMN is INSTANT from 8.0.29 on")
		f.Cause = ByVersion
		return f
	}
	return a.withoutInstant(why)
}

// withoutInstant is INSTANT, unless the table does not permit it.
func (a alter) withoutInstant(why string) Fact {
	switch {
	case a.Was.HasKey(Fulltext) != nil:
		f := rebuild("the table has a FULLTEXT index, so that INSTANT is not possible: " + why)
		f.Cause, f.DML = ByLimit, false
		return f
	case a.Was != nil && a.Was.RowFormat == "COMPRESSED":
		f := rebuild("the table is ROW_FORMAT=COMPRESSED, so that INSTANT is not possible: " + why)
		f.Cause = ByLimit
		return f
	}
	return instant()
}

func (a alter) addKey(c *Change) Fact {
	switch c.Key.Kind {
	case Primary:
		return rebuild("rows are stored in the order of the primary key")
	case Fulltext:
		f := inplace()
		f.DML, f.Cause = false, ByFulltext
		f.Why = "a FULLTEXT index is built under a SHARED lock"
		if a.Was != nil && !a.Was.Partial && a.Was.HasKey(Fulltext) == nil && a.Was.Column("FTS_DOC_ID") == nil {
			f.Rebuilds = true
			f.Why = "the first FULLTEXT index of a table rebuilds it, under a SHARED lock"
		}
		return f
	case Spatial:
		f := inplace()
		f.DML, f.Cause, f.Why = false, BySpatial, "a SPATIAL index is built under a SHARED lock"
		return f
	case Check:
		return copies(ByCheck, "the CHECK is verified for all rows while they are copied")
	case Foreign:
		if a.off {
			return metadata()
		}
		return copies(ByForeignKey, "a foreign key is verified for all rows while they are copied, unless foreign_key_checks is off")
	}
	return inplace()
}

func (a alter) option(c *Change) Fact {
	switch c.Name {
	case "engine":
		if !strings.EqualFold(c.To, "innodb") {
			return copies(ByEngine, "the rows are copied into "+c.To)
		}
		if a.Was.HasKey(Fulltext) != nil {
			return copies(ByFulltext, "a table with a FULLTEXT index is rebuilt by a copy")
		}
		return rebuild("ENGINE=InnoDB rebuilds the table, also if it is InnoDB already")
	case "row_format", "key_block_size":
		return rebuild(strings.ToUpper(c.Name) + " writes all rows anew")
	case "encryption":
		return copies(ByOther, "ENCRYPTION writes all rows anew")
	case "charset":
		// It is the default of columns to come: no row changes.
		return metadata()
	}
	return metadata()
}

func (a alter) partition(c *Change) Fact {
	switch c.Name {
	case "by", "remove":
		return copies(ByPartition, "all rows move to other partitions")
	case "reorganize", "coalesce":
		return Fact{Algorithm: Inplace, Rebuilds: true, Cause: ByPartition, Why: "the rows of the partitions move to others, under a SHARED lock"}
	case "rebuild":
		return Fact{Algorithm: Inplace, Rebuilds: true, Cause: ByPartition, Why: "the partitions are rebuilt"}
	}
	return metadata()
}

// modify compares the new definition of a column with the old one.
func (a alter) modify(c *Change) Fact {
	was, to := a.Was.Column(c.Name), c.Column
	if was == nil {
		return a.modifyUnknown(c)
	}
	if f, costs := a.changeType(was, to); costs {
		return f
	}
	if f, costs := a.changeDefinition(c, was, to); costs {
		return f
	}
	if !same(c.Name, c.To) {
		return a.since(metadata(), 8, 0, 28)
	}
	if len(to.Type.Values) > len(was.Type.Values) {
		return a.since(metadata(), 8, 0, 12)
	}
	if f, wider := a.longer(was, to); wider {
		return f
	}
	return a.since(metadata(), 8, 0, 12)
}

// modifyUnknown is MODIFY of a column of which the old definition is not known.
func (a alter) modifyUnknown(c *Change) Fact {
	f := copies(ByType, "the type of column "+c.Name+" may change to "+c.Column.Type.String())
	switch {
	case len(c.Column.Type.Values) > 0:
		f.Cause, f.Why = ByEnumOrder, "members of "+strings.ToUpper(c.Column.Type.Name)+" "+c.Name+" may be moved, renamed or dropped"
	case c.Column.Type.Name == "varchar":
		f.Cause, f.Why = ByVarchar, "the former length of column "+c.Name+" is not known"
	}
	f.Assumed = "The definition of " + c.Name + " before the migration is not known. COPY is assumed."
	return f
}

func (a alter) changeType(was, to *Column) (Fact, bool) {
	change := "the type of column " + to.Name + " changes from " + was.Type.String() + " to " + to.Type.String()
	switch {
	case was.Generated != to.Generated:
		if to.Generated == "STORED" || was.Generated == "STORED" {
			return copies(ByStored, "column "+to.Name+" changes to or from GENERATED ... STORED"), true
		}
		return copies(ByType, "column "+to.Name+" changes to or from GENERATED"), true
	case was.Type.Name != to.Type.Name || was.Type.Unsigned != to.Type.Unsigned || was.Type.Scale != to.Type.Scale:
		return copies(ByType, change), true
	case len(was.Type.Values) > 0:
		return a.changeMembers(was, to)
	case was.Type.Length != to.Type.Length && was.Type.Name != "varchar" && was.Type.Name != "varbinary":
		return copies(ByType, change), true
	case to.Type.Length < was.Type.Length:
		return copies(ByType, change), true
	case isText(to.Type.Name) && a.charset(was) != a.charset(to):
		return copies(ByCharset, "the character set of column "+to.Name+" changes from "+a.charset(was)+" to "+a.charset(to)), true
	}
	if was.Type.Length != to.Type.Length {
		before, after := a.bytes(was), a.bytes(to)
		if before <= 255 && after > 255 {
			return copies(ByVarchar, change+", which needs a second byte for the length"), true
		}
	}
	return Fact{}, false
}

// longer is a VARCHAR that grows within the class of its length.
func (a alter) longer(was, to *Column) (Fact, bool) {
	return metadata(), to.Type.Length > was.Type.Length
}

func (a alter) changeMembers(was, to *Column) (Fact, bool) {
	kind := strings.ToUpper(to.Type.Name)
	old, list := was.Type.Values, to.Type.Values
	if len(list) < len(old) || !slices.Equal(list[:len(old)], old) {
		return copies(ByEnumOrder, "members of "+kind+" "+to.Name+" are moved, renamed or dropped, so that each row gets another number"), true
	}
	before, after := memberBytes(to.Type.Name, len(old)), memberBytes(to.Type.Name, len(list))
	if before != after {
		return copies(ByEnumSize, kind+" "+to.Name+" needs more bytes in each row with its new members"), true
	}
	return Fact{}, false
}

// memberBytes is the size of a value of ENUM or SET with so many members.
func memberBytes(name string, members int) int {
	if name == "enum" {
		if members > 255 {
			return 2
		}
		return 1
	}
	for _, size := range []int{1, 2, 3, 4} {
		if members <= size*8 {
			return size
		}
	}
	return 8
}

func (a alter) changeDefinition(c *Change, was, to *Column) (Fact, bool) {
	switch {
	case was.NotNull != to.NotNull && !was.Primary:
		null := "NULL"
		if to.NotNull {
			null = "NOT NULL"
		}
		return rebuild("column " + to.Name + " becomes " + null), true
	case c.Moved:
		return rebuild("column " + to.Name + " moves to another place in the row"), true
	case was.Auto != to.Auto && to.Auto:
		return copies(ByAuto, "column "+to.Name+" becomes AUTO_INCREMENT"), true
	}
	return Fact{}, false
}

// charsetBytes is the longest character of a character set.
var charsetBytes = map[string]int{
	"utf8mb4": 4, "utf8": 3, "utf8mb3": 3, "utf16": 4, "utf16le": 4, "utf32": 4, "ucs2": 2, "gb18030": 4, "gbk": 2, "gb2312": 2, "big5": 2, "sjis": 2,
	"cp932": 2, "ujis": 3, "eucjpms": 3, "euckr": 2,
}

// charset returns the character set of a column: its own, the table's, or the
// default of the version.
func (a alter) charset(c *Column) string {
	set := c.Charset
	if set == "" && a.Was != nil {
		set = a.Was.Charset
	}
	if set == "" {
		set = "utf8mb4"
		if a.version.Before(8) {
			set = "latin1"
		}
	}
	if set == "utf8" {
		return "utf8mb3"
	}
	return set
}

// bytes is the longest value of a VARCHAR in bytes.
func (a alter) bytes(c *Column) int {
	if c.Type.Name == "varbinary" {
		return c.Type.Length
	}
	return c.Type.Length * max(charsetBytes[a.charset(c)], 1)
}
