package workload

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// exports is a small database as CSV files of several server versions.
var exports = map[View]string{
	ViewStatements: `userid,dbid,toplevel,queryid,query,calls,total_exec_time,rows,shared_blks_hit,shared_blks_read,wal_bytes
10,5,t,11,SELECT * FROM orders WHERE id = $1,100,50.5,100,400,1,0
20,5,t,11,SELECT * FROM orders WHERE id = $1,100,49.5,100,400,1,0
10,5,f,11,SELECT * FROM orders WHERE id = $1,7,1,7,0,0,0
10,5,t,-12,"UPDATE orders SET note = 'a, b' WHERE id = $1",3,9,3,1,1,500
`,
	ViewTables: `relid,schemaname,relname,seq_scan,seq_tup_read,idx_scan,n_tup_ins,n_tup_upd,n_tup_del,n_tup_hot_upd,n_live_tup,n_dead_tup,last_analyze
1,public,orders,3,300,,10,20,5,15,90,7,2026-01-02 03:04:05.678+00
`,
	ViewIndexes:   "schemaname,relname,indexrelname,idx_scan,idx_tup_read,idx_tup_fetch,last_idx_scan\npublic,orders,orders_pkey,42,42,42,2026-01-02 03:04:05+02\n",
	ViewIOTables:  "schemaname,relname,heap_blks_read,heap_blks_hit,idx_blks_read,idx_blks_hit\npublic,orders,1,2,3,4\n",
	ViewIOIndexes: "schemaname,relname,indexrelname,idx_blks_read,idx_blks_hit\npublic,orders,orders_pkey,5,6\n",
	ViewIndex: "schemaname,tablename,indexname,indexdef,indisunique,indisvalid,conname,contype,index_bytes\n" +
		"public,orders,orders_pkey,CREATE UNIQUE INDEX orders_pkey ON public.orders USING btree (id),t,t,orders_pkey,p,16384\n",
	ViewClass:      "schemaname,relname,relkind,relpages,reltuples,relallvisible,reloptions,relation_bytes\npublic,orders,r,10,95,8,{fillfactor=90},81920\npublic,fresh,r,0,-1,0,,0\n",
	ViewSize:       "schemaname,relname,relkind,relation_bytes,total_bytes\npublic,orders,r,81920,98304\npublic,orders_pkey,i,16384,\n",
	ViewConstraint: "schemaname,tablename,conname,contype,convalidated,constraintdef,ref_schema,ref_table\npublic,orders,orders_customer_fkey,f,t,FOREIGN KEY (customer_id) REFERENCES customers(id),app,customers\n",
	ViewStats: "schemaname,tablename,attname,data_type,not_null,inherited,null_frac,avg_width,n_distinct,most_common_vals,most_common_freqs,correlation\n" +
		"public,orders,status,text,t,f,0,6,3,\"{open,\"\"in, transit\"\"}\",\"{0.7,0.3}\",0.1\npublic,orders,never,integer,f,,,,,,,\n",
	ViewDatabase:       "datname,xact_commit,stats_reset,exported_at\n,1,,\nshop,9,2026-01-01 00:00:00+00,2026-01-13 12:00:00+00\n",
	ViewSettings:       "name,setting,unit,source\nserver_version_num,160004,,default\nwork_mem,4096,kB,default\nserver_version,16.4,,default\n",
	ViewActivity:       "pid,datname,state,wait_event_type,wait_event,xact_start,query\n7,shop,active,Lock,relation,2026-01-13 11:59:00+00,SELECT 'x'\n",
	ViewLocks:          "pid,locktype,mode,granted,relation\n7,relation,AccessShareLock,f,orders\n",
	ViewPrepared:       "transaction,gid,prepared,owner,database\n77,order-7,2026-01-13 11:00:00+00,app,shop\n",
	ViewExtension:      "extname,extversion\nplpgsql,1.0\npg_trgm,1.6\n",
	ViewReplication:    "pid,application_name,state,sync_state,replay_lsn,replay_lag\n9,standby,streaming,async,0/1,00:00:01\n",
	ViewSlots:          "slot_name,slot_type,active,xmin_age,catalog_xmin_age,retained_bytes\nstandby,physical,f,9,,16777216\n",
	ViewSequences:      "schemaname,sequencename,data_type,max_value,increment_by,cycle,last_value,tablename,attname,column_type\npublic,orders_id_seq,integer,2147483647,1,f,7,orders,id,integer\n",
	ViewStatsExt:       "schemaname,tablename,statistics_name,attnames,kinds\npublic,orders,s,\"{status,id}\",\"{d,f}\"\n",
	ViewStatementsInfo: "dealloc,stats_reset\n2,2026-01-10 12:00:00+00\n",
}

func read(t *testing.T, views ...View) *Snapshot {
	t.Helper()
	s := new(Snapshot)
	for _, v := range views {
		got, err := s.Read(string(v)+".csv", strings.NewReader(exports[v]))
		if err != nil || len(got.Warnings) > 0 || got.View != v {
			t.Fatalf("%s: %+v, %v", v, got, err)
		}
	}
	return s
}

// Sizes may come apart from pg_class and pg_index. They are truer than a count
// of pages, whichever comes first, and absent where the export left them out.
func TestSizesApart(t *testing.T) {
	const (
		class = "schemaname,relname,relkind,relpages,reltuples\npublic,bags,r,10,90\npublic,bags_tag,i,3,90\npublic,held,r,4,8\npublic,held_pkey,i,2,8\n"
		index = "schemaname,tablename,indexname,indexdef,contype,relpages\npublic,bags,bags_tag,CREATE INDEX bags_tag ON public.bags USING btree (tag),,3\npublic,held,held_pkey,,p,2\n"
		size  = "schemaname,relname,relkind,relation_bytes,total_bytes\npublic,bags,r,90112,131072\npublic,bags_tag,i,32768,\npublic,held,r,,\npublic,held_pkey,i,,\n"
	)
	for _, order := range [][]string{{class, index, size}, {size, index, class}, {size, class, index}, {index, size, class}} {
		whole := new(Snapshot)
		for _, text := range order {
			part := new(Snapshot)
			if got, err := part.Read("x.csv", strings.NewReader(text)); err != nil || len(got.Warnings) > 0 {
				t.Fatalf("%+v, %v", got, err)
			}
			whole.Fill(part)
		}
		bags, held := whole.Table("public", "bags"), whole.Table("public", "held")
		if bags.Bytes().Or(0) != 90112 || bags.TotalBytes.Or(0) != 131072 || bags.Tuples.Or(0) != 90 || whole.Index("public", "bags_tag").SizeBytes.Or(0) != 32768 {
			t.Errorf("%q: bags %v, %v; index %v", order, bags.Bytes(), bags.TotalBytes, whole.Index("public", "bags_tag").SizeBytes)
		}
		if held.SizeBytes.Known() || held.Bytes().Or(0) != 4*BlockSize || whole.Index("public", "held_pkey").Definition != "" {
			t.Errorf("%q: the size of held is %v", order, held.SizeBytes)
		}
	}
}

// A definition that a lock kept out of the export is no mistake of the file.
func TestConstraintWithoutDefinition(t *testing.T) {
	s := new(Snapshot)
	got, err := s.Read("c.csv", strings.NewReader("schemaname,tablename,conname,contype,convalidated,constraintdef\npublic,bags,bags_check,c,t,\npublic,bags,bags_pkey,p,t,PRIMARY KEY (id)\n"))
	if err != nil || len(got.Warnings) > 0 || len(s.Table("public", "bags").Constraints) != 1 {
		t.Errorf("%+v, %v, %+v", got, err, s.Table("public", "bags").Constraints)
	}
}

// The order in which files come must not matter.
func TestRead(t *testing.T) {
	forward := Views()
	backward := make([]View, len(forward))
	for i, v := range forward {
		backward[len(forward)-1-i] = v
	}
	for name, order := range map[string][]View{"forward": forward, "backward": backward} {
		t.Run(name, func(t *testing.T) {
			s := read(t, order...)
			orders := s.Table("public", "orders")
			if orders == nil || s.Table("", "orders") != orders {
				t.Fatal("no table orders")
			}
			st := s.Statement("11")
			pkey := s.Index("", "orders_pkey")
			if st == nil || pkey == nil || pkey.Table != orders {
				t.Fatal("no statement 11, or no orders_pkey on orders")
			}
			days, basis, _ := s.Window()
			version, _ := s.ServerVersion().Major()
			status := orders.Column("status")
			got := fmt.Sprintln(
				len(s.Statements), st.Calls, st.TotalMs, st.MeanMs, st.TopLevel, s.Statement("-12").WALBytes, "|",
				orders.SeqScan, orders.IdxScan, orders.HotUpdated, orders.RowCount(), orders.Bytes(), orders.Options["fillfactor"], orders.HeapHit, "|",
				pkey.Scans, pkey.SizeBytes, pkey.BlksHit, pkey.ConstraintType, pkey.Def.Keys[0].Column, "|",
				status.Type, status.NotNull, status.Stats.NDistinct, status.Stats.MCVs.At(1).Raw(), status.Stats.MCVFreqs, "|",
				days, basis, version, s.SettingBytes("work_mem"), s.Deallocated, s.Database, "|",
				orders.Constraints[0].RefSchema, orders.Constraints[0].Columns,
			)
			const want = "3 200 100 0.5 true 500 | " +
				"3 absent 15 95 81920 90 2 | " +
				"42 16384 6 p id | " +
				"text {true true} 3 in, transit [0.7 0.3] | " +
				"12.5 stats_reset 16 4.194304e+06 2 shop | " +
				"app [customer_id]"
			if strings.Join(strings.Fields(got), " ") != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if age, ok := s.StatementsAge(); !ok || age.Hours() != 72 {
				t.Errorf("statements' counters run for %v", age)
			}
			if s.Table("", "fresh").RowCount().Known() {
				t.Error("a table that was never analysed has a row count")
			}
			if orders.Column("never").Stats != nil || orders.Column("never").Type != "integer" {
				t.Error("a column without statistics has some, or no type")
			}
		})
	}
}

// A file given twice counts once.
func TestReadTwice(t *testing.T) {
	s := read(t, ViewStatements, ViewStatements)
	if c := s.Statement("11").Calls.Or(0); c != 200 {
		t.Errorf("%v calls", c)
	}
}

func TestReadBad(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "bad.csv is empty: expected a header line with column names"},
		{"another view", "checkpoints_timed,buffers_clean\n1,2\n", `bad.csv:1: expected the columns of a statistics view (pg_stat_statements, pg_stat_user_tables, ...): this is pg_stat_bgwriter, writes of the background writer, which no rule reads. Export the statistics: pgverdict export`},
		{"a plan of MySQL", "id,select_type,table,type,key,rows,Extra\n1,SIMPLE,orders,ALL,NULL,998412,Using where\n", `bad.csv:1: expected the columns of a statistics view (pg_stat_statements, pg_stat_user_tables, ...): this is a plan of MySQL. Run EXPLAIN (ANALYZE, BUFFERS) on PostgreSQL`},
		{"a plan of Oracle", "| Id  | Operation         | Name   | Rows  | Bytes |\n|-----|-------------------|--------|-------|-------|\n|   1 | TABLE ACCESS FULL | ORDERS |   315 |   924 |\n", `bad.csv:1: expected the columns of a statistics view (pg_stat_statements, pg_stat_user_tables, ...): this is a plan of Oracle. Run EXPLAIN (ANALYZE, BUFFERS) on PostgreSQL`},
		{"a column is missing", "pid,mode,locktype\n1,x,y\n", `bad.csv:1: expected the columns of pg_locks: granted is missing. Select it as well, or run: pgverdict export`},
		{"no row is right", "schemaname,relname,seq_scan,n_live_tup\npublic,t\n", `bad.csv:2: expected 4 fields, got "2"`},
	}
	for _, test := range tests {
		_, err := new(Snapshot).Read("bad.csv", strings.NewReader(test.text))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || err.Error() != test.want {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	s := new(Snapshot)
	got, err := s.Read("t.csv", strings.NewReader("schemaname,relname,seq_scan,n_live_tup\npublic,a,x,1\npublic,b,2\npublic,c,3,4\n"))
	if err != nil || got.Rows != 2 || len(got.Warnings) != 2 || got.Warnings[0].Line != 2 || got.Warnings[1].Line != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	if s.Table("", "a").SeqScan.Known() || s.Table("", "a").Live.Or(0) != 1 || s.Table("", "c").SeqScan.Or(0) != 3 {
		t.Error("what could be read was not kept")
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range exports {
		f.Add(text)
	}
	f.Add("relation,GiB,rows\nx,1,2\n")
	f.Fuzz(func(t *testing.T, text string) {
		s := new(Snapshot)
		_, _ = s.Read("f", strings.NewReader(text))
		s.Window()
		s.ServerVersion()
		for _, table := range s.Tables {
			table.RowCount()
			for _, ix := range table.Indexes {
				ix.QName()
			}
		}
	})
}

func FuzzDefinitions(f *testing.F) {
	f.Add("CREATE UNIQUE INDEX i ON ONLY s.t USING btree (lower(a) DESC) INCLUDE (b) WITH (fillfactor=70) WHERE x")
	f.Add("FOREIGN KEY (a) REFERENCES t(b) ON DELETE SET NULL (a)")
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = ParseIndexDef(text)
		_, _ = ParseConstraintDef(text)
		_, _, _ = ParseReferences("c", text)
		array(text)
	})
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var text strings.Builder
			text.WriteString("userid,dbid,toplevel,queryid,query,calls,total_exec_time,rows,shared_blks_hit,shared_blks_read,wal_bytes\n")
			for i := range n {
				fmt.Fprintf(&text, "10,5,t,%d,\"SELECT a, b FROM orders WHERE id = $1 AND c%d = $2\",100,50.5,100,400,1,0\n", i, i)
			}
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				if _, err := new(Snapshot).Read("b", strings.NewReader(text.String())); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A view is known by few of its columns, in the names and units that people give them.
func TestFewColumns(t *testing.T) {
	s := new(Snapshot)
	for name, text := range map[string]string{
		"tables":     "relname,n_dead_tup,last_autovacuum\nt,7,2026-01-01 00:00:00+00\n",
		"statements": "query,calls,total_minutes,avg_ms\nSELECT 1,4,2,30000\n",
		"means":      "query,calls,mean_seconds\nSELECT 2,4,2\n",
		"database":   "datname,stats_reset\nshop,2026-06-01 00:00:00+00\n",
		"version":    " version\n--------------\n PostgreSQL 17.5 on x86_64-pc-linux-gnu\n(1 row)\n",
	} {
		if _, err := s.Read(name, strings.NewReader(text)); err != nil {
			t.Error(err)
		}
	}
	if s.Table("", "t").Dead.Or(0) != 7 || s.Table("", "t").SeqScan.Known() || !s.StatsReset.Known() || s.ServerVersion().Text != "17.5" {
		t.Errorf("%+v %v %v", s.Table("", "t"), s.StatsReset, s.ServerVersion())
	}
	for _, st := range s.Statements {
		want := map[string]float64{"SELECT 1": 120_000, "SELECT 2": 8_000}[st.Query.Raw()]
		if st.TotalMs.Or(0) != want || st.MeanMs.Or(0) != want/4 {
			t.Errorf("%s: %v, %v", st.Query.Raw(), st.TotalMs, st.MeanMs)
		}
	}
}

// An export without values tells which frequency of a flag is that of true.
func TestFlags(t *testing.T) {
	const flags = "schemaname,tablename,attname,data_type,null_frac,n_distinct,most_common_freqs,most_common_flags\npublic,crates,sealed,boolean,0,2,\"{0.9,0.1}\",\"{f,t}\"\npublic,crates,kind,text,0,2,\"{0.9,0.1}\",\n"
	s := new(Snapshot)
	if _, err := s.Read("pg_stats.csv", strings.NewReader(flags)); err != nil {
		t.Fatal(err)
	}
	if st := s.Table("", "crates").Column("sealed").Stats; st.MCVs.Len() != 2 || st.MCVs.At(1).Raw() != "t" {
		t.Errorf("flags: %v", st.MCVs)
	}
	if st := s.Table("", "crates").Column("kind").Stats; st.MCVs.Len() != 0 || len(st.MCVFreqs) != 2 {
		t.Errorf("values of another type: %v", st.MCVs)
	}
}

// A file to which a script appended the view again and again is its last reading. The
// rows of one statement by two users are added, and a file may be read twice.
func TestPolls(t *testing.T) {
	const text = "userid,dbid,queryid,query,calls,total_exec_time\n" +
		"10,5,1,a,10,100\n11,5,1,a,1,10\n10,5,2,b,7,70\n" +
		"10,5,1,a,20,200\n11,5,1,a,1,10\n10,5,2,b,7,70\n"
	s := new(Snapshot)
	read, err := s.Read("polls.csv", strings.NewReader(text))
	if err != nil || len(read.Warnings) != 1 || read.Warnings[0].Line != 5 {
		t.Fatal(err, read.Warnings)
	}
	got := map[string]float64{}
	for _, st := range s.Statements {
		got[st.QueryID] = st.Calls.Or(0)
	}
	if len(got) != 2 || got["1"] != 21 || got["2"] != 7 {
		t.Error(got)
	}
}

// A file to which a script appended the view with the time is two snapshots: its first
// and its last reading, in any order of the rows.
func TestTimedPolls(t *testing.T) {
	for _, lines := range [][]string{
		{"2026-01-31 10:00:00+00,10,5,1,a,100,1000", "2026-01-31 10:00:00+00,10,5,2,b,7,70", "2026-01-31 10:05:00+00,10,5,1,a,150,1500",
			"2026-01-31 10:05:00+00,10,5,2,b,7,70", "2026-01-31 10:10:00+00,10,5,1,a,400,4000", "2026-01-31 10:10:00+00,10,5,2,b,9,90"},
		{"2026-01-31 10:10:00+00,10,5,1,a,400,4000", "2026-01-31 10:05:00+00,10,5,1,a,150,1500", "2026-01-31 10:00:00+00,10,5,1,a,100,1000",
			"2026-01-31 10:10:00+00,10,5,2,b,9,90", "2026-01-31 10:05:00+00,10,5,2,b,7,70", "2026-01-31 10:00:00+00,10,5,2,b,7,70"},
	} {
		s := new(Snapshot)
		read, err := s.Read("polls.csv", strings.NewReader("now,userid,dbid,queryid,query,calls,total_exec_time\n"+strings.Join(lines, "\n")+"\n"))
		if err != nil || len(read.Warnings) > 0 || read.Earlier == nil || read.Rows != 6 {
			t.Fatal(err, read)
		}
		if note := s.Since(read.Earlier); note != "" {
			t.Fatal(note)
		}
		got := map[string]float64{}
		for _, st := range s.Statements {
			got[st.QueryID] = st.Calls.Or(0)
		}
		if len(got) != 2 || got["1"] != 300 || got["2"] != 2 {
			t.Error(got)
		}
		if d, _, ok := s.Window(); !ok || d*24*60 < 9.9 || d*24*60 > 10.1 {
			t.Error(d, ok)
		}
	}
}

// An extension is lacking only if the installed ones are known.
func TestLacks(t *testing.T) {
	s := read(t, ViewExtension)
	if s.Lacks("pg_trgm") || !s.Lacks("btree_gin") || s.Lacks("") {
		t.Errorf("pg_trgm %v, btree_gin %v, none %v", s.Lacks("pg_trgm"), s.Lacks("btree_gin"), s.Lacks(""))
	}
	if new(Snapshot).Lacks("pg_trgm") {
		t.Error("without exports it is not known")
	}
}
