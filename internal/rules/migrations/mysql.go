package migrations

import (
	"regexp"
	"strings"

	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

const (
	mysqlManual  = "https://dev.mysql.com/doc/refman/8.0/en/"
	docOnlineDDL = mysqlManual + "innodb-online-ddl-operations.html"
	docMetaLock  = mysqlManual + "metadata-locking.html"
)

// mysqlWait limits the wait for a metadata lock.
const mysqlWait = "SET SESSION lock_wait_timeout = 5;"

// mysqlEngine is the Engine of rules on MySQL.
const mysqlEngine = string(dialect.MySQL)

// aboutTable begins a finding about a statement of MySQL or SQLite.
func aboutTable(c *rule.Case, s *migration.Statement, table string, tag finding.Tag, severity finding.Severity) rule.Found {
	f := c.About(s, nil, tag, severity)
	f.Where.Relation = table
	return f
}

// aboutColumn begins a finding about a column that a statement of MySQL or SQLite adds
// or creates.
func aboutColumn(c *rule.Case, s *migration.Statement, col *dialect.Column, tag finding.Tag, severity finding.Severity) rule.Found {
	f := aboutTable(c, s, s.Dialect.Table, tag, severity)
	f.Where.Column = col.Name
	return f
}

// first returns the first of the columns; empty if there is none, as of an expression.
func first(columns []string) string {
	if len(columns) == 0 {
		return ""
	}
	return columns[0]
}

// mysqlAlter returns what an ALTER TABLE of MySQL does to a table that was there
// before; nil for other statements, and if the server refuses it.
func mysqlAlter(s *migration.Statement) *dialect.Effect {
	if e := s.Dialect; e != nil && e.Kind == dialect.AlterTable && !e.NewHere && e.Refused == "" {
		return e
	}
	return nil
}

// factBy returns the first fact of an ALTER TABLE with one of the causes; nil if there
// is none.
func factBy(e *dialect.Effect, causes ...dialect.Cause) *dialect.Fact {
	for i := range e.Facts {
		for _, c := range causes {
			if e.Facts[i].Cause == c {
				return &e.Facts[i]
			}
		}
	}
	return nil
}

// newMySQLColumns returns the columns that a statement of MySQL adds or creates.
func newMySQLColumns(s *migration.Statement) []*dialect.Column {
	if s.Dialect == nil {
		return nil
	}
	var list []*dialect.Column
	if s.Dialect.Kind == dialect.CreateTable {
		list = s.Dialect.New.Columns
	}
	for _, c := range s.Dialect.Changes {
		if c.Verb == dialect.AddColumn {
			list = append(list, c.Column)
		}
	}
	return list
}

// copied begins a finding about an ALTER TABLE that copies the table because of a
// fact. If the fact is assumed, the finding says what was.
func copied(c *rule.Case, s *migration.Statement, fact *dialect.Fact) rule.Found {
	e := s.Dialect
	f := aboutTable(c, s, e.Table, finding.Confirmed, finding.High)
	f.Title = redact.Sprintf("ALTER TABLE copies %s and blocks writes: %s", e.Table, fact.Why)
	f.Detail = redact.Sprintf("The server carries it out with ALGORITHM=COPY. It writes all rows of %s into a new table, and INSERT, UPDATE and DELETE wait until it is done. Replicas take as long again.", e.Table)
	f.Fix = redact.Plain(onlineTool(s))
	if fact.Assumed != "" {
		f.More = redact.Sprintf("%s SHOW CREATE TABLE %s tells it.", fact.Assumed, e.Table)
		f.Fix = redact.Plain("Add ALGORITHM=INPLACE, LOCK=NONE, so that the statement fails instead of copying the table. If it fails: " + onlineTool(s))
	}
	return f
}

// onlineTool says how to change a large table of MySQL without blocking its writes.
func onlineTool(s *migration.Statement) string {
	e := s.Dialect
	keys := e.Was.HasKey(dialect.Foreign) != nil || len(e.Referring) > 0
	alter := alterWords(s)
	switch {
	case keys || len(e.Objects) > 0:
		return "Run the change with pt-online-schema-change --alter " + alter + ". gh-ost does not work with the triggers or foreign keys of " + e.Table + "."
	case e.Was == nil || e.Was.Partial || !e.Known:
		return "Run the change with gh-ost --alter " + alter + ". If the table has triggers or foreign keys, use pt-online-schema-change instead."
	}
	return "Run the change with gh-ost --alter " + alter + "."
}

var (
	alterHead   = regexp.MustCompile("(?is)^ALTER\\s+TABLE\\s+(?:`[^`]*`|[\\w$.]+)+\\s*")
	alterClause = regexp.MustCompile(`(?i),?\s*\b(?:ALGORITHM|LOCK)\s*=?\s*\w+`)
)

// alterWords is what the tools take as --alter: what stands behind ALTER TABLE and its
// table, without ALGORITHM, LOCK and semicolon; "..." if it is long.
func alterWords(s *migration.Statement) string {
	text := strings.Join(strings.Fields(alterClause.ReplaceAllString(s.Text, "")), " ")
	head := alterHead.FindString(text)
	words := text[len(head):]
	if e := s.Dialect; head == "" {
		words = ""
		if len(e.Changes) == 1 && e.Changes[0].Key != nil && len(e.Changes[0].Key.Columns) > 0 && e.Changes[0].Verb == dialect.AddKey {
			k := e.Changes[0].Key
			kind := map[dialect.KeyKind]string{dialect.Unique: "UNIQUE ", dialect.Fulltext: "FULLTEXT ", dialect.Spatial: "SPATIAL "}[k.Kind]
			words = "ADD " + kind + "INDEX " + k.Name + " (" + strings.Join(k.Columns, ", ") + ")"
		}
	}
	switch {
	case words == "" || len(words) > 120:
		return "'...'"
	case strings.Contains(words, "'"):
		return `"` + words + `"`
	}
	return "'" + words + "'"
}

// tableWords names what a statement works on.
func tableWords(e *dialect.Effect) string {
	if e.Table == "" {
		return "the table"
	}
	return e.Table
}

// statementWords names a statement of MySQL or SQLite by its first words.
func statementWords(s *migration.Statement) string {
	words := strings.Fields(strings.ToUpper(s.Text))
	if len(words) == 0 {
		return "The statement"
	}
	for i, w := range words[:min(len(words), 4)] {
		if w == "TABLE" || w == "INDEX" || w == "VIEW" || w == "TRIGGER" {
			return strings.Join(words[:i+1], " ")
		}
	}
	return words[0]
}

// newKeys returns the keys that a statement creates, and all keys of its table
// afterwards.
func newKeys(e *dialect.Effect) (added, all []*dialect.Key) {
	if e.Kind == dialect.CreateTable {
		return e.New.Keys, e.New.Keys
	}
	for _, c := range e.Changes {
		if c.Verb == dialect.AddKey {
			added = append(added, c.Key)
		}
	}
	if e.Was != nil {
		all = append(all, e.Was.Keys...)
	}
	return added, append(all, added...)
}
