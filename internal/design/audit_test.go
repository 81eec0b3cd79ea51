package design

import (
	"testing"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/lex"
)

// A stamp that most tables have is missed in those that people change, not in lookup
// tables, joins and logs.
func TestWithout(t *testing.T) {
	c := catalog.New()
	for _, p := range lex.Split(`CREATE TABLE notes (id bigint PRIMARY KEY, created_at timestamptz); CREATE TABLE tasks (id bigint PRIMARY KEY, "createdAt" timestamptz);
		CREATE TABLE cards (id bigint PRIMARY KEY, inserted_at timestamptz); 
		CREATE TABLE labels (id bigint PRIMARY KEY, body text); CREATE TABLE login_log (id bigint, body text); CREATE TABLE countries (code text PRIMARY KEY, name text);
		CREATE TABLE card_labels (card_id bigint REFERENCES cards, label_id bigint REFERENCES labels)`) {
		s, err := ddl.Parse(p.Text)
		if err != nil {
			t.Fatal(err)
		}
		ddl.Run(c, s)
	}
	s := New(c, false)
	without, with := s.Without(CreatedAt)
	if with != 3 || len(without) != 1 || without[0].Name.Name != "labels" {
		t.Errorf("%d with, %v without", with, without)
	}
	if without, _ := s.Without(CreatedBy); without != nil {
		t.Errorf("created_by: %v", without)
	}
}
