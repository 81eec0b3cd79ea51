package design

import (
	"cmp"
	"regexp"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// nextval finds the sequence of a default.
var nextval = regexp.MustCompile(`(?i)^\(?nextval\('(?:("[^"]+"|\w+)\.)?("[^"]+"|\w+)'`)

// SequenceOf returns the sequence that numbers a column: its own, or the one that its
// default names; nil if there is none.
func (t *Table) SequenceOf(col *catalog.Column) *catalog.Relation {
	if s := t.Schema.Get(col.Sequence); s != nil {
		return s
	}
	m := nextval.FindStringSubmatch(col.Default.Text)
	if m == nil {
		return nil
	}
	if s := t.Schema.Find(catalog.Name{Schema: unquoted(m[1]), Name: unquoted(m[2])}); s != nil && s.Kind == catalog.Sequence {
		return s
	}
	return nil
}

func unquoted(name string) string {
	if len(name) > 1 && name[0] == '"' {
		return name[1 : len(name)-1]
	}
	return name
}

// LastOf returns the last value of a sequence.
func LastOf(s *catalog.Relation) int64 {
	return cmp.Or(s.Most, integers[s.SeqType], integers["bigint"])
}
