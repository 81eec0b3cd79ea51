package migrations

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

const (
	manual       = "https://www.postgresql.org/docs/current/"
	docAlter     = manual + "sql-altertable.html"
	docIndex     = manual + "sql-createindex.html"
	docBuild     = manual + "sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY"
	docDropIndex = manual + "sql-dropindex.html"
	docReindex   = manual + "sql-reindex.html"
	docLocks     = manual + "explicit-locking.html"
	docTimeouts  = manual + "runtime-config-client.html#GUC-LOCK-TIMEOUT"
	docPartition = manual + "ddl-partitioning.html"
	docType      = manual + "sql-altertype.html"
)

// named is a relation with its size, as far as that is known: "posts (11.8 M rows)".
func named(c *rule.Case, s *migration.Statement, r *catalog.Relation) string {
	name := rule.TableWords(r)
	if size := c.WorkedOn(s, r).String(); size != "" {
		return name + " (" + size + ")"
	}
	return name
}

// quoted names an object of which only the name is known.
func quoted(name string) string { return lex.QuoteIdent(name) }

// columnWords names columns: "(a, b)".
func columnWords(columns []string) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = quoted(c)
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// at says where a statement is: "line 12", or with its file if that is another one.
func at(from, s *migration.Statement) string {
	where := "line " + strconv.Itoa(s.Line)
	if from.File != s.File {
		where += " of " + fileName(s.File)
	}
	return where
}

// transactionWords names who makes the transaction of a statement.
func transactionWords(s *migration.Statement) string {
	if s.Tx == nil {
		return "no transaction"
	}
	if s.Tx.Why != "" {
		return s.Tx.Why
	}
	switch s.Tx.Kind {
	case migration.Explicit:
		return "BEGIN in the file opens a transaction"
	case migration.Block:
		return "the body runs in one transaction"
	case migration.ByTool:
		return toolName(s.File) + " runs the file in one transaction"
	}
	return "the file is sent as one string, which is one transaction"
}

func toolName(f *migration.File) string {
	if f.Tool == nil || f.Tool.Name == "" || f.Tool.Name == "plain" {
		return "the tool"
	}
	return f.Tool.Name
}

// wayOut says how the tool runs a statement outside of a transaction.
func wayOut(s *migration.Statement) string {
	if s.Tx != nil && s.Tx.WayOut != "" {
		return "To run it outside of a transaction, " + s.Tx.WayOut + "."
	}
	return "Put the statement into a file of its own that runs without a transaction."
}

// sentence joins words, without blanks where some are empty.
func sentence(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " ")
}

// fileName names a file of a migration: by its folder too, where all files have one
// name.
func fileName(f *migration.File) string {
	p := strings.ReplaceAll(f.Path, "\\", "/")
	if name := path.Base(p); name != "migration.sql" && name != "up.sql" {
		return name
	}
	return path.Base(path.Dir(p)) + "/" + path.Base(p)
}
