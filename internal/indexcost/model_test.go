package indexcost

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgtest"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

func TestNothingKnown(t *testing.T) {
	def := pgtest.BTree("a")
	for name, m := range map[string]*Model{
		"no snapshot": New(nil),
		"empty":       New(&workload.Snapshot{}),
		"bare table":  New(pgtest.TableOf()),
	} {
		cost := m.WriteCost(tableT(m), def)
		bytes, why := m.Size(tableT(m), def)
		if bytes.Known() || why == "" {
			t.Errorf("%s: size %v, why %q", name, bytes, why)
		}
		if cost.WALBytesPerInsert.Known() || cost.HOTUpdatesLostShare.Known() || cost.Basis != "none" || len(cost.Notes) == 0 {
			t.Errorf("%s: %+v", name, cost)
		}
		if s := cost.Sentence(); s != "" {
			t.Errorf("%s: sentence %q", name, s)
		}
	}
}

// A reason names the export that would give the figure.
func TestReasons(t *testing.T) {
	column := func(c workload.Column) *Model {
		c.Name = "a"
		snap := pgtest.TableOf(&c)
		snap.Tables[0].Tuples = opt.Of(1000.0)
		return New(snap)
	}
	st := &workload.ColumnStats{AvgWidth: opt.Of(10.0), NDistinct: opt.Of(-1.0)}
	tests := []struct {
		name string
		m    *Model
		def  workload.IndexDef
		want string
	}{
		{"no type", column(workload.Column{Stats: st}), pgtest.BTree("a"), "pg_dump -s"},
		{"user type", column(workload.Column{Type: "order_status", Stats: st}), pgtest.BTree("a"), "order_status"},
		{"no statistics", column(workload.Column{Type: "text"}), pgtest.BTree("a"), "pg_stats"},
		{"hash", column(workload.Column{Type: "text", Stats: st}), workload.IndexDef{Method: "hash", Keys: pgtest.Keys("a")}, "hash"},
		{"range predicate", column(workload.Column{Type: "bigint", Stats: st}), pgtest.Where(pgtest.BTree("a"), "a > 10"), "unknown"},
		{"elements", column(workload.Column{Type: "integer[]", Stats: st}), workload.IndexDef{Method: "gin", Keys: pgtest.Keys("a")}, "element statistics"},
	}
	for _, tt := range tests {
		bytes, why := tt.m.Size(tableT(tt.m), tt.def)
		if bytes.Known() || !strings.Contains(why, tt.want) {
			t.Errorf("%s: size %v, why %q", tt.name, bytes, why)
		}
	}
}

// A fixed-width key needs no statistics for the entry itself.
func TestEntryWithoutStatistics(t *testing.T) {
	snap := pgtest.TableOf(&workload.Column{Name: "a", Type: "bigint"})
	cost := costOnT(snap, pgtest.BTree("a"))
	if got := cost.WALBytesPerInsert.Or(0); math.Abs(got-64*walPages) > 1e-9 || cost.Pattern != "" {
		t.Errorf("%v bytes an insert, pattern %q", got, cost.Pattern)
	}
	if len(cost.Notes) == 0 || !strings.Contains(cost.Notes[0], "page splits are not counted") {
		t.Errorf("notes %q", cost.Notes)
	}
}

func TestUnknownPredicate(t *testing.T) {
	snap, _ := measuredTable(100000)
	cost := costOnT(snap, pgtest.Where(pgtest.BTree("int_rand"), "int_rand > 10"))
	if cost.EntriesPerInsert.Known() || cost.WALBytesPerInsert.Known() || cost.WALBytesPerNonHOTUpdate.Known() {
		t.Errorf("%+v", cost)
	}
	if len(cost.Notes) == 0 || !strings.Contains(cost.Notes[0], "76.4 B of WAL per inserted row that matches the predicate") {
		t.Errorf("notes %q", cost.Notes)
	}
}

func TestPredicateShares(t *testing.T) {
	table := orders(t).Tables[0]
	column := func(name string) *workload.ColumnStats { return table.Column(name).Stats }
	open, delivered := frequencyOf(column("status"), "open"), frequencyOf(column("status"), "delivered")
	flag, nulls := frequencyOf(column("flag"), "t"), column("deleted_at").NullFrac.Or(-1)
	for predicate, want := range map[string]float64{
		"":                         1,
		"status = 'open'::text":    open,
		"status <> 'delivered'":    1 - delivered,
		"deleted_at IS NULL":       nulls,
		"deleted_at IS NOT NULL":   1 - nulls,
		"flag":                     flag,
		"NOT flag":                 1 - flag,
		"flag AND status = 'open'": flag * open,
		"(deleted_at IS NULL)":     nulls,
		"status = ANY (ARRAY['open'::text, 'delivered'::text])": open + delivered,
		"status IN ('open', 'delivered')":                       open + delivered,
	} {
		c := coverageOf(table, redact.SQL(predicate))
		if got, known := c.share.Get(); !known || math.Abs(got-want) > 1e-3 {
			t.Errorf("%q: share %v (known %v), want %v: %s", predicate, got, known, want, c.note)
		}
	}
	column("status").MCVs = workload.Values{}
	if c := coverageOf(table, redact.SQL("status = 'open'")); c.share.Known() {
		t.Errorf("share %v of a value that the export left out", c.share)
	}
}

// TestOddStatistics holds that no statistics make a figure that is not one.
func TestOddStatistics(t *testing.T) {
	odd := []float64{0, -1, 1, -0.5, 1e12, math.NaN(), math.Inf(1), math.Inf(-1), -1e9, 1e-9}
	defs := []workload.IndexDef{
		pgtest.BTree("a"), pgtest.BTree("a", "b desc"), pgtest.Include(pgtest.BTree("b"), "a"), pgtest.Where(pgtest.BTree("b"), "a = 1"), pgtest.Where(pgtest.BTree("a"), "a IS NOT NULL"),
		{Method: "gin", Keys: pgtest.Keys("c")}, {Method: "brin", Keys: pgtest.Keys("b")}, {Method: "hash", Keys: pgtest.Keys("a")}, {Method: "gist", Keys: pgtest.Keys("a")},
		{Method: "btree"}, {Method: "gin"}, {Method: "gist"}, {}, pgtest.With(pgtest.BTree("a"), "fillfactor=0"), pgtest.With(pgtest.BTree("b"), "="),
	}
	good := func(f workload.Float) bool {
		v, known := f.Get()
		return !known || v >= 0 && !math.IsInf(v, 0)
	}
	for _, v := range odd {
		for _, rows := range odd {
			st := &workload.ColumnStats{NullFrac: opt.Of(v), AvgWidth: opt.Of(v), NDistinct: opt.Of(v), Correlation: opt.Of(v),
				MCVs: pgtest.Values("{1}"), MCVFreqs: []float64{v, v}, ElemFreqs: []float64{v}, ElemCounts: []float64{v}}
			snap := pgtest.TableOf(&workload.Column{Name: "a", Type: "text", Stats: st}, &workload.Column{Name: "b", Type: "bigint", Stats: st},
				&workload.Column{Name: "c", Type: "integer[]", Stats: st})
			table := snap.Tables[0]
			table.Tuples, table.Pages = opt.Of(rows), opt.Of(v)
			table.Inserted, table.Updated, table.Deleted, table.HotUpdated = opt.Of(rows), opt.Of(v), opt.Of(rows), opt.Of(rows)
			table.Indexes = []*workload.Index{{Table: table, Def: pgtest.BTree("b")}}
			snap.Statements = []*workload.Statement{statement("UPDATE t SET a = $1", v)}
			m := New(snap)
			for _, def := range defs {
				cost := m.WriteCost(table, def)
				for _, f := range []workload.Float{m.SizeBytes(table, def), cost.EntriesPerInsert, cost.WALBytesPerInsert,
					cost.WALBytesPerNonHOTUpdate, cost.HOTUpdatesLostShare, cost.Amplification, cost.WALBytesPerDay} {
					if !good(f) {
						t.Fatalf("figures of %v rows, statistics %v, %s: %v, %+v", rows, v, def.Method, f, cost)
					}
				}
				_ = cost.Sentence()
			}
		}
	}
}

// TestMix works amplification and the figure a day out by hand: 10,000 inserts
// and 10,000 updates of 200 and 100 bytes in a day.
func TestMix(t *testing.T) {
	snap := hotTable(1)
	table := snap.Tables[0]
	table.Inserted, table.Updated, table.HotUpdated = opt.Of(10000.0), opt.Of(10000.0), opt.Of(10000.0)
	insert := statement("INSERT INTO t VALUES ($1)", 1000)
	insert.WALBytes, insert.WALFpi = opt.Of(1000*160.0+2*7500), opt.Of(2.0) // 40 bytes of commit record make it 200
	update := statement("UPDATE t SET customer = $1", 500)
	update.WALBytes, update.WALFpi = opt.Of(500*60.0), opt.Of(0.0)
	snap.Statements = []*workload.Statement{insert, update}
	at := time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC)
	snap.ExportedAt, snap.StatsReset = opt.Some(at), opt.Some(at.Add(-24*time.Hour))
	snap.Settings = map[string]workload.Setting{"full_page_writes": {Value: "off"}}
	m := New(snap)
	cost := m.WriteCost(table, pgtest.BTree("status"))
	extra := 10000 * cost.WALBytesPerInsert.Or(0)
	if got, want := cost.Amplification.Or(0), 1+extra/3e6; math.Abs(got-want) > 1e-9 {
		t.Errorf("amplification %v, want %v: %q", got, want, cost.Notes)
	}
	if got := cost.WALBytesPerDay.Or(0); math.Abs(got-extra) > 1e-6 {
		t.Errorf("%v bytes a day, want %v", got, extra)
	}

	// An index on the column that is set: every update writes it anew.
	cost = m.WriteCost(table, pgtest.BTree("customer"))
	extra = 10000*cost.WALBytesPerInsert.Or(0) + 10000*(cost.WALBytesPerNonHOTUpdate.Or(0)+13)
	if got, want := cost.Amplification.Or(0), 1+extra/3e6; math.Abs(got-want) > 1e-9 {
		t.Errorf("amplification %v, want %v: %q", got, want, cost.Notes)
	}

	// Full page images come on top, and without a window there is no day.
	snap.Settings = map[string]workload.Setting{"checkpoint_timeout": {Value: "300", Unit: "s"}}
	if got := costOnT(snap, pgtest.BTree("customer")).WALBytesPerDay.Or(0); got <= extra {
		t.Errorf("%v bytes a day with full page images, without %v", got, extra)
	}
	snap.StatsReset = workload.Time{}
	cost = costOnT(snap, pgtest.BTree("customer"))
	if cost.WALBytesPerDay.Known() || !strings.Contains(strings.Join(cost.Notes, ";"), "stats_reset") {
		t.Errorf("%v a day without a window; notes %q", cost.WALBytesPerDay, cost.Notes)
	}
}

func TestSentence(t *testing.T) {
	tests := []struct {
		cost WriteCost
		want string
	}{
		{WriteCost{}, ""},
		{WriteCost{EntriesPerInsert: opt.Of(1.0), WALBytesPerInsert: opt.Of(76.38), Basis: "none"},
			"76 bytes more WAL per INSERT; write rate unknown (export pg_stat_user_tables)"},
		{WriteCost{EntriesPerInsert: opt.Of(0.0514), WALBytesPerInsert: opt.Of(3.9), WALBytesPerNonHOTUpdate: opt.Of(136.2), HOTUpdatesLostShare: opt.Of(0.45),
			WALBytesPerLostHOT: opt.Of(136.2), IndexesPerLostHOT: 2,
			Amplification: opt.Of(1.2871), WALBytesPerDay: opt.Of(3.1 * (1 << 30)), FullPageBytesPerDay: opt.Of(1.9 * (1 << 30)), Basis: "pg_stat_user_tables"},
			"3.9 bytes more WAL per INSERT; 45% of updates are no longer HOT, each writes 136 bytes more WAL (2 indexes); write amplification 1.29x; about 3.1 GB WAL per day (1.9 GB full page images)"},
		{WriteCost{WALBytesPerDay: opt.Of(2048.0), Basis: "pg_stat_user_tables"}, "about 2 kB WAL per day (full page images not counted)"},
		{WriteCost{WALBytesPerInsert: opt.Of(10985.3), HOTUpdatesLostShare: opt.Of(0.0), Basis: "pg_stat_user_tables"}, "10.7 kB more WAL per INSERT"},
	}
	for _, tt := range tests {
		if got := tt.cost.Sentence(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// tableT is the table t of a model's snapshot; nil without one.
func tableT(m *Model) *workload.Table {
	if m.snap == nil {
		return nil
	}
	return m.snap.Table("public", "t")
}

// frequencyOf is that of one of the most common values.
func frequencyOf(st *workload.ColumnStats, value string) float64 {
	for i, v := range st.MCVs.All() {
		if v.Raw() == value {
			return st.MCVFreqs[i]
		}
	}
	return -1
}
