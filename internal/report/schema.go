package report

import (
	"fmt"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// Schema is what a schema holds, and the verdict on it.
type Schema struct {
	Verdict     string       `json:"verdict"` // approve, iterate
	Tables      int          `json:"tables"`
	Conventions []Convention `json:"conventions"`
	Relations   []Relation   `json:"relations"` // the tables that are judged
	ForeignKeys []ForeignKey `json:"foreign_keys"`
}

// Convention is how most names or types of one kind are made.
type Convention struct {
	Kind       string   `json:"kind"`  // "table names"
	Value      string   `json:"value"` // "plural, snake_case"
	Kept       int      `json:"kept"`  // how many follow it
	Of         int      `json:"of"`
	Exceptions []string `json:"exceptions"`
}

// Relation is a table of the schema.
type Relation struct {
	Name     string    `json:"name"`
	Rows     opt.Float `json:"rows"`
	Bytes    opt.Float `json:"size_bytes"`
	Columns  []Column  `json:"columns"`
	Findings []int     `json:"findings"`
}

// Column is a column of a table.
type Column struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	NotNull  bool   `json:"not_null"`
	Key      bool   `json:"key"` // of the primary key
	Findings []int  `json:"findings"`
}

// ForeignKey is a foreign key between two tables.
type ForeignKey struct {
	Name    string   `json:"name"`
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
	Refers  string   `json:"references"`
	Others  []string `json:"references_columns"`
}

// words says how a convention is kept: "plural, 31 of 33 (except data, status)". A short
// report names the first exceptions.
func (c Convention) words(full bool) string {
	const most = 5
	said := fmt.Sprintf("%s, %s of %s", c.Value, figures.Count(float64(c.Kept)), figures.Count(float64(c.Of)))
	list := c.Exceptions
	if len(list) == 0 {
		return said
	}
	if more := len(list) - most; more > 0 && !full {
		list = append(list[:most:most], figures.Count(float64(more))+" more")
	}
	return said + " (except " + strings.Join(list, ", ") + ")"
}

// atPlaces is a sentence that names the first places of a finding that tells the same
// of many; empty if it is about one.
func (f Finding) atPlaces() string {
	const most = 4
	if len(f.Places) == 0 {
		return ""
	}
	var names []string
	for _, p := range f.Places[:min(len(f.Places), most)] {
		names = append(names, p.name())
	}
	if more := len(f.Places) - len(names); more > 0 {
		return " At " + strings.Join(names, ", ") + fmt.Sprintf(" and %s more.", figures.Count(float64(more)))
	}
	return " At " + figures.List(names) + "."
}

// name is a place as people write it: "orders.placed_at".
func (p Place) name() string {
	if p.Relation == nil {
		if p.Index != nil {
			return bareName(*p.Index)
		}
		return ""
	}
	name := bareName(*p.Relation)
	if p.Column != nil {
		name += "." + *p.Column
	}
	return name
}

// placeLine is a place in a line: what is there, and where it is written.
func (r *Report) placeLine(p Place) string {
	at := r.spotOf(p.Input, p.Line)
	if at != "" {
		at += ": "
	}
	return at + p.Title
}
