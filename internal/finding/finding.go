// Package finding defines what a rule reports: data, independent of how it is
// printed. Every text in it is redacted unless the user asks for literals.
package finding

import (
	"fmt"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// Tag states how certain a finding is. It decides the section of the finding.
type Tag string

const (
	Confirmed Tag = "CONFIRMED" // the input proves the title
	Concern   Tag = "CONCERN"   // it depends on something that is not in the input
	Critical  Tag = "CRITICAL"  // damage is under way or imminent
)

// Section returns A, B or C.
func (t Tag) Section() string {
	switch t {
	case Confirmed:
		return "A"
	case Critical:
		return "C"
	}
	return "B"
}

// Severity orders findings by their cost. The zero value is Nit.
type Severity int

const (
	Nit Severity = iota
	Low
	Medium
	High
	Severe // printed "critical"
)

var severityNames = [...]string{"nit", "low", "medium", "high", "critical"}

func (s Severity) String() string { return severityNames[s] }

// MarshalText returns the name in the report.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ParseSeverity parses the name of a severity.
func ParseSeverity(word string) (Severity, error) {
	for i, n := range severityNames {
		if n == word {
			return Severity(i), nil
		}
	}
	return 0, fmt.Errorf("expected one of %s", strings.Join(severityNames[:], ", "))
}

// Finding is one cause, at one place.
type Finding struct {
	Rule     string
	Tag      Tag
	Severity Severity
	Title    redact.Text // what was seen, in one line that begins with the noun
	Detail   redact.Text // the figures that carry it, and why it costs: a sentence or two, which the verdict quotes
	More     redact.Text // what else helps to judge it, for whoever reads the whole report
	Question redact.Text // of a concern: what has to be decided, ending with a question mark
	Settles  redact.Text // the data that settles the question, as a phrase
	Default  redact.Text // what to do without that data, as an imperative sentence
	Fix      redact.Text // what to do, in imperative sentences; the indexes to create are not named again: they are Remedies
	Blast    redact.Text // of something critical: what it hits
	Action   Action      // of something critical in a migration: what to do now
	Ignored  string      // the reason why a comment in the migration switches it off; empty: it is not
	Explains []Explained // what the same cause shows elsewhere
	Where    Where
	Places   []Place // of a finding that tells the same of many: all of them
	Evidence []Evidence
	Share    opt.Float // 0 to 1: the part of the execution, or of the exported execution time, that it explains; absent: unknown
	ImpactMs opt.Float // what the fix can remove from one execution; absent: no model says
	Asks     []Ask     // what was not pasted and would decide more
}

// Action is what to do with a migration that has a critical finding.
type Action string

const (
	DoNotShip Action = "do-not-ship" // it fails, or loses what cannot be brought back
	Rewrite   Action = "rewrite"     // there is a safe form
	Split     Action = "split"       // into several files or deploys
	AskFirst  Action = "ask"         // what is not in the files decides
)

// Symptom is a finding that another one explains.
type Explained struct {
	Rule  string
	Title redact.Text
}

// Ask is data that a finding lacks. Its query reads the catalogue or a
// statistics view, and writes nothing.
type Ask struct {
	Input string // what it is: one of the report's kinds of missing data
	Why   string // what it would decide; names only, no literals
	Query string // the SQL that gets it
}

// Where is the place of a finding. Input, Plan and Node count from 0; what
// does not apply is absent.
type Where struct {
	Input    opt.Value[int]
	Line     opt.Value[int]
	Plan     opt.Value[int]
	Node     opt.Value[int]
	Relation string // schema.name as far as known
	Column   string // of the relation; of a key, its first one
	Index    string
}

// Place is one of the places of a finding.
type Place struct {
	Where
	Title  redact.Text // what would be the title of a finding on this place alone
	Change string      // what it calls for as plain DDL; empty if nothing
}

// Evidence is one figure or expression that the finding rests on.
type Evidence struct {
	Name   string
	Value  any // float64, string or redact.Text
	Unit   string
	Source string // plan, pg_stat_statements, pg_stats, pg_class, sql, model, ...
}
