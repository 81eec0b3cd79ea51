package plan

import (
	"bytes"
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
		// The nodes below these ran on several data nodes, and have the least and the greatest
		// figure of them.
		system:   "Postgres-XL or TBase",
		node:     isOfDataNodes,
		property: func(n string) bool { return n == "Node List" || n == "Data Node" },
	},
	{
		system: "PolarDB",
		node:   isPX,
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

// isOfDataNodes recognizes what the coordinator of Postgres-XL and its forks has run on
// data nodes.
func isOfDataNodes(typ string) bool {
	typ = strings.TrimPrefix(typ, "Parallel ")
	return strings.HasPrefix(typ, "Remote Subquery Scan") || strings.HasPrefix(typ, "Remote Fast Query Execution") || strings.HasPrefix(typ, "Data Node Scan")
}

// isPX recognizes PX Coordinator 2:1, of a plan that several servers run.
func isPX(typ string) bool { return strings.HasPrefix(typ, "PX Coordinator") }

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

// textSigns identify systems whose plans do not resemble PostgreSQL's. All words must
// occur. Those that are not alike are enough to take a text for a plan.
var textSigns = []struct {
	system string
	words  []string
	alike  bool   // a plan of PostgreSQL can have these words, too
	not    string // a word that must not occur
}{
	{system: "MariaDB", words: []string{`"query_block"`, `"r_loops"`}},
	{system: "MySQL", words: []string{`"query_block"`}},
	{system: "MySQL", words: []string{"select_type", "possible_keys"}},
	{system: "MySQL", words: []string{"-> ", "(cost=", " rows="}, alike: true, not: " Scan "},
	{system: "SQL Server", words: []string{"<ShowPlanXML"}},
	{system: "SQL Server", words: []string{"|--", "OBJECT:(["}},
	{system: "Oracle", words: []string{"Plan hash value"}},
	{system: "Oracle", words: []string{"| Id  | Operation"}},
	{system: "CockroachDB", words: []string{"vectorized: ", "distribution: "}},
	{system: "SQLite", words: []string{"QUERY PLAN", "--SCAN"}},
	{system: "SQLite", words: []string{"QUERY PLAN", "--SEARCH"}},
	{system: "Spark", words: []string{"== Physical Plan =="}},
	{system: "Hive", words: []string{"STAGE DEPENDENCIES:", "STAGE PLANS:"}},
	{system: "Impala", words: []string{"Per-Host Re", "EXCHANGE ["}},
	{system: "Impala", words: []string{"Per-Host Re", "SCAN HDFS ["}},
	{system: "Trino", words: []string{"Fragment 0 [", "Estimates:"}},
	{system: "DuckDB", words: []string{"Physical Plan", "┌──"}},
	{system: "TiDB", words: []string{"estRows", "operator info"}},
	{system: "ClickHouse", words: []string{"ReadFromMergeTree"}},
	{system: "Snowflake", words: []string{"GlobalStats:", "Operations:"}},
	{system: "Db2", words: []string{"Access Plan:", "Query Degree:"}},
	{system: "Vertica", words: []string{"Access Path:", "(PATH ID: "}},
	{system: "Teradata", words: []string{"First, we lock ", "-AMP"}},
	{system: "MongoDB", words: []string{"queryPlanner", "winningPlan"}},
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

// SniffOther reports whether a text that Sniff does not know has the signs of another
// system's plan, which Parse names in its error. The words of SQL can have them, too.
func SniffOther(b []byte) bool {
	for _, sign := range textSigns {
		missing := func(word string) bool { return !bytes.Contains(b, []byte(word)) }
		if !sign.alike && !slices.ContainsFunc(sign.words, missing) {
			return true
		}
	}
	return false
}

var errOtherSystem = errors.New("run EXPLAIN (ANALYZE, BUFFERS) on PostgreSQL")

// OtherSystem returns what an error of Parse found in place of a plan of PostgreSQL: "a plan of
// MySQL"; empty if the error is another one.
func OtherSystem(err error) string {
	var e *SyntaxError
	if errors.As(err, &e) && errors.Is(err, errOtherSystem) {
		return e.Got
	}
	return ""
}

// otherSystemError returns the error for a plan of another system.
func otherSystemError(system string, no int) *SyntaxError {
	return &SyntaxError{Line: no, Want: "a PostgreSQL plan", Got: "a plan of " + system, Err: errOtherSystem}
}
