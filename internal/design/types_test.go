package design_test

import "testing"

// A column of 8 bytes begins at a multiple of 8, but after text nobody knows how far on.
func TestPadding(t *testing.T) {
	s := read(t, `
		CREATE TABLE a (yes boolean, id bigint, no boolean, n integer, at timestamptz, z boolean);
		CREATE TABLE b (n integer, body text, id bigint, yes boolean, at timestamptz);
		CREATE TABLE c (id bigint, n integer, yes boolean, body text);`)
	for i, want := range []int{7 + 3, 7, 0} {
		if got, _ := s.Tables[i].Padding(); got != want {
			t.Errorf("%s: %d bytes, want %d", s.Tables[i].Name, got, want)
		}
	}
}

// What has one name has one type, unless the name says nothing.
func TestTypesByName(t *testing.T) {
	s := read(t, `
		CREATE TABLE a (reviewer_id bigint, value text, given_name text);
		CREATE TABLE b (reviewer_id bigint, value text, given_name varchar(20));
		CREATE TABLE c (reviewer_id integer, value jsonb, given_name text);`)
	list := s.TypesByName()
	if len(list) != 1 || list[0].Kind != "reviewer_id" || list[0].List[0].Name != "bigint" || list[0].Others()[0].Table.Name.Name != "c" {
		t.Errorf("%+v", list)
	}
}
