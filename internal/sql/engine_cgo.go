//go:build cgo

package sql

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"
	"github.com/pganalyze/pg_query_go/v5/parser"
	"google.golang.org/protobuf/encoding/protojson"
)

// The C library has the grammar of PostgreSQL 16. It is tried first, because it
// needs no start.
var grammars = []grammar{parse16, parse17}

// Grammars names the versions of PostgreSQL whose grammars read SQL, and how.
const Grammars = "16 in C, 17 as WebAssembly"

func parse16(text string) (string, *refusal) {
	tree, err := pg_query.ParseToJSON(text)
	if e, ok := err.(*parser.Error); ok {
		return "", &refusal{e.Message, e.Cursorpos}
	}
	return tree, refusalOf(err)
}

// deparse prints a tree. 16's grammar has no nodes of 17: such a tree is refused.
func deparse(tree []byte) (string, error) {
	var result pg_query.ParseResult
	if err := protojson.Unmarshal(tree, &result); err != nil {
		return "", err
	}
	return pg_query.Deparse(&result)
}

// parseExact returns a tree with all numbers.
func parseExact(text string) (string, error) {
	tree, err := pg_query.Parse(text)
	if err != nil {
		return "", err
	}
	written, err := protojson.Marshal(tree)
	return string(written), err
}
