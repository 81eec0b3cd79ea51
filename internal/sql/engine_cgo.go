//go:build cgo

package sql

import pg_query "github.com/pganalyze/pg_query_go/v5"

// parseJSON is the server's raw parse tree as JSON, by the C library.
func parseJSON(text string) (string, error) { return pg_query.ParseToJSON(text) }
