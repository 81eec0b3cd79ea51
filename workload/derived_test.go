package workload

import (
	"fmt"
	"strings"
	"testing"
)

// Reports that people and tools make of the views, in their own names and forms:
// each is read for what it holds, and the rest stays unknown.
func TestDerivedReports(t *testing.T) {
	const unknown = "?"
	show := func(v Float) string {
		f, ok := v.Get()
		if !ok {
			return unknown
		}
		return fmt.Sprintf("%.0f", f)
	}
	index := func(schema, name string) func(s *Snapshot) string {
		return func(s *Snapshot) string {
			ix := s.Index(schema, name)
			if ix == nil {
				return "no index"
			}
			unique := unknown
			if u, ok := ix.Unique.Get(); ok {
				unique = fmt.Sprint(u)
			}
			return fmt.Sprint(ix.Table.Schema, ".", ix.Table.Name, " scans ", show(ix.Scans), " size ", show(ix.SizeBytes), " unique ", unique, " table ", show(ix.Table.SizeBytes), " rows ", show(ix.Table.RowCount()))
		}
	}
	table := func(schema, name string) func(s *Snapshot) string {
		return func(s *Snapshot) string {
			t := s.Table(schema, name)
			if t == nil {
				return "no table"
			}
			return fmt.Sprint("live ", show(t.RowCount()), " dead ", show(t.Dead), " seq ", show(t.SeqScan), " size ", show(t.SizeBytes), " total ", show(t.TotalBytes), " vacuumed ", t.LastAutovacuum.Known())
		}
	}
	statement := func(s *Snapshot) string {
		st := s.Statements[0]
		return fmt.Sprint("calls ", show(st.Calls), " total ", show(st.TotalMs), " mean ", show(st.MeanMs))
	}
	session := func(s *Snapshot) string {
		x := s.Sessions[0]
		return fmt.Sprint(x.PID, " ", x.User, " ", x.State, " ", show(x.OpenMs), " ", x.Query.Raw())
	}
	slot := func(s *Snapshot) string {
		active := unknown
		if a, ok := s.Slots[0].Active.Get(); ok {
			active = fmt.Sprint(a)
		}
		return fmt.Sprint(s.Slots[0].Name, " ", active, " ", show(s.Slots[0].RetainedBytes))
	}
	ages := func(s *Snapshot) string {
		x := s.Slots[0]
		return fmt.Sprint(x.Name, " xmin ", show(x.XminAge), " catalog ", show(x.CatalogXminAge), " keeps ", show(x.RetainedBytes))
	}
	stats := func(s *Snapshot) string {
		text := func(v Float) string {
			f, ok := v.Get()
			if !ok {
				return unknown
			}
			return fmt.Sprint(f)
		}
		c := s.Tables[0].Columns[0]
		return fmt.Sprint(c.Name, " null ", text(c.Stats.NullFrac), " distinct ", text(c.Stats.NDistinct), " width ", text(c.Stats.AvgWidth))
	}
	replica := func(s *Snapshot) string { return s.Replicas[0].Name }
	bytes := func(name string) func(s *Snapshot) string {
		return func(s *Snapshot) string { return show(s.SettingBytes(name)) }
	}
	for _, test := range []struct {
		name, text string
		view       View
		figures    func(s *Snapshot) string
		want       string
	}{
		// Unused indexes.
		{"times_used beside table sizes", `
 table_name | index_name            | times_used | table_size | index_size | num_writes
------------+-----------------------+------------+------------+------------+------------
 journals   | journals_latest       |          0 | 505 MB     | 59 MB      |     253465
(1 row)
`, ViewIndexes, index("", "journals_latest"), "public.journals scans 0 size 61865984 unique ? table 529530880 rows ?"},
		{"pg-extras unused_indexes", `
          table      |                 index                 | index_size | index_scans
---------------------+---------------------------------------+------------+-------------
 school.grade_levels | index_attempts_on_grade_level_id      | 97 MB      |           3
(1 row)
`, ViewIndexes, index("school", "index_attempts_on_grade_level_id"), "school.grade_levels scans 3 size 101711872 unique ? table ? rows ?"},
		{"the wiki's index usage", "schemaname,tablename,indexname,num_rows,table_size,index_size,unique,number_of_scans,tuples_read,tuples_fetched\n" +
			"app,orders,orders_key,12000,16 MB,2 MB,Y,7,70,7\n", ViewIndexes, index("app", "orders_key"), "app.orders scans 7 size 2097152 unique true table 16777216 rows 12000"},
		{"PgHero unused_indexes", `[{"schema":"public","table":"users","index":"users_name","index_size":"16 kB","size_bytes":16384,"index_scans":0}]`,
			ViewIndexes, index("", "users_name"), "public.users scans 0 size 16384 unique ? table ? rows ?"},
		{"supabase inspect index-stats", "name,table,columns,size,percent_used,index_scans,seq_scans,unused\napp.users_name,app.users,name,16 kB,12.5%,4,28,f\n",
			ViewIndexes, index("app", "users_name"), "app.users scans 4 size 16384 unique ? table ? rows ?"},
		{"scans and a size in MB", "schemaname,relname,indexrelname,scans,size_mb\napp,users,users_name,4,1.125\n",
			ViewIndexes, index("app", "users_name"), "app.users scans 4 size 1179648 unique ? table ? rows ?"},
		{"an index's definition", "table_name,index_name,index_scans,is_unique,definition\nusers,users_name,0,f,CREATE INDEX users_name ON public.users USING btree (name)\n",
			ViewIndexes, index("", "users_name"), "public.users scans 0 size ? unique false table ? rows ?"},

		{"titles with a unit", "Schema,Table Name,Index Name,Number of Scans,Index Size (MB)\napp,users,users_name,4,1.5\n",
			ViewIndexes, index("app", "users_name"), "app.users scans 4 size 1572864 unique ? table ? rows ?"},

		// Live and dead rows.
		{"a ratio of dead rows", "relname,n_live_tup,n_dead_tup,dead_pct,table_size,total_size\norders,1000,250,20.00,8192 bytes,24 kB\n",
			ViewTables, table("", "orders"), "live 1000 dead 250 seq ? size 8192 total 24576 vacuumed false"},
		{"pg-extras vacuum_stats", `
 schema |  table    | last_vacuum | last_autovacuum  | rowcount | dead_rowcount | autovacuum_threshold | expect_autovacuum
--------+-----------+-------------+------------------+----------+---------------+----------------------+-------------------
 public | log_table |             | 2013-04-26 17:37 |   18,030 |         8,228 |          3,656       | yes
(1 row)
`, ViewTables, table("", "log_table"), "live 18030 dead 8228 seq ? size ? total ? vacuumed true"},
		{"live and dead tuples by name", "schemaname,table_name,live_tuples,dead_tuples,dead_tuple_ratio_pct,last_autovacuum\napp,orders,1000,250,20.00,never\n",
			ViewTables, table("app", "orders"), "live 1000 dead 250 seq ? size ? total ? vacuumed false"},
		{"short names in JSON", `[{"schema":"app","table":"orders","live":1000,"dead":250,"dead_pct":20.0,"last_autovacuum":"2026-01-02 03:04"}]`,
			ViewTables, table("app", "orders"), "live 1000 dead 250 seq ? size ? total ? vacuumed true"},
		{"supabase inspect vacuum-stats", "Table,Last Vacuum,Last Auto Vacuum,Row count,Dead row count,Expect autovacuum?\napp.orders,,2026-01-02 03:04,No stats,250,no\n",
			ViewTables, table("app", "orders"), "live ? dead 250 seq ? size ? total ? vacuumed true"},
		{"index usage in percent", "relname,percent_of_times_index_used,rows_in_table\nevents,65,1217347\n",
			ViewTables, table("", "events"), "live 1217347 dead ? seq ? size ? total ? vacuumed false"},

		{"names in camel case", "TableName,LiveTuples,DeadTuples\nevents,7,9\n",
			ViewTables, table("", "events"), "live 7 dead 9 seq ? size ? total ? vacuumed false"},

		{"counters by what their names mean", "table_name,number_of_seq_scans,estimated_live_row_count,num_dead_tup,rows_inserted,row_number\nevents,3,7,9,5,1\n",
			ViewTables, table("", "events"), "live 7 dead 9 seq 3 size ? total ? vacuumed false"},
		{"Spanish", "tabla,filas_vivas,filas_muertas\nevents,7,9\n", ViewTables, table("", "events"), "live 7 dead 9 seq ? size ? total ? vacuumed false"},
		{"Portuguese", "nome_tabela,linhas_vivas,linhas_mortas\nevents,7,9\n", ViewTables, table("", "events"), "live 7 dead 9 seq ? size ? total ? vacuumed false"},
		{"French", "table,lignes_vivantes,lignes_mortes\nevents,7,9\n", ViewTables, table("", "events"), "live 7 dead 9 seq ? size ? total ? vacuumed false"},
		{"German", "Tabelle,lebende Zeilen,tote Zeilen\nevents,7,9\n", ViewTables, table("", "events"), "live 7 dead 9 seq ? size ? total ? vacuumed false"},
		{"remarks in the header and behind times", "| Table | n_live_tup (stale) | n_dead_tup | last_autovacuum |\n|-|-|-|-|\n| events | 7 | **9** (56%) | `2026-05-10 05:43:30Z` (~22h ago) |\n",
			ViewTables, table("", "events"), "live 7 dead 9 seq ? size ? total ? vacuumed true"},
		{"times in UTC", "relname,n_dead_tup,last_autovacuum\nevents,9,2026-05-10 03:22:11 UTC\n", ViewTables, table("", "events"), "live ? dead 9 seq ? size ? total ? vacuumed true"},
		{"blocks and temporary files of a database", "datname,blks_read,temp_bytes\nshop,3,4\n", ViewDatabase, func(s *Snapshot) string { return s.Database + " " + show(s.DatabaseStats["temp_bytes"]) }, "shop 4"},
		{"days", "relname,n_dead_tup,last_autovacuum\nevents,9,2026-05-10\n", ViewTables, table("", "events"), "live ? dead 9 seq ? size ? total ? vacuumed true"},
		{"times of DateStyle Postgres", "relname,n_dead_tup,last_autovacuum\nevents,9,Sun May 10 05:43:30.5 2026 UTC\n", ViewTables, table("", "events"), "live ? dead 9 seq ? size ? total ? vacuumed true"},
		{"dashes for what is unknown", "relname,n_dead_tup,n_live_tup,last_autovacuum\nevents,9,—,—\n", ViewTables, table("", "events"), "live ? dead 9 seq ? size ? total ? vacuumed false"},
		{"the number of rows", "table,rows,size_total_mb,last_auto_vacuum\nevents,7,2,never\n",
			ViewTables, table("", "events"), "live 7 dead ? seq ? size ? total 2097152 vacuumed false"},
		{"scans with a number", "relname,indexrelname,nb_scans,size\nusers,users_name,3,16 kB\n",
			ViewIndexes, index("", "users_name"), "public.users scans 3 size 16384 unique ? table ? rows ?"},
		{"partitions", "partition_name,row_count,total_size\nevents_2026,7,24 kB\n", ViewTables, table("", "events_2026"), "live 7 dead ? seq ? size ? total 24576 vacuumed false"},
		{"reltuples and sizes", "relname,reltuples,table_size,total_size\nevents,7,16 kB,24 kB\n", ViewClass, table("", "events"), "live 7 dead ? seq ? size 16384 total 24576 vacuumed false"},
		{"ages of tables", "table_name,age,total_size\nevents,200018,24 kB\n", ViewClass, func(s *Snapshot) string {
			return "age " + show(s.Table("", "events").FrozenXIDAge) + " total " + show(s.Table("", "events").TotalBytes)
		}, "age 200018 total 24576"},
		{"hits and reads by other names", "table_name,heap_read,heap_hit,ratio\nevents,3,97,0.97\n", ViewIOTables, func(s *Snapshot) string {
			return "read " + show(s.Table("", "events").HeapRead) + " hit " + show(s.Table("", "events").HeapHit)
		}, "read 3 hit 97"},

		// Sessions, locks, slots, replicas.
		{"sessions with a length in seconds", "process_id,username,status,sql_text,running_seconds\n7,app,active,SELECT 1,90.5\n", ViewActivity, session, "7 app active 90500 SELECT 1"},
		{"few columns", "pid,query\n7,SELECT 1\n", ViewActivity, session, "7   ? SELECT 1"},
		{"locks with their sessions", "pid,relation,lock_mode,granted,state,query\n7,orders,AccessShareLock,t,active,SELECT 1\n7,items,AccessShareLock,t,active,SELECT 1\n",
			ViewLocks, func(s *Snapshot) string { return fmt.Sprint(len(s.Locks), " locks of ", session(s)) }, "2 locks of 7  active ? SELECT 1"},
		{"a transaction in a join with sessions", "pid,state,wait_event,locktype,mode,granted,xid\n7,active,transactionid,transactionid,ShareLock,f,1138\n9,idle in transaction,,transactionid,ExclusiveLock,t,1138\n",
			ViewActivity, func(s *Snapshot) string { return fmt.Sprint(s.Blockers(), s.Session("7").XID) }, "map[7:[9]]"},
		{"locks with their holders", "locktype,mode,granted,pid,wait_for\nrelation,RowExclusiveLock,t,7,{5}\ntuple,ExclusiveLock,f,7,{5}\n",
			ViewLocks, func(s *Snapshot) string { return fmt.Sprint(s.Blockers()) }, "map[7:[5]]"},
		{"slots with what they retain", "slot_name,retained_wal,active,restart_lsn\nold,18 MB,f,0/1\n", ViewSlots, slot, "old false 18874368"},
		{"slots with a lag in bytes", "slot_name,slot_type,lag_bytes\nold,logical,18874368\n", ViewSlots, slot, "old ? 18874368"},
		{"a slot's state", "slot_name,wal_status,safe_wal_size\nold,lost,-323906992\n", ViewSlots, slot, "old ? ?"},
		{"replicas of old servers", "usename,application_name,state,sent_location,sync_state\nrep,west,streaming,0/1,async\n", ViewReplication, replica, "west"},
		{"replicas with their positions", "client_addr,state,sent_lsn,replay_lsn,application_name\n10.0.0.1,streaming,0/1,0/1,west\n", ViewReplication, replica, "west"},
		{"replicas with their lag", "application_name,sync_state,replay_lag\nwest,async,00:00:01\n", ViewReplication, replica, "west"},

		// Sizes.
		{`\dt+`, `
                                        List of relations
 Schema |  Name  | Type  | Owner | Persistence | Access method |    Size    | Description
--------+--------+-------+-------+-------------+---------------+------------+-------------
 app    | orders | table | me    | permanent   | heap          | 13 MB      | 
 app    | latest | view  | me    | permanent   |               | 0 bytes    | 
(2 rows)
`, ViewSize, table("app", "orders"), "live ? dead ? seq ? size 13631488 total ? vacuumed false"},
		{`\di+`, `
                                             List of relations
 Schema |    Name     | Type  | Owner | Table  | Persistence | Access method | Size  | Description
--------+-------------+-------+-------+--------+-------------+---------------+-------+-------------
 app    | orders_pkey | index | me    | orders | permanent   | btree         | 16 kB | 
(1 row)
`, ViewSize, index("app", "orders_pkey"), "app.orders scans ? size 16384 unique ? table ? rows ?"},
		{`\dt+ in French`, "                 Liste des relations\n Schéma |  Nom   | Type  | Propriétaire |  Persistence   | Méthode d'accès | Taille | Description \n--------+--------+-------+--------------+----------------+-----------------+--------+-------------\n app    | orders | table | me           | non journalisé | heap            | 13 MB  | \n app    | latest | vue   | me           | permanent      |                 | 0 bytes | \n(2 lignes)\n",
			ViewSize, func(s *Snapshot) string {
				return fmt.Sprint(len(s.Tables), table("app", "orders")(s), s.Tables[0].Persistence)
			}, "1live ? dead ? seq ? size 13631488 total ? vacuumed falseu"},
		{`\di+ in Russian`, " Схема |     Имя     |  Тип   | Владелец | Таблица |  Хранение  | Метод доступа | Размер | Описание\n-------+-------------+--------+----------+---------+------------+---------------+--------+----------\n app   | orders_pkey | индекс | me       | orders  | постоянное | btree         | 16 kB  |\n(1 строка)\n",
			ViewSize, index("app", "orders_pkey"), "app.orders scans ? size 16384 unique ? table ? rows ?"},
		{`\dt+ in Korean`, " 스키마 |  이름  |  형태  | 소유주 | 크기  | 설명\n--------+--------+--------+--------+-------+------\n app    | orders | 테이블 | me     | 16 kB |\n(1개 행)\n",
			ViewSize, table("app", "orders"), "live ? dead ? seq ? size 16384 total ? vacuumed false"},
		{"sizes in Portuguese", "Tabela,Linhas,Tamanho total,Tamanho dos índices\norders,7,24 kB,8192 bytes\n",
			ViewTables, table("", "orders"), "live 7 dead ? seq ? size ? total 24576 vacuumed false"},
		{"scans in words", "index,table,size,used?\norders_pkey,orders,16 kB,NEVER (0 scans)\norders_note,orders,24 kB,yes (1204 scans)\n", ViewSize, index("", "orders_pkey"), "public.orders scans 0 size 16384 unique ? table ? rows ?"},
		{"a total with units", "| table | total |\n|---|---|\n| orders | 24 kB |\n", ViewSize, table("", "orders"), "live ? dead ? seq ? size ? total 24576 vacuumed false"},
		{"data, indexes and total", "table_name,total_size,data_size,index_size\norders,24 kB,8192 bytes,16 kB\n",
			ViewSize, table("", "orders"), "live ? dead ? seq ? size 8192 total 24576 vacuumed false"},
		{"the wiki's external size", " Table  | Size  | External Size\n--------+-------+---------------\n orders | 24 kB | 16 kB\n(1 row)\n",
			ViewSize, table("", "orders"), "live ? dead ? seq ? size ? total 24576 vacuumed false"},
		{"PgHero relation_sizes", `[{"schema":"app","relation":"orders","type":"table","size_bytes":8192}]`,
			ViewSize, table("app", "orders"), "live ? dead ? seq ? size 8192 total ? vacuumed false"},
		{"supabase inspect table-stats", "name,table_size,index_size,total_size,estimated_row_count,seq_scans\napp.orders,8192 bytes,16 kB,24 kB,77,5\n",
			ViewTables, table("app", "orders"), "live 77 dead ? seq 5 size 8192 total 24576 vacuumed false"},
		{"sizes in kB", "schema,table_name,total_size_kb,heap_size_kb,row_estimate\napp,orders,632,240,7\n",
			ViewSize, table("app", "orders"), "live 7 dead ? seq ? size 245760 total 647168 vacuumed false"},
		{"the wiki's sizes without the bytes", "table_name,total,index,toast,table\nevents,24 MB,8 MB,8192 bytes,16 MB\n", ViewSize, table("", "events"), "live ? dead ? seq ? size 16777216 total 25165824 vacuumed false"},
		{"parts of tables", "schemaname,relname,total,indexes\napp,events,24 MB,8 MB\n", ViewSize, table("app", "events"), "live ? dead ? seq ? size ? total 25165824 vacuumed false"},
		{"sums and the rest", "relname,n_live_tup,n_dead_tup\nevents,7,9\nall three (parent),7,9\nevents (all partitions),7,9\nevents + jobs (sum),7,9\nall tables,7,9\n", ViewTables, func(s *Snapshot) string { return fmt.Sprint(len(s.Tables)) }, "1"},
		{"a remark behind a name", "relname,n_live_tup,n_dead_tup\norders (hot),7,9\n", ViewTables, table("", "orders"), "live 7 dead 9 seq ? size ? total ? vacuumed false"},
		{"storage parameters", "table,storage_params\norders,\"{autovacuum_enabled=false,fillfactor=90}\"\nbills,-\n", ViewOptions, func(s *Snapshot) string { return fmt.Sprint(s.Tables[0].Options) }, "map[autovacuum_enabled:false fillfactor:90]"},
		{"execution times and blocks", "Fingerprint (truncated),calls,exec_ms,blks_read\nSELECT 1,2,9,7\n", ViewStatements, func(s *Snapshot) string { return statement(s) + " " + show(s.Statements[0].SharedRead) }, "calls 2 total 9 mean 4 7"},
		{"texts cut at a length, in several lines", "query,calls,mean_ms\nSELECT * FROM orders WHERE customer_id =,2,9\nSELECT * FROM carts LEFT JOIN order_item,2,7\n\"SELECT $1 AS one FROM orders\n       WH\",1,1\n", ViewStatements, func(s *Snapshot) string { return s.Statements[2].Query.Raw() }, "SELECT $1 AS one FROM orders\n       WH…"},
		{"texts cut at any length", "query,calls,mean_ms\n\"SELECT day, name FROM crews WHERE lower(berth) = $1\",2,9\n\"SELECT date_trunc($1, created_at) AS day, sum(total\",2,7\nSELECT 1,1,1\n", ViewStatements, func(s *Snapshot) string { return s.Statements[1].Query.Raw() }, "SELECT date_trunc($1, created_at) AS day, sum(total…"},
		{"whole texts of one length", "query,calls,mean_ms\nUPDATE samples_01 SET weight = $1 WHERE sample_id = $2,2,9\nUPDATE samples_02 SET weight = $1 WHERE sample_id = $2,2,7\nSELECT 1,1,1\n", ViewStatements, func(s *Snapshot) string { return s.Statements[1].Query.Raw() }, "UPDATE samples_02 SET weight = $1 WHERE sample_id = $2"},
		{"texts cut at a length", "query,calls,mean_ms\nSELECT * FROM orders WHERE customer_id =,2,9\nSELECT * FROM carts LEFT JOIN order_item,2,7\nSELECT 1,1,1\n", ViewStatements, func(s *Snapshot) string { return s.Statements[1].Query.Raw() }, "SELECT * FROM carts LEFT JOIN order_item…"},
		{"texts of one length", "query,calls,mean_ms\nSELECT * FROM orders WHERE customer_id=$1,2,9\nSELECT * FROM orders WHERE customer_no=$1,2,7\nSELECT 1,1,1\n", ViewStatements, func(s *Snapshot) string { return s.Statements[1].Query.Raw() }, "SELECT * FROM orders WHERE customer_no=$1"},
		{"tables with such names", "relname,n_live_tup,n_dead_tup\ntotal,7,9\nOrder Details,7,9\nall_events,7,9\nother,7,9\n", ViewTables, func(s *Snapshot) string { return fmt.Sprint(len(s.Tables)) }, "4"},
		{"a sum below the rows", "relname,n_live_tup,n_dead_tup\nevents,7,9\n*** TOTAL ***,7,9\nTotal,7,9\n", ViewTables, func(s *Snapshot) string { return fmt.Sprint(len(s.Tables)) }, "1"},
		{"a table that is called total", "relname,n_live_tup,n_dead_tup\ntotal,7,9\n", ViewTables, table("", "total"), "live 7 dead 9 seq ? size ? total ? vacuumed false"},
		{"usql's column statistics", "Schema,Table,Name,Average width,Nulls fraction,Distinct values,Dist. fraction\napp,events,kind,14,0.125,3,0.01\n", ViewStats, stats, "kind null 0.125 distinct 3 width 14"},
		{"few of a column's statistics", "tablename,attname,n_distinct,correlation\nevents,kind,-0.125,0.5\n", ViewStats, stats, "kind null ? distinct -0.125 width ?"},
		{"a column's statistics by other names", "table_name,column_name,null_fraction,distinct_values\nevents,kind,0.125,3\n", ViewStats, stats, "kind null 0.125 distinct 3 width ?"},
		{"heroku pg:diagnose", "Index,Index Scan %,Scans per Write,Index Size,Table Size\napp.orders::orders_note,0.00,0.00,16 MB,200 MB\n", ViewSize, index("app", "orders_note"), "app.orders scans ? size 16777216 unique ? table 209715200 rows ?"},
		{"sizes per index", "table,index,size\norders,orders_pkey,16 kB\n", ViewSize, index("", "orders_pkey"), "public.orders scans ? size 16384 unique ? table ? rows ?"},

		// Statements.
		{"heroku pg:outliers", `
total_exec_time  | prop_exec_time |   ncalls   |  sync_io_time   | query
-----------------+----------------+------------+-----------------+---------
 154:39:26.431466 | 72.2%         | 34,211,877 | 00:00:00        | SELECT * FROM archivable_usage_events
(1 row)
`, ViewStatements, statement, "calls 34211877 total 556766431 mean 16"},
		{"pg-extras calls", "qry,exec_time,prop_exec_time,ncalls,sync_io_time\nSELECT 1,01:00:00,0.6%,\"1,000\",00:00:00\n",
			ViewStatements, statement, "calls 1000 total 3600000 mean 3600"},
		{"supabase inspect outliers", "|Query|Execution Time|Proportion of exec time|Number Calls|Sync IO time|\n|-|-|-|-|-|\n|SELECT 1|01:00:00|0.6%|1,000|00:00:00|\n",
			ViewStatements, statement, "calls 1000 total 3600000 mean 3600"},
		{"PgHero query_stats", `[{"query":"SELECT 1","query_hash":7,"user":"app","total_minutes":60,"calls":1000,"average_time":3600,"total_percent":0.6}]`,
			ViewStatements, statement, "calls 1000 total 3600000 mean 3600"},
		{"a total rounded away", "query,calls,total_s,mean_ms\nSELECT 1,2,1,699.31\n", ViewStatements, statement, "calls 2 total 1399 mean 699"},
		{"a total that says more", "query,calls,total_ms,mean_ms\nSELECT 1,3,1000,333\n", ViewStatements, statement, "calls 3 total 1000 mean 333"},
		{"a query under its own name", "inlined_query,calls,mean_ms\nSELECT 1,2,500\n", ViewStatements, statement, "calls 2 total 1000 mean 500"},
		{"chunks", "hypertable_name,chunk_schema,chunk_name,n_live_tup,n_dead_tup\nevents,app,orders,7,9\n", ViewTables, table("app", "orders"), "live 7 dead 9 seq ? size ? total ? vacuumed false"},
		{"times of EDB", "relname,n_live_tup,last_autovacuum\norders,7,20-MAR-18 10:21:33.123456 +09:00\n", ViewTables, table("", "orders"), "live 7 dead ? seq ? size ? total ? vacuumed true"},
		{"seconds and averages", "short_query,total_calls,total_seconds,avg_ms\nSELECT 1,1000,3600,3600\n", ViewStatements, statement, "calls 1000 total 3600000 mean 3600"},

		{"times with their units", "| Query | Calls | Mean | Max | Share |\n|---|---:|---:|---:|---|\n| SELECT 1 | 1,000 | **3.6 s** | 5 s | 4% |\n", ViewStatements, statement, "calls 1000 total 3600000 mean 3600"},
		{"a total with its unit", "Query,Calls,Total\nSELECT 1,1000,3600 s\n", ViewStatements, statement, "calls 1000 total 3600000 mean 3600"},
		{"an average with its unit", "query,calls,avg\nSELECT 1,1000,3600ms\n", ViewStatements, statement, "calls 1000 total 3600000 mean 3600"},

		// Known by the words of their columns, or by the units of their values.
		{"a slot's age, logical", "slot_name,slot_type,active,age,retained\nold,logical,f,150000000,12 GB\n", ViewSlots, ages, "old xmin ? catalog 150000000 keeps 12884901888"},
		{"a slot's age, physical", "slot_name,slot_type,active,age\nold,physical,f,7\n", ViewSlots, ages, "old xmin 7 catalog ? keeps ?"},
		{"a slot's age, by what it keeps", "slot_name,active,xmin,catalog_xmin,age\nold,f,,881,7\n", ViewSlots, ages, "old xmin ? catalog 7 keeps ?"},
		{"how long a session is blocked", "blocking_pid,blocked_pid,blocked_query,wait_time\n7,9,SELECT 1,00:02:15\n", ViewActivity, session, "9   135000 SELECT 1"},
		{"the same in seconds", "blocked_pid,blocked_query,blocker_pid,waiting_duration_s\n9,SELECT 1,7,135\n", ViewActivity, session, "9   135000 SELECT 1"},
		{"blocking sessions in Chinese", "等待pid,等事件,持锁pid,持锁state\n9,transactionid,7,idle in transaction\n", ViewActivity, func(s *Snapshot) string {
			return s.Sessions[0].PID + " behind " + s.Sessions[0].BlockedBy[0] + " " + s.Sessions[1].State
		}, "9 behind 7 idle in transaction"},
		{"the age of a TOAST table", "schema_name,table_name,relfrozenxid_age,toast_relfrozenxid_age,total_size\napp,orders,54,89,4720 kB\n", ViewClass, func(s *Snapshot) string { return show(s.Tables[0].FrozenXIDAge) }, "89"},
		{"reads of a statement by another name", "query,calls,mean_ms,blk_read_ms\nSELECT 1,10,5,12\n", ViewStatements, func(s *Snapshot) string { return show(s.Statements[0].ReadMs) }, "12"},
		{"a statement and a time in other words", "pid,state,open_for,last_query\n9,idle in transaction,00:00:07,SELECT 1\n", ViewActivity, session, "9  idle in transaction 7000 SELECT 1"},
		{"how long it idles", "pid,state,idle_duration,recent_sql\n9,idle in transaction,00:05:59,SELECT 1\n", ViewActivity, session, "9  idle in transaction 359000 SELECT 1"},
		{"how long it is connected", "pid,state,connection_age,query\n9,idle,1 day,SELECT 1\n", ViewActivity, session, "9  idle ? SELECT 1"},
		{"Spanish, Portuguese, Swedish", "Nombre de la tabla,Filas vivas,Filas muertas\nevents,7,9\n", ViewTables, table("", "events"), "live 7 dead 9 seq ? size ? total ? vacuumed false"},
		{"Chinese", "表名,活元组,死元组\nevents,7,9\n", ViewTables, table("", "events"), "live 7 dead 9 seq ? size ? total ? vacuumed false"},
		{"the name in brackets", "| Table | Index | Usage (idx_scan) | Size |\n|-|-|-|-|\n| orders | orders_pkey | 7 | 16 kB |\n", ViewIndexes, index("public", "orders_pkey"), "public.orders scans 7 size 16384 unique ? table ? rows ?"},
		{"a unit alone", "| table | index | mb |\n|-|-|-|\n| orders | orders_pkey | 1.5 |\n", ViewSize, index("public", "orders_pkey"), "public.orders scans ? size 1572864 unique ? table ? rows ?"},
		{"a table's size by its function", "tabla,pg_relation_size,pg_total_relation_size,n_live_tup\nevents,8192,16384,7\n", ViewTables, table("", "events"), "live 7 dead ? seq ? size 8192 total 16384 vacuumed false"},
		{"an estimate beside sizes", "schema,name,object_type,est_rows,total_size,table_size\napp,orders,table,7,16 kB,8 kB\n", ViewSize, table("app", "orders"), "live 7 dead ? seq ? size 8192 total 16384 vacuumed false"},
		{"an estimate and a size", "schema,table,total_size,estimated_rows\npublic,orders,45 MB,7\n", "pg_relation_size", table("public", "orders"), "live 7 dead ? seq ? size ? total 47185920 vacuumed false"},
		{"an estimate alone", "table_name,estimated_rows\norders,7\n", ViewClass, table("", "orders"), "live 7 dead ? seq ? size ? total ? vacuumed false"},
		{"reads of indexes by other names", "table_name,index_name,idx_blks_read,idx_blks_hit,index_size\norders,orders_pkey,1,2,16 kB\n", ViewIOIndexes, index("public", "orders_pkey"), "public.orders scans ? size 16384 unique ? table ? rows ?"},
		{"dots between thousands prove those of sizes", "relname,n_live_tup,seq_scan,total_size\nevents,3.714,17,5.168 kB\n", ViewTables, table("", "events"), "live 3714 dead ? seq 17 size ? total 5292032 vacuumed false"},
		{"rows read by scans", "table,seq scans,rows read by seq scan,index scans\nevents,7,70,1\n", ViewTables, func(s *Snapshot) string { return show(s.Tables[0].SeqTupRead) }, "70"},
		{"short names", "| tbl | idx | idx_scan | size | unique | primary |\n|---|---|---|---|---|---|\n| orders | `orders_pkey` | **0** | 4.904 kB | **✅** | **✅** |\n", ViewIndexes, index("public", "orders_pkey"), "public.orders scans 0 size 5021696 unique true table ? rows ?"},
		{"short names, a comma between thousands", "tbl_name,ix,scans,size\norders,orders_pkey,7,\"4,336 kB\"\n", ViewIndexes, index("public", "orders_pkey"), "public.orders scans 7 size 4440064 unique ? table ? rows ?"},
		{"a number of the row", "idx,relname,seq_scan,idx_scan\n1,orders,3,4\n", ViewTables, table("", "orders"), "live ? dead ? seq 3 size ? total ? vacuumed false"},
		{"the largest indexes", "| Largest indexes | Table | Size | Scans |\n|---|---|---|---|\n| orders_pkey | orders | 154 MiB | 60 |\n", ViewIndexes, index("public", "orders_pkey"), "public.orders scans 60 size 161480704 unique ? table ? rows ?"},
		{"the top tables", "Top tables,seq_scan,n_live_tup\norders,3,4\n", ViewTables, table("", "orders"), "live 4 dead ? seq 3 size ? total ? vacuumed false"},
		{"a table and its size", "| Table | Rows | Total | Table | Dead rows |\n|---|---|---|---|---|\n| orders | 7 | 16 MiB | 8 MiB | 0 |\n", ViewTables, table("", "orders"), "live 7 dead 0 seq ? size 8388608 total 16777216 vacuumed false"},
		{"a size that its unit rounds away", "relname,n_live_tup,n_dead_tup,table_size\norders,7,9,0 MB\n", ViewTables, table("", "orders"), "live 7 dead 9 seq ? size ? total ? vacuumed false"},
		{"sizes in short", "table,total_sz,table_sz,est_rows\norders,16 kB,8 kB,7\n", ViewSize, table("", "orders"), "live 7 dead ? seq ? size 8192 total 16384 vacuumed false"},
		{"Supabase's rows and extremes", "| Query | Calls | Mean (ms) | Min (ms) | Total (ms) | Rows Read |\n|---|---|---|---|---|---|\n| SELECT 1 | 1,000 | 3600 | 12.5 | 3600000 | 77 |\n", ViewStatements,
			func(s *Snapshot) string {
				return statement(s) + " rows " + show(s.Statements[0].Rows) + " min " + show(s.Statements[0].MinMs)
			}, "calls 1000 total 3600000 mean 3600 rows 77 min 12"},
		{"a definition as psql shows it", "indexname,size,definition,idx_scan,tablename\norders_note,16 kB,\"UNIQUE btree (note, id DESC) WHERE note IS NOT NULL\",7,orders\n", ViewIndexes,
			func(s *Snapshot) string {
				d := s.Index("public", "orders_note").Def
				return fmt.Sprint(d.Method, len(d.Keys), d.Unique, d.Where)
			}, "btree2 true note IS NOT NULL"},
		// Settings.
		{"pg-extras db_settings", "name,setting,unit\neffective_cache_size,1350000,8kB\n", ViewSettings, bytes("effective_cache_size"), "11059200000"},
		{`\dconfig`, " Parameter | Value\n-----------+-------\n work_mem  | 64MB\n jit       | on\n(2 rows)\n", ViewSettings, bytes("work_mem"), "67108864"},
		{"SHOW ALL", "name,setting,description\nshared_buffers,128MB,Sets the number of shared memory buffers.\n", ViewSettings, bytes("shared_buffers"), "134217728"},
		{"settings and their units", "| Variable Name | Current Value | Source |\n|---|---|---|\n| shared_buffers | 16384 8kB | default |\n", ViewSettings, bytes("shared_buffers"), "134217728"},
		{"settings in a review", "| Setting | Current Value | Target |\n|---|---|---|\n| `work_mem` | **4GB** | more |\n", ViewSettings, bytes("work_mem"), "4294967296"},
		{"settings by another word", "GUC,Current\nmaintenance_work_mem,65536 kB\n", ViewSettings, bytes("maintenance_work_mem"), "67108864"},
		{"a setting that is no size", "parameter,current_value\ncheckpoint_timeout,5min\n", ViewSettings, bytes("checkpoint_timeout"), unknown},
		{"the current setting", "setting_name,current_setting\nwal_buffers,16MB\n", ViewSettings, bytes("wal_buffers"), "16777216"},
	} {
		s := new(Snapshot)
		read, err := s.Read("x", strings.NewReader(strings.TrimPrefix(test.text, "\n")))
		if err != nil || len(read.Warnings) > 0 || read.View != test.view {
			t.Errorf("%s: %v, %v, %v", test.name, read, read.Warnings, err)
			continue
		}
		if got := test.figures(s); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.name, got, test.want)
		}
	}
}

// A report that can mean two things is refused with the reason, and what no rule reads
// is named.
func TestUnusableReports(t *testing.T) {
	for columns, want := range map[string]string{
		"schema,table,blocks_read,write_tuples,blocks_write,activity_ratio": "reads and writes by table",
		"table_name,total":                                "what of the tables column total is",
		"Reason,Index,Scans per Write":                    "unused indexes without their scans",
		"type,schemaname,object_name,bloat,waste":         "bloat report",
		"schemaname,tblname,real_size,bloat_pct":          "bloat report",
		"name,size":                                       "tables or of indexes",
		"Table,Size":                                      "with or without its indexes",
		"schemaname,tablename,size":                       "with or without its indexes",
		"name,buffer_hits,block_reads,ratio":              "cache hit rates",
		"name,count":                                      "what was counted",
		"funcname,calls,self_time":                        "counters of functions",
		"databasename,tablename,pct_bloat,mb_bloat":       "bloat report",
		"relname,heap_read_ratio,wastedbytes":             "bloat report",
		"heap_read,heap_hit,ratio":                        "cache hit rates",
		"cache_hit_pct,database":                          "cache hit rates",
		"size,idx1,idx2":                                  "duplicate indexes",
		"state,count":                                     "no value in column state is one of a session",
		"usename,client_addr,connections":                 "number of sessions",
		"datname,pg_size_pretty,size":                     "sizes of databases",
		"datname,xids_left":                               "transaction ID ages",
		"pid,phase,heap_blks_total":                       "pg_stat_progress_vacuum",
		"command,phase,heap_blks_scanned,heap_blks_total": "pg_stat_progress_cluster",
		"phase,tuples_done,tuples_total":                  "pg_stat_progress_create_index",
		"default_version,installed_version":               "extensions",
		"name,size,modification":                          "temporary files",
		"mode,granted,relation,backends":                  "number of locks",
		"what,ever":                                       "pgverdict export",
		"query_of,calls,mean_ms,hit_pct":                  "query, the statement's text, is missing",
		"pid,usesysid,usename,application_name":           "it is the beginning of rows of pg_stat_activity or pg_stat_replication",
		"pid,usesysid,usename,application_name,cl":        "it is the beginning of rows of pg_stat_activity or pg_stat_replication",
		"datid,datname,pid,usesysid,usename":              "it is the beginning of rows of pg_stat_activity or pg_stat_replication",
		"n_live_tup,n_dead_tup":                           "relname, the table's name, is missing",
	} {
		row := strings.Repeat("1,", strings.Count(columns, ",")) + "1"
		_, err := new(Snapshot).Read("x.csv", strings.NewReader(columns+"\n"+row+"\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", columns, err)
		}
	}
}

// The indexes that a report of unused ones lists are not all indexes.
func TestUnusedAreNotAll(t *testing.T) {
	s := snapshotOf(t, "table_name,index_name,index_scans,definition\norders,orders_note,0,CREATE INDEX orders_note ON public.orders USING btree (note)\n",
		"schemaname,relname,seq_scan,n_live_tup\npublic,orders,1,10\npublic,items,1,10\n")
	for _, name := range []string{"orders", "items"} {
		if s.IndexesKnown(s.Table("public", name)) {
			t.Errorf("all indexes of %s are known from a report of unused ones", name)
		}
	}
	if len(s.Gaps()) > 0 {
		t.Errorf("the report has gaps: %v", s.Gaps())
	}
}

// The counters of an index are kept by its name until another input names its table.
func TestIndexesWithoutTables(t *testing.T) {
	const report, definitions = "index_name,index_size,times_used\norders_note,88 kB,21584\n", "tablename,indexname,indexdef\norders,orders_note,CREATE INDEX orders_note ON public.orders USING btree (note)\n"
	if s := snapshotOf(t, report); len(s.WithoutTable()) != 1 {
		t.Errorf("without a table: %v", s.WithoutTable())
	}
	for _, files := range [][]string{{report, definitions}, {definitions, report}} {
		s := snapshotOf(t, files...)
		if ix := s.Index("public", "orders_note"); len(s.WithoutTable()) != 0 || ix == nil || ix.Scans.Or(0) != 21584 || ix.SizeBytes.Or(0) != 88<<10 {
			t.Errorf("beside its table: %+v, without one %v", ix, s.WithoutTable())
		}
	}
}

// Of several databases the busiest is judged, wherever its row is, and the others are named.
func TestSeveralDatabases(t *testing.T) {
	for text, want := range map[string]string{
		"datname,xact_commit,deadlocks\npostgres,10,0\nshop,900,3\ntemplate1,0,0\n": "shop 3 [postgres template1]",
		"datname,xact_commit,deadlocks\nshop,900,3\npostgres,10,0\n":                "shop 3 [postgres]",
		"datname,deadlocks,temp_files\npostgres,0,1\nshop,3,0\n":                    "shop 3 [postgres]",
		"datname,xact_commit,deadlocks\nshop,900,3\n":                               "shop 3 []",
	} {
		s := snapshotOf(t, text)
		if got := fmt.Sprint(s.Database, " ", s.DatabaseStats["deadlocks"].Or(-1), " ", s.OtherDatabases()); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// Snapshots contradict each other if a counter of one object differs.
func TestContradicts(t *testing.T) {
	contradict := func(texts ...string) (any bool) {
		c := Counters{}
		for _, text := range texts {
			any = c.Contradicts(snapshotOf(t, text)) || any
		}
		return any
	}
	const before = "relname,n_live_tup,n_dead_tup\norders,7,9\n"
	for after, want := range map[string]bool{
		before: false,
		"relname,n_live_tup,n_dead_tup\norders,7,0\n": true,
		"relname,n_live_tup,n_dead_tup\nbills,7,0\n":  false,
		"relname,n_live_tup,seq_scan\norders,7,0\n":   false,
	} {
		if got := contradict(before, after); got != want {
			t.Errorf("%s: %v", after, got)
		}
	}
	a, b := "query,calls,total_exec_time\nSELECT 1,2,3\n", "query,calls,total_exec_time\nSELECT 1,5,3\n"
	if !contradict(a, b) || contradict(a, a) || !contradict(a, a, b, a) {
		t.Error("statements")
	}
}

// A time without a unit, in a column that can be in seconds, is unknown and said.
func TestMeanWithoutUnit(t *testing.T) {
	s := new(Snapshot)
	read, err := s.Read("x", strings.NewReader("query,calls,mean,total\nSELECT 1,1000,3.6,7\n"))
	if err != nil || s.Statements[0].MeanMs.Known() || len(read.Warnings) != 1 || !strings.Contains(read.Warnings[0].Error(), "a time with its unit, such as 12 ms, in column mean") {
		t.Errorf("%v, %v, %v", s.Statements[0].MeanMs, read.Warnings, err)
	}
}

// What a value or a name does not tell surely is unknown, and a warning says so.
func TestDoubts(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"a table's name that was cut off", "relname,n_live_tup,n_dead_tup\ncustomer_ord…,7,9\nbills,7,1\n", "the whole name of a table"},
		{"with dots", "relname,n_live_tup,n_dead_tup\ncustomer_ord...,7,9\nbills,7,1\n", "the whole name of a table"},
		{"an index's name that was cut off", "relname,indexrelname,idx_scan\norders,orders_cust…,7\nbills,bills_pkey,1\n", "the whole name of an index"},
		{"a primary key of MySQL", "Table_schema,Table_name,Index_name,Rows_read\ntest,orders,PRIMARY,1\n", "an index of PostgreSQL, not of MySQL or MariaDB,"},
		{"an age of either", "slot_name,active,age\nold,f,7\n", "xmin_age or catalog_xmin_age as the name of what is"},
		{"a rounded count", "relname,seq_scan,idx_scan\norders,11.7M,46\n", "exact numbers instead of rounded ones"},
		{"one digit of a count", "relname,seq_scan,idx_scan\norders,1k,46\nbills,5,6\nitems,7,8\n", "a number in column seq_scan"},
		{"a progress beside sizes", "pid,relname,phase,heap_blks_total,heap_blks_scanned,table_size\n1,orders,scanning heap,500,120,4 MB\n", "that no rule reads: heap_blks_total, heap_blks_scanned"},
		{"a length without a unit", "pid,state,query,running\n7,active,SELECT 1,90\n", "a duration such as 00:12:09 or 12 min in column running"},
		{"a length in words", "pid,state,query,xact_age\n7,active,SELECT 1,about 3 tea breaks\n", "a duration such as 00:12:09 or 12 min in column xact_age"},
		{"bloat beside rows", "relname,n_live_tup,n_dead_tup,bloat_size\norders,7,9,4 MB\n", "no rule reads bloat_size of a bloat report"},
	} {
		read, err := new(Snapshot).Read("x", strings.NewReader(test.text))
		if err != nil || len(read.Warnings) != 1 || !strings.Contains(read.Warnings[0].Error(), test.want) {
			t.Errorf("%s: %v, %v", test.name, read.Warnings, err)
		}
	}
}

// TestGroupsOfOtherNames: a count by another name proves how a file prints thousands.
func TestGroupsOfOtherNames(t *testing.T) {
	for _, text := range [...]string{"Table;Live rows;Dead rows;table_size_kb\nsamples;12,000;48,000;1,392\n", "relname;live_tuples;seq_scan;table_size_kb\nsamples;12,000;1;1,392\n", "relname;n_live_tup;dead;table_size_kb\nsamples;1;9,001;1,392\n"} {
		s := new(Snapshot)
		if read, err := s.Read("x", strings.NewReader(text)); err != nil || len(read.Warnings) > 0 || len(s.Tables) != 1 || s.Tables[0].SizeBytes.Or(0) != 1392*1024 {
			t.Errorf("%q: %+v, %v, %v", text, s.Tables, read.Warnings, err)
		}
	}
	_, err := new(Snapshot).Read("x", strings.NewReader("Calls,Total time,Rows,shared_blks_hit\n9,134.71 ms,9,25\n"))
	if err == nil || err.Error() != "x:1: expected the columns of pg_stat_statements: query is missing. Select it as well, or run: pgverdict export" {
		t.Errorf("what has calls is a statement: %v", err)
	}
}

// TestDurationsInWords: people write durations in their languages.
func TestDurationsInWords(t *testing.T) {
	for text, want := range map[string]string{"26일 20시간": "2318400000", "3 Tage 2 Stunden": "266400000", "2 jours": "172800000", "5 分钟 3 秒": "303000", "1 tea": "-1", "4 мин": "240000", "2 Sekunden": "2000", "1 hora": "3600000", "3 dias": "259200000"} {
		s := new(Snapshot)
		if _, err := s.Read("x", strings.NewReader("pid,state,query,xact_age\n7,active,SELECT 1,"+text+"\n")); err != nil || fmt.Sprintf("%.0f", s.Sessions[0].OpenMs.Or(-1)) != want {
			t.Errorf("%s: %v, %v", text, s.Sessions[0].OpenMs, err)
		}
	}
}

// TestCountersOfDatabase: what counts for a database is no view of sequences.
func TestCountersOfDatabase(t *testing.T) {
	_, err := new(Snapshot).Read("x", strings.NewReader("scale,xact_commit,xact_rollback,blks_read,blks_hit\n100k,5,0,3,2\n"))
	if err == nil || !strings.Contains(err.Error(), "datname, the database's name, is missing") {
		t.Error(err)
	}
	if read, err := new(Snapshot).Read("x", strings.NewReader("queryid,query,calls,total_exec_time,wal_records,wal_fpi,wal_bytes\n1,SELECT 1,5,7,1,2,3\n")); err != nil || len(read.Warnings) > 0 {
		t.Error(read.Warnings, err)
	}
}

// A table of measured queries names them and has a time of each: it is no export of
// statements. One with SQL, or with calls, is.
func TestMeasuredQueries(t *testing.T) {
	for text, statements := range map[string]int{
		"| Query | Execution time | Rows |\n|---|---|---|\n| No time filter | 277.1 ms | 120 |\n| One month (`sent_at >= '2026-05-01'`) | 44.0 ms | 12 |\n": 0,
		"Query,Mean time (ms)\nFull text search,2300\nDashboard,800\n":                                                                                      0,
		"Query,Mean time (ms)\nFull text search,2300\n\"/* app */ SELECT * FROM parcels\",800\n":                                                            2,
		"query,total_time\nautovacuum: VACUUM public.parcels,800\n":                                                                                         1,
		"query,calls,total_time\nDashboard,7,800\n":                                                                                                         1,
		"query,total_time\n<insufficient privilege>,800\n":                                                                                                  1,
	} {
		s := new(Snapshot)
		_, err := s.Read("x", strings.NewReader(text))
		if len(s.Statements) != statements || (err != nil) != (statements == 0) {
			t.Errorf("%s%d statements, %v", text, len(s.Statements), err)
		}
	}
}

// The ages of databases, under the names that people give them. Other ages are not those of
// transaction IDs.
func TestDatabaseAges(t *testing.T) {
	for text, want := range map[string]string{
		"datname,age\nshop,1500000000\npostgres,12\n": "shop 1500000000 -1, postgres 12 -1",
		"  datname | datfrozenxid |  xid_age   | until_wraparound \n-------+----+----+----\n shop    |          744 | 2144337177 |          3146470 \n": "shop 2144337177 -1",
		"database,frozen_xid_age,mxid_age\nshop,\"1,500,000,000\",77\n":                                                                                 "shop 1500000000 77",
		"oldest_current_xid,percent_towards_wraparound\n1934530000,90\n":                                                                                " 1934530000 -1",
		"datname,usename,age\nshop,app,00:01:03\n":                                                                                                      "",
		"database,age\nshop,3 days\n":                                                                                                                   "",
	} {
		s := new(Snapshot)
		read, err := s.Read("x", strings.NewReader(text))
		var got []string
		for _, d := range s.DatabaseAges {
			got = append(got, fmt.Sprintf("%s %.0f %.0f", d.Name, d.XIDs.Or(-1), d.MultiXID.Or(-1)))
		}
		if strings.Join(got, ", ") != want || (err != nil) != (want == "") || len(read.Warnings) > 0 {
			t.Errorf("%s%q, %v, %v", text, got, err, read.Warnings)
		}
	}
}

// What has no rows of its own has no oldest transaction ID, and age() is the largest integer
// then: that is no wraparound.
func TestAgeOfNoTransaction(t *testing.T) {
	for text, want := range map[string]float64{
		"relname,age\norders,1000\norders_pkey,2147483647\n":                    1000,
		"relname,relfrozenxid_age\norders_v,2147483647\n":                       0,
		"relname,relkind,xid_age\norders,r,1999000111\norders_v,v,2147483647\n": 1999000111,
	} {
		s := new(Snapshot)
		if _, err := s.Read("x", strings.NewReader(text)); err != nil {
			t.Error(err)
		}
		oldest := 0.0
		for _, table := range s.Tables {
			oldest = max(oldest, table.FrozenXIDAge.Or(0))
		}
		if oldest != want {
			t.Errorf("%s%v", text, oldest)
		}
	}
}
