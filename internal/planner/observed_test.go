package planner

import (
	"math"
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgtest"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// Dependencies: where the city says the land, both together let through what
// the city alone does: P(city) P(land | city) = 0.01 (d + (1 - d) 0.1).
func TestDependencies(t *testing.T) {
	snap := pgtest.TableOf(
		&workload.Column{Name: "city", Type: "integer", Stats: &workload.ColumnStats{NullFrac: opt.Of(0.0), NDistinct: opt.Of(100.0)}},
		&workload.Column{Name: "land", Type: "integer", Stats: &workload.ColumnStats{NullFrac: opt.Of(0.0), NDistinct: opt.Of(10.0)}},
	)
	table := snap.Tables[0]
	table.Pages, table.Tuples = opt.Of(1000.0), opt.Of(100000.0)
	for degree, want := range map[float64]float64{0: 0.001, 0.5: 0.0055, 1: 0.01} {
		rel := &Relation{Table: table, Heap: Heap{1000, 100000}, visitedShare: 1, extended: []*workload.ExtendedStats{
			{Table: table, Columns: []string{"city", "land"}, Dependencies: []workload.Dependency{{From: []string{"city"}, To: "land", Degree: degree}}},
		}}
		q, err := sql.Parse("SELECT * FROM t WHERE city = $1 AND land = $2")
		if err != nil {
			t.Fatal(err)
		}
		if got := rel.selectivity(q.Where); math.Abs(got-want) > 1e-9 {
			t.Errorf("degree %v: %v, want %v", degree, got, want)
		}
	}
}

// A call returns all rows that pass, also with a LIMIT if it read the whole table: what they
// were is then the selectivity of the pattern. With fewer blocks it stopped at the LIMIT, and
// with ORDER BY it reads the whole table anyway.
func TestReturnsWhatPasses(t *testing.T) {
	snap := pgtest.TableOf(&workload.Column{Name: "name", Type: "text", Stats: &workload.ColumnStats{NullFrac: opt.Of(0.0), NDistinct: opt.Of(-1.0), AvgWidth: opt.Of(20.0)}})
	snap.Tables[0].Kind, snap.Tables[0].Pages, snap.Tables[0].Tuples = "r", opt.Of(1000.0), opt.Of(100000.0)
	for _, c := range []struct {
		text   string
		blocks float64
		want   float64
	}{
		{"SELECT name FROM t WHERE name ILIKE $1", 0, 3e-5},
		{"SELECT name FROM t WHERE name ILIKE $1 LIMIT $2", 1004, 3e-5},
		{"SELECT name FROM t WHERE name ILIKE $1 LIMIT 20", 1004, 3e-5},
		{"SELECT name FROM t WHERE name ILIKE $1 LIMIT $2", 40, 0},
		{"SELECT name FROM t WHERE name ILIKE $1 ORDER BY name LIMIT $2", 1004, 0},
		{"SELECT name FROM t WHERE name ILIKE $1 LIMIT $2 OFFSET $3", 1004, 0},
		{"SELECT DISTINCT name FROM t WHERE name ILIKE $1 LIMIT $2", 1004, 0},
	} {
		q, err := sql.Parse(c.text)
		if err != nil {
			t.Fatal(err)
		}
		l := plannerOf(snap).Read(q, Call{Rows: 3, Blocks: c.blocks})
		if got := l.Relations[0].observed.share; math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s, %.0f blocks: %v, want %v", c.text, c.blocks, got, c.want)
		}
	}
}
