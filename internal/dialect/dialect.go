// Package dialect reads migrations of the engines besides PostgreSQL: MySQL and
// SQLite. It says what each statement does by the rules of its engine.
//
// A text is split by Split and each statement is read by itself by Parse, so that
// one that the parser does not know costs nothing but itself. Schema.Run plays a
// statement and returns its Effect. Nothing here judges.
//
// The parsers of the two engines are known to mysql.go and sqlite.go alone.
package dialect

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Engine is a database engine besides PostgreSQL.
type Engine string

const (
	MySQL  Engine = "mysql"
	SQLite Engine = "sqlite"
)

// String returns the engine's name as it spells it.
func (e Engine) String() string {
	if e == MySQL {
		return "MySQL"
	}
	return "SQLite"
}

// Known reports whether a name is that of an engine that this package reads.
func Known(name string) bool { return readers[Engine(name)] != nil }

// reader is what a parser of an engine has to do.
type reader func(text string) (*Statement, error)

var readers = map[Engine]reader{MySQL: parseMySQL, SQLite: parseSQLite}

const (
	longest = 256 << 10 // bytes of a statement that is parsed: longer ones hold rows
	deepest = 1000      // parentheses in parentheses: the parsers call themselves for each
)

// Parse reads one statement. A statement that the parser refuses, or that it fails
// on, is an error. Of a very long one only INSERT is told.
func Parse(e Engine, text string) (s *Statement, err error) {
	if len(text) > longest {
		if words := firstWords(text, 3); len(words) > 0 && (strings.EqualFold(words[0], "insert") || strings.EqualFold(words[0], "replace")) {
			return &Statement{Engine: e, Kind: Insert}, nil
		}
		return nil, fmt.Errorf("the statement is longer than %d kB", longest>>10)
	}
	if depth(text) > deepest {
		return nil, fmt.Errorf("parentheses are nested more than %d deep", deepest)
	}
	defer func() {
		if r := recover(); r != nil {
			s, err = nil, fmt.Errorf("the parser of %s failed on the statement: %v", e, r)
		}
	}()
	return readers[e](text)
}

// depth is how deep the parentheses of a text are nested, those in strings included.
func depth(text string) int {
	now, most := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '(':
			now++
			most = max(most, now)
		case ')':
			now--
		}
	}
	return most
}

// Version is the version of an engine: major, minor and patch. The zero Version is
// not known.
type Version [3]int

// ParseVersion reads "8.0.36" or "3.40"; the parts that are not there are high, for
// "8.0" is the current release of that line.
func ParseVersion(s string) Version {
	var v Version
	parts := strings.Split(s, ".")
	for i := range v {
		v[i] = 999
		if i < len(parts) {
			digits := strings.TrimRightFunc(parts[i], func(c rune) bool { return c < '0' || c > '9' })
			n, err := strconv.Atoi(digits)
			if err != nil {
				if i == 0 {
					return Version{}
				}
				continue
			}
			v[i] = n
		}
	}
	return v
}

// Known reports whether the version is known.
func (v Version) Known() bool { return v != Version{} }

// Before reports whether a version is known and older than another one.
func (v Version) Before(parts ...int) bool {
	return v.Known() && slices.Compare(v[:len(parts)], parts) < 0
}

// String returns the version as "8.0.36".
func (v Version) String() string {
	if !v.Known() {
		return ""
	}
	var parts []string
	for _, n := range v {
		if n != 999 {
			parts = append(parts, strconv.Itoa(n))
		}
	}
	return strings.Join(parts, ".")
}

// current is the version of an engine that is assumed if nothing tells it.
var current = map[Engine]Version{MySQL: {8, 0, 999}, SQLite: {3, 52, 999}}

// Or returns the version, or the current one of an engine if it is not known.
func (v Version) Or(e Engine) Version { return cmp.Or(v, current[e]) }
