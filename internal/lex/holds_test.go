package lex

import "testing"

func TestHolds(t *testing.T) {
	const name = "pg_advisory_lock"
	for text, want := range map[string]bool{
		"SELECT pg_advisory_lock($1)": true, "select PG_Advisory_LOCK(1)": true, name: true, "_" + name: true, "a_b_" + name + "_": true,
		"": false, "_": false, "pg_advisory_loc": false, "g_advisory_lock": false, "pg_try_advisory_lock(1)": false, "pg_advisory lock_": false,
	} {
		if got := Holds(text, name); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
