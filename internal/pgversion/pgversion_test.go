package pgversion

import "testing"

func TestParse(t *testing.T) {
	for text, want := range map[string]int{"17.2": 17, "17": 17, "18beta1": 18, "15.4 (Debian 15.4-1)": 15, "PostgreSQL 16": 0, "": 0, "0": 0} {
		if got, _ := Parse(text, "").Major(); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	if v := FromNumber("170002", ""); v.Text != "17.2" || v.Min != 17 {
		t.Errorf("%+v", v)
	}
}

// Inputs of one server add up, and the first one counts if they contradict each
// other.
func TestNarrow(t *testing.T) {
	exact, later, earlier := Parse("16.3", "pg_settings"), Between(15, 0, "plan 1"), Between(0, 17, "plan 2")
	for _, test := range []struct {
		v, by Version
		want  string
	}{
		{Version{}, exact, "16.3 pg_settings"},
		{exact, later, "16.3 pg_settings"},
		{later, exact, "16.3 pg_settings"},
		{later, earlier, "15 to 17 plan 1"},
		{earlier, later, "15 to 17 plan 2"},
		{later, Between(14, 0, "plan 3"), "15 or later plan 1"},
		{earlier, Between(18, 0, "plan 3"), "17 or earlier plan 2"},
		{Between(17, 0, "plan 3"), earlier, "17 plan 3"},
		{exact, Parse("15", "--pg-version"), "16.3 pg_settings"},
	} {
		if got := test.v.Narrow(test.by); got.Text+" "+got.Basis != test.want {
			t.Errorf("%+v by %+v: %+v, want %s", test.v, test.by, got, test.want)
		}
	}
}

// Neither Has nor Lacks is true of what the bounds leave open.
func TestFeatures(t *testing.T) {
	for _, test := range []struct {
		v          Version
		has, lacks bool
		newest     int
	}{
		{Version{}, false, false, Newest},
		{Parse("15", ""), false, true, 15},
		{Parse("16", ""), true, false, 16},
		{Between(15, 0, ""), false, false, Newest},
		{Between(17, 0, ""), true, false, Newest},
		{Between(0, 15, ""), false, true, 15},
		{Between(14, 17, ""), false, false, 17},
	} {
		if test.v.Has(GenericPlan) != test.has || test.v.Lacks(GenericPlan) != test.lacks || int(test.v.Newest()) != test.newest {
			t.Errorf("%+v", test.v)
		}
	}
}
