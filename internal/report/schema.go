package report

import "github.com/pgverdict/pgverdict/internal/opt"

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
