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

// Money and yes or no are told by the words of a name, with the type and what is beside it.
func TestMoneyAndFlags(t *testing.T) {
	s := read(t, `
		CREATE TABLE bills (price real, "unitPrice" real, amount_due real, price_per_unit real, total_usd real,
			tax_rate real, price_id int, total_count int, amount_of_water real, balance_of_load real, cost_seconds real,
			is_paid smallint, "hasTax" int, enabled int, deleted numeric(1,0), sent char(1) DEFAULT 'N', answer text CHECK (answer IN ('yes', 'no')), allow_tips int DEFAULT 1,
			has_count int, last_active int, active_users int, level int DEFAULT 1, issues int, is_at bigint, grade char(1), tag "char", step int CHECK (step IN (0, 1, 2)),
			is_ready int CHECK (is_ready IN (0, 1, 2)), phase char(1) DEFAULT 'N', mark char(1) DEFAULT 'F', done char(1) DEFAULT 'N' CHECK (done IN ('N', 'P', 'Y')));
		CREATE TABLE road_segments (cost real, total real);`)
	for i := range s.Tables[0].Columns {
		col := &s.Tables[0].Columns[i]
		if got, want := s.Tables[0].IsMoney(col), i < 5; got != want {
			t.Errorf("%s: money %v", col.Name, got)
		}
		if got, want := s.Tables[0].IsFlag(col), i >= 11 && i < 18; got != want {
			t.Errorf("%s: flag %v", col.Name, got)
		}
	}
	for i := range s.Tables[1].Columns {
		if s.Tables[1].IsMoney(&s.Tables[1].Columns[i]) {
			t.Errorf("%s is money", s.Tables[1].Columns[i].Name)
		}
	}
}
