//go:build cgo

package main

import (
	"bufio"
	"io"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

func init() { baselines["PostgreSQL's parser"] = parseStatements }

// parseStatements gets the parse tree of each line as JSON.
func parseStatements(r io.Reader) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if _, err := pg_query.ParseToJSON(lines.Text()); err != nil {
			return err
		}
	}
	return lines.Err()
}
