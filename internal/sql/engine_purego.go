//go:build !cgo

package sql

import pg_query "github.com/wasilibs/go-pgquery"

// parseJSON is the server's raw parse tree as JSON, by the same library as
// WebAssembly. Its first call takes a second or more to compile it, so it is
// not made before there is SQL.
func parseJSON(text string) (string, error) { return pg_query.ParseToJSON(text) }
