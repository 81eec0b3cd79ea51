package planner

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgtest"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// visitors are visits that look up a person each, by a primary key or not.
func visitors(keyed bool) *workload.Snapshot {
	stats := func(distinct float64) *workload.ColumnStats {
		return &workload.ColumnStats{NullFrac: opt.Of(0.0), AvgWidth: opt.Of(8.0), NDistinct: opt.Of(distinct), Correlation: opt.Of(0.0)}
	}
	snap := pgtest.TableOf(
		&workload.Column{Name: "at", Type: "timestamp with time zone", Stats: stats(-1)}, &workload.Column{Name: "person_id", Type: "bigint", Stats: stats(-0.9)},
		&workload.Column{Name: "note", Type: "text", Stats: stats(-1)},
	)
	people := snap.TableFor("public", "people")
	people.Columns = []*workload.Column{{Name: "id", Type: "bigint", Stats: stats(-1)}, {Name: "name", Type: "text", Stats: stats(-1)}}
	for n, table := range snap.Tables {
		table.Kind, table.Pages, table.Tuples = "r", opt.Of(10000.0*float64(n+1)), opt.Of(1e6)
	}
	if keyed {
		people.Indexes = []*workload.Index{{Table: people, Name: "people_pkey", Def: pgtest.BTree("id"), Unique: opt.Some(true), Valid: opt.Some(true), Pages: opt.Of(2745.0)}}
	}
	return snap
}

func levelOf(t *testing.T, p *Planner, text string, call Call) *Level {
	t.Helper()
	q, err := sql.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p.Read(q, call)
}

// The blocks that a call touches tell how many people were looked up, and so how wide the
// range was: 10,000 blocks of the table, and 4 for each lookup. The average of what may be is
// wider than the most likely width.
func TestInferWidths(t *testing.T) {
	p := plannerOf(visitors(true))
	p.Settings.RandomPage = 1.1 // so that it looks up many
	for _, tt := range []struct {
		where        string
		blocks, want float64
	}{
		{"v.at >= $1 AND v.at < $2", 10000 + 4*1000, 0.001},
		{"v.at BETWEEN $1 AND $2", 10000 + 4*10000, 0.01},
		{"v.at >= $1 AND v.at < $2::date + $3::interval", 10000 + 4*35000, 0.035},
		{"v.note LIKE $1", 10000 + 4*35000, 0.035},
		{"v.at > $1", 10000 + 4*20000, 0.02},
		{"v.at < $1", 10000 + 20000, 0.45}, // a hash join reads both tables: it is not narrow
	} {
		l := levelOf(t, p, "SELECT count(p.name) FROM t v JOIN people p ON p.id = v.person_id WHERE "+tt.where, Call{Rows: 1, Blocks: tt.blocks})
		p.ChooseParameter(l, true)
		got := l.Values()[0].share
		if ratio := got / tt.want; ratio < 1.0/3.5 || ratio > 3.5 || l.Guessed() {
			t.Errorf("%s, %v blocks: %v, want about %v; a guess: %v", tt.where, tt.blocks, got, tt.want, l.Guessed())
		}
		if l.assume(0); l.Relations[0].widths != (rangeWidths{}) {
			t.Errorf("%s: the generic plan has %v", tt.where, l.Relations[0].widths)
		}
	}
}

// A plan that reads whole tables tells nothing, nor does a write, which touches more.
func TestNoWidthsInferred(t *testing.T) {
	for name, text := range map[string]string{
		"hash join": "SELECT count(p.name) FROM t v JOIN people p ON p.id = v.person_id WHERE v.at >= $1 AND v.at < $2",
		"one table": "SELECT count(*) FROM t WHERE at >= $1 AND at < $2",
		"update":    "UPDATE t SET note = p.name FROM people p WHERE p.id = person_id AND at >= $1 AND at < $2",
	} {
		p := plannerOf(visitors(false))
		l := levelOf(t, p, text, Call{Rows: 1, Blocks: 30000})
		p.ChooseParameter(l, false)
		if len(l.Values()) != len(widths) || l.Values()[0] != widths[0] || !l.Guessed() {
			t.Errorf("%s: %v", name, l.Values())
		}
	}
	p := plannerOf(visitors(false))
	l := levelOf(t, p, "SELECT count(*) FROM t WHERE at > $1", Call{Rows: 1, Blocks: 10000})
	if p.ChooseParameter(l, false); len(l.ParamValues) > 0 {
		t.Errorf("one bound: %v", l.ParamValues)
	}
}

// The rows that come back tell the width where no LIMIT and no aggregate hides it.
func TestInferWidthsByRows(t *testing.T) {
	p := plannerOf(visitors(false))
	l := levelOf(t, p, "SELECT p.name FROM t v JOIN people p ON p.id = v.person_id WHERE v.at >= $1 AND v.at < $2", Call{Rows: 200000, Blocks: 30000})
	p.ChooseParameter(l, true)
	if got := l.Values()[0].share; got < 0.1 || got > 0.3 {
		t.Errorf("%v of the rows, want 0.2", got)
	}
}

// NOT LIKE passes what LIKE does not (patternsel_common).
func TestNotLike(t *testing.T) {
	table := visitors(false).Tables[0]
	table.Column("note").Stats.NullFrac = opt.Of(0.1)
	q, err := sql.Parse("SELECT * FROM t WHERE note NOT LIKE $1")
	if err != nil {
		t.Fatal(err)
	}
	if got := selectivity.Of(table, q.Where[0]); math.Abs(got-0.895) > 1e-9 || len(selectivity.Guesses(q.Where)) > 0 {
		t.Errorf("%v, want 1 - 0.005 - 0.1", got)
	}
}

// The blocks of a plan are those that the server touches.
func TestBlocksAgainstServer(t *testing.T) {
	s := pgtest.Start(t)
	s.PSQL(suiteSchema)
	s.PSQL("CREATE INDEX ON visits (place_id); CREATE INDEX ON visits (at);")
	p := plannerOf(s.Snapshot())
	for _, text := range []string{
		"SELECT count(note) FROM visits",
		"SELECT count(*) FROM people p JOIN places l ON l.id = p.place_id",
		"SELECT count(p.name) FROM visits v JOIN people p ON p.id = v.person_id WHERE v.place_id = 17",
		"SELECT count(p.name) FROM visits v JOIN people p ON p.id = v.person_id WHERE v.place_id = 1700",
		"SELECT count(note) FROM visits WHERE place_id = 5",
		"SELECT count(note) FROM visits WHERE at < '2025-01-15 12:00+00'",
		"SELECT sum(minutes) FROM visits WHERE at >= '2025-02-01' AND at < '2025-03-01'",
		"SELECT count(i.price) FROM visits v JOIN items i ON i.id = v.id WHERE v.at < '2025-01-03 12:00+00'",
		"SELECT max(score) FROM people WHERE EXISTS (SELECT 1 FROM places l WHERE l.id = place_id AND l.size < 100)",
		"SELECT * FROM visits ORDER BY at LIMIT 100",
	} {
		var plans []struct {
			Plan struct {
				Hit  float64 `json:"Shared Hit Blocks"`
				Read float64 `json:"Shared Read Blocks"`
			}
		}
		if err := json.Unmarshal([]byte(s.PSQL("SET max_parallel_workers_per_gather = 0; EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "+text)), &plans); err != nil {
			t.Fatal(err)
		}
		p.Settings.maxWorkers = 0
		l := levelOf(t, p, text, Call{})
		got, want := p.cheapest(l, p.existingOf(l)).touched(), plans[0].Plan.Hit+plans[0].Plan.Read
		t.Logf("%.0f, the server %.0f: %s", got, want, text)
		if got < 0.8*want-5 || got > 1.25*want+5 {
			t.Errorf("%s: %.0f blocks, the server touches %.0f", text, got, want)
		}
	}
}
