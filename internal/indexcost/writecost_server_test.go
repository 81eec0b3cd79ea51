package indexcost

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgtest"
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

// inserting writes the measured rows.
var inserting = writing{actions: fmt.Sprintf("SELECT rows(%d, %d);", grownTo, measuredRows)}

// shapes are the kinds of index that the measurements go through.
var shapes = []string{
	"(id)", "(at)", "(random_int)", "(random_uuid)", "(ordered_uuid)", "(few)", "(thousands)", "(word)", "(wide)", "(random_int, at)", "(few, at)", "(few, random_int)",
	"(random_int) INCLUDE (at)", "(random_int) WHERE flag", "(lower(word))", "(maybe)", "USING hash (random_int)", "USING gin (tags)", "USING brin (at)",
}

// writing is what is measured: the WAL of the actions, on the table as the setup
// made it and the warming up left it.
type writing struct{ setup, warmup, actions string }

func walOf(s *pgtest.Server, index string, w writing) float64 {
	var b strings.Builder
	b.WriteString("DROP TABLE IF EXISTS written; DROP FUNCTION IF EXISTS rows;\n")
	fmt.Fprintf(&b, written, 100)
	fmt.Fprintf(&b, "SELECT setseed(0.3); SELECT rows(0, %d);\n%s\n", builtAt, w.setup)
	if index != "" {
		b.WriteString("CREATE INDEX measured ON written " + index + ";\n")
	}
	fmt.Fprintf(&b, "SELECT rows(%d, %d); VACUUM ANALYZE written;\n%s\nCHECKPOINT;\n", builtAt, grownTo-builtAt, w.warmup)
	fmt.Fprintf(&b, "SELECT pg_current_wal_insert_lsn() AS before \\gset\n%s\nSELECT 'WAL', (pg_current_wal_insert_lsn() - :'before'::pg_lsn);\n", w.actions)
	var wal float64
	_, rest, _ := strings.Cut(s.PSQL(b.String()), "WAL|")
	_, _ = fmt.Sscan(rest, &wal)
	return wal
}

func measuredIndex(t *testing.T, index string) workload.IndexDef {
	t.Helper()
	named, err := workload.ParseIndexDef("CREATE INDEX measured ON written " + index)
	if err != nil {
		t.Fatal(err)
	}
	return named.IndexDef
}

// The WAL of an index, row by row, is what the server writes for it.
func TestWALAgainstServer(t *testing.T) {
	s := pgtest.Start(t)
	s.PSQL("ALTER SYSTEM SET full_page_writes = off; SELECT pg_reload_conf()")
	bare := walOf(s, "", inserting) / measuredRows
	snap := s.Snapshot()
	m, table := New(snap), snap.Table("public", "written")
	insert := new(pgtest.Accuracy)
	for _, index := range shapes {
		real := walOf(s, index, inserting)/measuredRows - bare
		w := m.WriteCost(table, measuredIndex(t, index))
		predicted, known := w.WALBytesPerInsert.Get()
		if !known {
			t.Errorf("%s: no figure: %v", index, w.Notes)
			continue
		}
		t.Logf("%-28s predicted %7.1f, measured %7.1f bytes an insert (%s)", index, predicted, real, w.Pattern)
		if real > 1 { // of BRIN there is nothing to measure
			insert.Add(predicted, real, true, true)
		}
	}
	insert.HoldTo(t, "inserts", 12, 0.10, 0.30)
}

// The WAL of an update that is not HOT is what the server writes for it, with
// the vacuum that follows. Another indexed column is set, so that no update is
// HOT with the index or without it. Every row is updated once before what is
// measured: the first updates find pages without room and split them, later ones
// take the room that vacuum left.
func TestUpdateWALAgainstServer(t *testing.T) {
	s := pgtest.Start(t)
	s.PSQL("ALTER SYSTEM SET full_page_writes = off; SELECT pg_reload_conf()")
	round := ""
	for k := range 10 {
		round += fmt.Sprintf("UPDATE written SET touched = now() + id * interval '1 second' WHERE id %% 10 = %d; VACUUM written;\n", k)
	}
	updating := writing{setup: "CREATE INDEX always ON written (touched);", warmup: round, actions: round}
	const updated = grownTo
	bare := walOf(s, "", updating) / updated
	snap := s.Snapshot()
	m, table := New(snap), snap.Table("public", "written")
	update := new(pgtest.Accuracy)
	for _, index := range shapes {
		real := walOf(s, index, updating)/updated - bare
		w := m.WriteCost(table, measuredIndex(t, index))
		predicted, known := w.WALBytesPerNonHOTUpdate.Get()
		if !known {
			t.Errorf("%s: no figure: %v", index, w.Notes)
			continue
		}
		t.Logf("%-28s predicted %7.1f, measured %7.1f bytes an update", index, predicted, real)
		if real > 1 {
			update.Add(predicted, real, true, true)
		}
	}
	update.HoldTo(t, "updates", 12, 0.10, 0.30)
}

// A page touched for the first time since a checkpoint is logged whole: the
// WAL of the first rows after one is the records and these images.
func TestFullPageImagesAgainstServer(t *testing.T) {
	s := pgtest.Start(t)
	const rows = 2_000
	some := writing{actions: fmt.Sprintf("SELECT rows(%d, %d);", grownTo, rows)}
	bare := walOf(s, "", some)
	snap := s.Snapshot()
	m, table := New(snap), snap.Table("public", "written")
	images := new(pgtest.Accuracy)
	for _, index := range []string{
		"(random_int)", "(random_uuid)", "(few)", "(thousands)", "(word)", "(wide)", "(random_int, at)", "(few, at)", "(few, random_int)", "(random_int) INCLUDE (at)", "(lower(word))", "(maybe)",
	} {
		real := walOf(s, index, some) - bare
		own := m.entryCostOf(table, measuredIndex(t, index))
		interval := m.checkpointSeconds().Or(0)
		c, note := m.checkpoint(own, rows/interval, 0)
		predicted := c.imagesPerDay.Or(0)*interval/secondsADay + rows*own.insert.Or(0)
		if note != "" {
			t.Errorf("%s: %s", index, note)
			continue
		}
		t.Logf("%-28s predicted %9.0f, measured %9.0f bytes for %d rows after a checkpoint, on %.0f pages", index, predicted, real, rows, c.pages.Or(0))
		images.Add(predicted, real, true, true)
	}
	images.HoldTo(t, "rows after a checkpoint", 12, 0.10, 0.30)
}

// The share of updates that stop being HOT is what the server counts.
func TestHOTAgainstServer(t *testing.T) {
	s := pgtest.Start(t)
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
		_, rest, _ := strings.Cut(s.PSQL(b.String()), "HOT|")
		_, _ = fmt.Sscanf(rest, "%f|%f", &updated, &hot)
		return updated, hot
	}
	updated, hot := run("")
	if updated == 0 {
		t.Fatal("no updates were counted")
	}
	snap := s.Snapshot()
	for _, st := range []struct {
		text string
		rows float64
	}{{"UPDATE written SET touched = $1 WHERE id % $2 = $3", 6666}, {"UPDATE written SET note = $1 WHERE id % $2 = $3", 6667}, {"UPDATE written SET few = few + $1 WHERE id % $2 = $3", 3333}} {
		snap.Statements = append(snap.Statements, &workload.Statement{QueryID: st.text, Query: redact.SQL(st.text), TopLevel: true, Calls: opt.Of(1.0), Rows: opt.Of(st.rows)})
	}
	m, table := New(snap), snap.Table("public", "written")
	for _, index := range []string{"(at)", "(touched)", "(few)", "(note)", "(at) INCLUDE (touched)", "(at) WHERE few > 3", "(few, touched)"} {
		named, err := workload.ParseIndexDef("CREATE INDEX measured ON written " + index)
		if err != nil {
			t.Fatal(err)
		}
		predicted := m.WriteCost(table, named.IndexDef).HOTUpdatesLostShare.Or(-1)
		u, h := run(index)
		real := hot/updated - h/u
		t.Logf("%-24s predicted %.3f, measured %.3f of the updates stop being HOT", index, predicted, real)
		if math.Abs(predicted-real) > 0.05 {
			t.Errorf("%s: predicted %.3f, measured %.3f", index, predicted, real)
		}
	}
}
