package design_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/migration"
)

// schema returns the schema of some DDL.
func schema(ddl string) *design.Schema {
	return design.New(migration.Read([]*migration.Source{{Path: "schema.sql", Text: ddl}}, migration.Options{WholeSchema: true}).Catalog, false)
}

// What limits the values of a column, and what only seems to.
func TestIsLimited(t *testing.T) {
	for column, want := range map[string]bool{
		"a text CHECK (a IN ('x', 'y'))": true, "a text CHECK (a ~ '^x')": true, "a few": true, "a mood": true, "a text REFERENCES list": true, "a text GENERATED ALWAYS AS (b) STORED": true,
		"a text": false, "a text CHECK (char_length(a) <= 5)": false, "a text CHECK (a <> '')": false, "a text CHECK (a IS NOT NULL)": false, "a short": false, "a text CHECK (num_nonnulls(a, b) = 1)": false,
		"a text CHECK (a <> '' AND a <> 'x')": true,
	} {
		s := schema("CREATE TYPE mood AS ENUM ('x'); CREATE DOMAIN few AS text CHECK (VALUE IN ('x')); CREATE DOMAIN short AS text CHECK (length(VALUE) < 3); CREATE TABLE list (a text PRIMARY KEY); CREATE TABLE t (b text, " + column + ");")
		if table := s.Tables[len(s.Tables)-1]; table.IsLimited(table.Column("a")) != want {
			t.Errorf("%s: not %v", column, want)
		}
	}
}

// The pairs of columns that are the ends of something, and those in order.
func TestIntervals(t *testing.T) {
	for columns, want := range map[string]string{
		"starts_at date, ends_at date":                              "starts_at ends_at",
		`"validFrom" date, "validTo" date`:                          "validFrom validTo",
		"startdate date, enddate date":                              "startdate enddate",
		"check_in date, check_out date":                             "check_in check_out",
		"check_in_at date, check_out_at date":                       "check_in_at check_out_at",
		"min_n int, max_n int":                                      "min_n max_n",
		"run_started_at timestamptz, run_finished_at timestamptz":   "run_started_at run_finished_at (recorded)",
		"starts_at date, ends_at date, CHECK (ends_at > starts_at)": "starts_at ends_at (ordered)",
		"starts_at date, ends_at date, EXCLUDE USING gist (daterange(starts_at, ends_at) WITH &&)":             "starts_at ends_at (ordered)",
		"starts_at date, ends_at date, d daterange GENERATED ALWAYS AS (daterange(starts_at, ends_at)) STORED": "starts_at ends_at (ordered)",
		"starts_at date, ends_at timestamptz":             "",
		"opens time, closes time, starts time, ends time": "",
		"from_account_id bigint, to_account_id bigint":    "",
		"created_at date, updated_at date":                "",
	} {
		var got []string
		table := schema("CREATE TABLE t (id int, " + columns + ");").Tables[0]
		for _, p := range table.Intervals() {
			one := fmt.Sprint(p.Start.Name, " ", p.End.Name)
			if p.Recorded {
				one += " (recorded)"
			}
			if table.IsOrdered(p) {
				one += " (ordered)"
			}
			got = append(got, one)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %v, want %s", columns, got, want)
		}
	}
}
