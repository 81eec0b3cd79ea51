package rollout

import (
	"testing"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/pgversion"
)

// play runs a migration on a schema and returns its statements. block says that they
// are one transaction.
func play(t *testing.T, schema, text string, version int, block bool) (*Plan, []*migration.Statement) {
	t.Helper()
	c := catalog.New()
	run := func(text string) (ddl.Statement, *ddl.Effect) {
		s, err := ddl.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		s.Version, s.First, s.Block = version, 1, block
		return s, ddl.Run(c, s)
	}
	for _, p := range lex.Split(schema) {
		if _, e := run(p.Text); e.Refused != "" {
			t.Fatalf("%s: %s", p.Text, e.Refused)
		}
	}
	c.Complete = schema != ""
	var list []*migration.Statement
	tx := &migration.Transaction{Kind: migration.ByTool}
	file := &migration.File{Path: "001.sql"}
	for i, p := range lex.Split(text) {
		c.Now = i + 1
		parsed, e := run(p.Text)
		s := &migration.Statement{File: file, Number: i + 1, Line: p.Line, Text: p.Text, Tree: parsed.Tree, Effect: e}
		if block {
			s.Tx, tx.Statements = tx, append(tx.Statements, s)
		}
		list = append(list, s)
	}
	file.Statements = list
	v := pgversion.Version{}
	if version > 0 {
		v = pgversion.Between(version, version, "test")
	}
	return &Plan{Catalog: c, Server: v}, list
}
