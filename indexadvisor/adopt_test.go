package indexadvisor

import (
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

// An index that was chosen for all statements finds the same rows as one that a plan asks
// for if a key of the latter is a test that the former has as its predicate.
func TestInPlaceOf(t *testing.T) {
	st := &workload.Statement{QueryID: "1", Query: redact.SQL("SELECT * FROM t WHERE state = $1 AND deleted IS NULL AND due < $2")}
	index := func(text string) Index {
		named, err := workload.ParseIndexDef("CREATE INDEX i ON public.t " + text)
		if err != nil {
			t.Fatal(err)
		}
		return Index{Schema: "public", Table: "t", IndexDef: named.IndexDef}
	}
	for _, test := range []struct {
		chosen, own string
		want        bool
	}{
		{"(state, due) WHERE deleted IS NULL", "(state, deleted, due)", true},
		{"(state, due)", "(state, deleted, due)", false},
		{"(state, due) WHERE deleted IS NULL", "(state, due)", false},
		{"(state) WHERE deleted IS NULL", "(state, deleted, due)", false},
		{"(state, due) WHERE closed IS NULL", "(state, deleted, due)", false},
	} {
		choice := Choice{Index: index(test.chosen), Serves: []Served{{Statement: st, Before: 1000, After: 400}}}
		own := index(test.own)
		// Of the plan's own values far fewer rows pass.
		got, _ := InPlaceOf([]Choice{choice}, Proposal{Index: &own, CostBefore: opt.Of(1000.0), CostAfter: opt.Of(10.0), Refuted: &Refuted{Expected: 1000, Came: 3}}, st)
		if (got != nil) != test.want {
			t.Errorf("%s in place of %s: %v", test.chosen, test.own, got != nil)
		}
	}
}
