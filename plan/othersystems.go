package plan

import (
	"errors"
	"slices"
	"strings"
)

// Plans of other systems are recognized so that the error can name the system.
// Reading them partly would give wrong results.

// forkSigns identify forks of PostgreSQL and systems with similar output by
// node types and properties.
var forkSigns = []struct {
	system   string
	node     func(typ string) bool
	property func(name string) bool
}{
	{
		system:   "Greenplum",
		node:     func(t string) bool { return strings.Contains(t, " Motion") },
		property: func(n string) bool { return n == "Optimizer" || n == "Slice statistics" },
	},
	{
		system:   "YugabyteDB",
		node:     func(t string) bool { return strings.HasPrefix(t, "YB ") },
		property: isYugabyte,
	},
	{
		system: "Amazon Redshift",
		node:   func(t string) bool { return strings.HasPrefix(t, "XN ") || strings.HasPrefix(t, "LD ") },
	},
	{
		system:   "openGauss or GaussDB",
		node:     isStreaming,
		property: func(n string) bool { return n == "Node/s" || n == "Spawn on" },
	},
	{
		// One cost or two, but never a width. People shorten those of PostgreSQL.
		system: "MySQL",
		node: func(t string) bool {
			words, _, costs := strings.Cut(t, "(cost=")
			return costs && !strings.Contains(t, " width=") && !isNodeWords(strings.TrimRight(words, " "))
		},
	},
}

// isStreaming recognizes Streaming(type: GATHER), with Vector before it for columnar data.
func isStreaming(typ string) bool {
	return strings.HasPrefix(strings.TrimPrefix(typ, "Vector "), "Streaming")
}

// isYugabyte recognizes "Storage Table Read Requests" and similar names.
func isYugabyte(name string) bool {
	return strings.HasSuffix(name, " Requests") && (strings.HasPrefix(name, "Storage ") || strings.HasPrefix(name, "Catalog "))
}

// system returns the name of the other system that printed the plan; empty for
// PostgreSQL.
func (p *Plan) system() string {
	for _, sign := range forkSigns {
		if sign.property != nil {
			for _, q := range p.Summary {
				if sign.property(q.Name) {
					return sign.system
				}
			}
		}
		for _, n := range p.nodes {
			if sign.node(n.Type) {
				return sign.system
			}
			if sign.property == nil {
				continue
			}
			for i := range n.Properties {
				if sign.property(n.Properties[i].Name) {
					return sign.system
				}
			}
		}
	}
	return ""
}

// textSigns identify systems whose plans do not resemble PostgreSQL's. All
// words must occur, and the other one must not.
var textSigns = []struct {
	system string
	words  []string
	not    string
}{
	{"MariaDB", []string{`"query_block"`, `"r_loops"`}, ""},
	{"MySQL", []string{`"query_block"`}, ""},
	{"MySQL", []string{"select_type", "possible_keys"}, ""},
	{"MySQL", []string{"-> ", "(cost=", " rows="}, " Scan "},
	{"SQL Server", []string{"<ShowPlanXML"}, ""},
	{"SQL Server", []string{"|--", "OBJECT:(["}, ""},
	{"Oracle", []string{"Plan hash value"}, ""},
	{"Oracle", []string{"| Id  | Operation"}, ""},
	{"CockroachDB", []string{"vectorized:", "distribution:"}, ""},
	{"SQLite", []string{"QUERY PLAN", "--SCAN"}, ""},
	{"SQLite", []string{"QUERY PLAN", "--SEARCH"}, ""},
	{"Spark", []string{"== Physical Plan =="}, ""},
	{"Trino", []string{"Fragment 0 [", "Estimates:"}, ""},
	{"DuckDB", []string{"Physical Plan", "┌──"}, ""},
	{"TiDB", []string{"estRows", "operator info"}, ""},
	{"ClickHouse", []string{"ReadFromMergeTree"}, ""},
}

// otherSystem looks for another system's plan and returns the line number of
// the last sign.
func otherSystem(lines []line) (system string, no int) {
	const most = 1000 // lines; the signs are at the start of the output
	lines = lines[:min(len(lines), most)]
	for _, sign := range textSigns {
		found, at := 0, 0
		for _, word := range sign.words {
			for _, l := range lines {
				if strings.Contains(l.text, word) {
					found++
					at = l.no
					break
				}
			}
		}
		if found == len(sign.words) && (sign.not == "" || !slices.ContainsFunc(lines, func(l line) bool { return strings.Contains(l.text, sign.not) })) {
			return sign.system, at
		}
	}
	return "", 0
}

var errOtherSystem = errors.New("run EXPLAIN (ANALYZE, BUFFERS) on PostgreSQL")

// otherSystemError returns the error for a plan of another system.
func otherSystemError(system string, no int) *SyntaxError {
	return &SyntaxError{Line: no, Want: "a PostgreSQL plan", Got: "a plan of " + system, Err: errOtherSystem}
}
