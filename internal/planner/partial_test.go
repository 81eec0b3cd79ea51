package planner

import (
	"math"
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// What PostgreSQL 15.18 says of tables that were made with
//
//	INSERT INTO persons SELECT g, g * 7919 % 10000, g % 10 <> 0 FROM generate_series(1, 60000) g;
//	INSERT INTO visits SELECT g, 1 + (g::bigint * 7919 % 60000)::int, CASE WHEN g % 10 < 3 THEN 'a note' END, g % 1000, g % 997 FROM generate_series(1, 300000) g;
//
// and vacuumed, with the default settings and no parallel workers: joins whose inner side
// has one row for each value, partial indexes behind them, and a predicate that compares
// two columns.
func TestPartialIndexes(t *testing.T) {
	snap := new(workload.Snapshot)
	snap.Mark(workload.ViewSchema)
	table := func(name string, pages, rows, keyPages float64, columns ...*workload.Column) *workload.Table {
		of := snap.TableFor("public", name)
		of.Kind, of.Pages, of.Tuples, of.AllVisible = "r", opt.Of(pages), opt.Of(rows), opt.Of(0.0)
		of.Columns = columns
		def, _ := workload.ParseIndexDef("CREATE UNIQUE INDEX " + name + "_pkey ON " + name + " (id)")
		of.Indexes = append(of.Indexes, &workload.Index{Table: of, Schema: "public", Name: name + "_pkey", Def: def.IndexDef, Unique: opt.Some(true), Valid: opt.Some(true), Pages: opt.Of(keyPages)})
		return of
	}
	column := func(name, typ string, nulls, width, distinct, correlation float64, common ...float64) *workload.Column {
		return &workload.Column{Name: name, Type: typ, Stats: &workload.ColumnStats{
			NullFrac: opt.Of(nulls), AvgWidth: opt.Of(width), NDistinct: opt.Of(distinct), Correlation: opt.Of(correlation), MCVFreqs: common,
		}}
	}
	active := column("active", "boolean", 0, 1, 2, 0.82062393, 0.89986664, 0.10013333)
	active.Stats.MCVs, _ = workload.ParseValues("{t,f}")
	persons := table("persons", 325, 60000, 166, column("id", "integer", 0, 4, -1, 1), column("score", "integer", 0, 4, -0.16671667, -0.004193234), active)
	visits := table("visits", 1709, 300000, 825, column("id", "integer", 0, 4, -1, 1), column("person_id", "integer", 0, 4, -0.20104, 0.008265412),
		column("note", "text", 0.70206666, 7, 1, 1, 0.29793334), column("opened", "integer", 0, 4, 1000, 0.0032114608, 0.0015666666), column("closed", "integer", 0, 4, 997, -0.0038391121, 0.0016))
	p := plannerOf(snap)
	p.Settings.maxWorkers, p.Settings.Server = 0, 15
	for _, test := range []struct {
		text, index string
		on          *workload.Table
		cost        float64
	}{
		{"SELECT * FROM persons p LEFT JOIN visits v ON v.person_id = p.id", "", nil, 7171.56}, // Hash Right Join
		{"SELECT * FROM persons p WHERE NOT p.active AND EXISTS (SELECT 1 FROM visits v WHERE v.person_id = p.id)", "(id) WHERE NOT active", persons, 7168.87},
		{"SELECT * FROM visits WHERE opened > closed AND person_id = 77", "(person_id) WHERE closed < opened", visits, 12.14},
		{"SELECT * FROM visits WHERE opened >= closed AND person_id = 77", "(person_id) WHERE closed < opened", visits, 6209.00},
		{"SELECT * FROM visits WHERE opened < closed AND person_id = 77", "(person_id) WHERE closed < opened", visits, 6209.00},
	} {
		q, err := sql.Parse(test.text)
		if err != nil {
			t.Fatal(err)
		}
		l := p.Read(q, Call{})
		indexes := p.existingOf(l)
		if test.index != "" {
			def, err := workload.ParseIndexDef("CREATE INDEX i ON " + test.on.Name + " " + test.index)
			if err != nil {
				t.Fatal(err)
			}
			indexes = append(indexes, p.Hypothetical(test.on, def.IndexDef))
		}
		if got := p.Cost(l, indexes); math.Abs(got-test.cost) > 0.005*test.cost {
			t.Errorf("%s with %s: %.2f, the server says %.2f", test.text, test.index, got, test.cost)
		}
	}
}
