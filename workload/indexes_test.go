package workload

import (
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// A primary key, a unique and an exclusion constraint say what the index of
// their name is, whatever comes first; a foreign key and a check have none.
func TestConstraintsTellOfTheirIndexes(t *testing.T) {
	const (
		indexes = "schemaname,relname,indexrelname,idx_scan\napp,rooms,rooms_pkey,0\napp,rooms,rooms_code_key,0\napp,rooms,rooms_during_excl,0\napp,rooms,rooms_floor_idx,0\napp,rooms,rooms_site_fkey,0\n"
		keys    = `schemaname,tablename,conname,contype,convalidated,constraintdef
app,rooms,rooms_pkey,p,t,PRIMARY KEY (id)
app,rooms,rooms_code_key,u,t,UNIQUE (code)
app,rooms,rooms_during_excl,x,t,EXCLUDE USING gist (during WITH &&)
app,rooms,rooms_site_fkey,f,t,FOREIGN KEY (site_id) REFERENCES sites(id)
app,rooms,rooms_floor_check,c,t,CHECK ((floor >= 0))
`
	)
	for _, order := range [][]string{{indexes, keys}, {keys, indexes}} {
		s := snapshotOf(t, order...)
		for name, want := range map[string]struct {
			constraint string
			unique     opt.Value[bool]
		}{
			"rooms_pkey":        {"p", opt.Some(true)},
			"rooms_code_key":    {"u", opt.Some(true)},
			"rooms_during_excl": {"x", opt.Value[bool]{}},
			"rooms_floor_idx":   {"", opt.Value[bool]{}},
			"rooms_site_fkey":   {"", opt.Value[bool]{}}, // an index may have any name
		} {
			ix := s.Index("app", name)
			if ix.ConstraintType != want.constraint || ix.Unique != want.unique || ix.ConstraintKnown != (want.constraint != "") {
				t.Errorf("%s: constraint %q, known %v, unique %+v", name, ix.ConstraintType, ix.ConstraintKnown, ix.Unique)
			}
		}
		if s.Index("app", "rooms_floor_check") != nil {
			t.Error("a check has an index")
		}
	}
}
