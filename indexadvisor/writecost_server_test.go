package indexadvisor

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

// written is a table with a column for each pattern of insertion. Its rows
// come in the order of id, as an application's do.
const written = `
CREATE TABLE written (id bigint NOT NULL, at timestamptz NOT NULL, random_int int NOT NULL, random_uuid uuid NOT NULL, ordered_uuid uuid NOT NULL,
	few int NOT NULL, thousands int NOT NULL, word text NOT NULL, wide text NOT NULL, maybe int, flag boolean NOT NULL, tags int[] NOT NULL, touched timestamptz NOT NULL, note text NOT NULL) WITH (fillfactor = %d);
CREATE FUNCTION rows(since int, many int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO written SELECT g, '2026-01-01'::timestamptz + g * interval '1 second', (random() * 2000000000)::int, gen_random_uuid(),
		(lpad(to_hex(1700000000000 + g), 12, '0') || substr(md5(random()::text), 1, 20))::uuid, (random() * 50)::int, (random() * 3000)::int,
		'Word' || md5(random()::text), repeat(md5(g::text), 6), CASE WHEN random() < 0.5 THEN (random() * 1000000)::int END, random() < 0.1,
		ARRAY[(random() * 200)::int, (random() * 200)::int + 300, (random() * 200)::int + 600], now(), 'note'
	FROM generate_series(since + 1, since + many) g
$$;
`

// A measurement comes to an index in use: built early, then grown by inserts to
// five times its rows before what is measured. Pages that fill at random split
// in waves, one each time the rows double: over one doubling the mean is that of
// the steady state.
const builtAt, grownTo, measuredRows = 20_000, 100_000, 100_000

// The WAL of an index, row by row, is what the server writes for it.
func TestWALAgainstServer(t *testing.T) {
	s := startServer(t)
	s.psql("ALTER SYSTEM SET full_page_writes = off; SELECT pg_reload_conf()")
	measure := func(index string) float64 {
		var b strings.Builder
		b.WriteString("DROP TABLE IF EXISTS written; DROP FUNCTION IF EXISTS rows;\n")
		fmt.Fprintf(&b, written, 100)
		fmt.Fprintf(&b, "SELECT setseed(0.3); SELECT rows(0, %d);\n", builtAt)
		if index != "" {
			b.WriteString("CREATE INDEX measured ON written " + index + ";\n")
		}
		fmt.Fprintf(&b, "SELECT rows(%d, %d); VACUUM ANALYZE written; CHECKPOINT;\n", builtAt, grownTo-builtAt)
		fmt.Fprintf(&b, "SELECT pg_current_wal_insert_lsn() AS before \\gset\nSELECT rows(%d, %d);\nSELECT 'WAL', (pg_current_wal_insert_lsn() - :'before'::pg_lsn);\n", grownTo, measuredRows)
		var wal float64
		_, rest, _ := strings.Cut(s.psql(b.String()), "WAL|")
		_, _ = fmt.Sscan(rest, &wal)
		return wal / measuredRows
	}
	bare := measure("")
	m := NewModel(s.snapshot())
	insert := new(accuracy)
	for _, index := range []string{
		"(id)", "(at)", "(random_int)", "(random_uuid)", "(ordered_uuid)", "(few)", "(thousands)", "(word)", "(wide)", "(random_int, at)", "(few, at)", "(few, random_int)",
		"(random_int) INCLUDE (at)", "(random_int) WHERE flag", "(lower(word))", "(maybe)", "USING hash (random_int)", "USING gin (tags)", "USING brin (at)",
	} {
		named, err := workload.ParseIndexDef("CREATE INDEX measured ON written " + index)
		if err != nil {
			t.Fatal(err)
		}
		real := measure(index) - bare
		w := m.WriteCost(Index{Schema: "public", Table: "written", IndexDef: named.IndexDef})
		predicted, known := w.WALBytesPerInsert.Get()
		if !known {
			t.Errorf("%s: no figure: %v", index, w.Notes)
			continue
		}
		t.Logf("%-28s predicted %7.1f, measured %7.1f bytes an insert (%s)", index, predicted, real, w.Pattern)
		if real > 1 { // of BRIN there is nothing to measure
			insert.add(predicted, real, true, true)
		}
	}
	slices.Sort(insert.errors)
	n := len(insert.errors)
	t.Logf("inserts: median error %.3f, p90 %.3f, worst %.3f of %d", insert.errors[n/2], insert.errors[n*9/10], insert.errors[n-1], n)
	if n < 12 || insert.errors[n/2] > 0.10 || insert.errors[n*9/10] > 0.30 {
		t.Error("the model is further from the server than it may be")
	}
}

// The share of updates that stop being HOT is what the server counts.
func TestHOTAgainstServer(t *testing.T) {
	s := startServer(t)
	run := func(index string) (updated, hot float64) {
		var b strings.Builder
		b.WriteString("DROP TABLE IF EXISTS written; DROP FUNCTION IF EXISTS rows;\n")
		fmt.Fprintf(&b, written, 60)
		b.WriteString("SELECT rows(0, 20000); ALTER TABLE written ADD PRIMARY KEY (id);\n")
		if index != "" {
			b.WriteString("CREATE INDEX measured ON written " + index + ";\n")
		}
		b.WriteString("VACUUM ANALYZE written; SELECT pg_stat_reset();\n")
		b.WriteString("UPDATE written SET touched = now() + interval '1 hour' WHERE id % 3 = 0;\nUPDATE written SET note = 'other' WHERE id % 3 = 1;\nUPDATE written SET few = few + 1 WHERE id % 6 = 2;\n")
		b.WriteString("SELECT pg_stat_force_next_flush();\nSELECT pg_sleep(1.2);\nSELECT 'HOT', n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'written';\n")
		_, rest, _ := strings.Cut(s.psql(b.String()), "HOT|")
		_, _ = fmt.Sscanf(rest, "%f|%f", &updated, &hot)
		return updated, hot
	}
	updated, hot := run("")
	if updated == 0 {
		t.Fatal("no updates were counted")
	}
	snap := s.snapshot()
	for _, st := range []struct {
		text string
		rows float64
	}{{"UPDATE written SET touched = $1 WHERE id % $2 = $3", 6666}, {"UPDATE written SET note = $1 WHERE id % $2 = $3", 6667}, {"UPDATE written SET few = few + $1 WHERE id % $2 = $3", 3333}} {
		snap.Statements = append(snap.Statements, &workload.Statement{QueryID: st.text, Query: redact.SQL(st.text), TopLevel: true, Calls: opt.Of(1.0), Rows: opt.Of(st.rows)})
	}
	m := NewModel(snap)
	for _, index := range []string{"(at)", "(touched)", "(few)", "(note)", "(at) INCLUDE (touched)", "(at) WHERE few > 3", "(few, touched)"} {
		named, err := workload.ParseIndexDef("CREATE INDEX measured ON written " + index)
		if err != nil {
			t.Fatal(err)
		}
		predicted := m.WriteCost(Index{Schema: "public", Table: "written", IndexDef: named.IndexDef}).HOTUpdatesLostShare.Or(-1)
		u, h := run(index)
		real := hot/updated - h/u
		t.Logf("%-24s predicted %.3f, measured %.3f of the updates stop being HOT", index, predicted, real)
		if math.Abs(predicted-real) > 0.05 {
			t.Errorf("%s: predicted %.3f, measured %.3f", index, predicted, real)
		}
	}
}
