//go:build !cgo

package sql

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"
	"github.com/wasilibs/go-pgquery/parser"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

var grammars = []grammar{parse17}

// Grammars names the versions of PostgreSQL whose grammars read SQL, and how.
const Grammars = "17 as WebAssembly"

// deparse prints a tree.
func deparse(tree []byte) (string, error) {
	var result pg_query.ParseResult
	if err := protojson.Unmarshal(tree, &result); err != nil {
		return "", err
	}
	bytes, err := proto.Marshal(&result)
	if err != nil {
		return "", err
	}
	engine17.Lock()
	defer engine17.Unlock()
	return parser.DeparseFromProtobuf(bytes)
}

// parseExact returns a tree with all numbers.
func parseExact(text string) (string, error) {
	engine17.Lock()
	tree, err := parser.ParseToProtobuf(text)
	engine17.Unlock()
	if err != nil {
		return "", err
	}
	var result pg_query.ParseResult
	if err := proto.Unmarshal(tree, &result); err != nil {
		return "", err
	}
	written, err := protojson.Marshal(&result)
	return string(written), err
}
