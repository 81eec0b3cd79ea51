package workload

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The headers that pgverdict's script writes, as far as they matter here.
const (
	tablesHead     = "exported_at,relid,schemaname,relname,seq_scan,n_tup_ins,n_live_tup\n"
	ioTablesHead   = "relid,schemaname,relname,heap_blks_read,heap_blks_hit,tidx_blks_hit\n"
	indexesHead    = "exported_at,indexrelid,schemaname,relname,indexrelname,idx_scan\n"
	indexHead      = "schemaname,tablename,indexname,amname,indexdef,indisready,contype,conname,relispartition\n"
	classHead      = "schemaname,relname,relkind,relpersistence,relispartition,relpages,reltuples,parent_schema,parent\n"
	constraintHead = "schemaname,tablename,conname,contype,convalidated,constraintdef,ref_schema,ref_table\n"
)

// each writes a row for each number from 1 on.
func each(n int, row string) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		b.WriteString(strings.ReplaceAll(row, "#", fmt.Sprint(i)) + "\n")
	}
	return b.String()
}

const (
	aTableRow      = "2026-03-01 00:00:00+00,#,app,t#,1,1,1"
	anIOTableRow   = "#,app,t#,1,1,0"
	anIndexRow     = "2026-03-01 00:00:00+00,#,app,t#,t#_pkey,1"
	aDefinitionRow = "app,t#,t#_pkey,btree,CREATE UNIQUE INDEX t#_pkey ON app.t# USING btree (id),t,p,t#_pkey,f"
	aClassRow      = "app,t#,r,p,f,1,1,,\napp,t#_pkey,i,p,f,1,1,,"
	aKeyRow        = "app,t#,t#_pkey,p,t,PRIMARY KEY (id),,"
)

// What a view lacks of another one's objects was cut off; what it has not to
// hold, what may have come in between, and what is of another database was not.
func TestGaps(t *testing.T) {
	parent := "app,whole,p,p,f,-1,-1,,\napp,whole_pkey,I,p,f,0,0,,\n"
	parentIndex := "app,whole,whole_pkey,btree,CREATE UNIQUE INDEX whole_pkey ON ONLY app.whole USING btree (id),t,p,whole_pkey,f\n"
	childIndex := "app,t1,t1_part,btree,CREATE UNIQUE INDEX t1_part ON app.t1 USING btree (id),t,p,t1_part,t\n"
	tests := []struct {
		name  string
		files []string
		want  []Gap
	}{
		{"all of all", []string{tablesHead + each(6, aTableRow), ioTablesHead + each(6, anIOTableRow), indexesHead + each(6, anIndexRow),
			indexHead + each(6, aDefinitionRow), classHead + each(6, aClassRow), constraintHead + each(6, aKeyRow)}, nil},
		{"tables that were cut off", []string{tablesHead + each(2, aTableRow), classHead + each(6, aClassRow)},
			[]Gap{{View: ViewTables, By: ViewClass, Kind: "table", Has: 2, Of: 6}}},
		{"counters of indexes, by their definitions", []string{indexesHead + each(4, anIndexRow), indexHead + each(6, aDefinitionRow)},
			[]Gap{{View: ViewIndexes, By: ViewIndex, Kind: "index", Has: 4, Of: 6}}},
		{"definitions, by the constraints", []string{indexHead + each(1, aDefinitionRow), constraintHead + each(3, aKeyRow)},
			[]Gap{{View: ViewIndex, By: ViewConstraint, Kind: "key", Has: 1, Of: 3}}},
		{"nothing but the header", []string{ioTablesHead, tablesHead + each(3, aTableRow)},
			[]Gap{{View: ViewIOTables, By: ViewTables, Kind: "table", Has: 0, Of: 3}}},
		{"both kinds", []string{classHead + each(1, aClassRow), tablesHead + each(4, aTableRow), indexesHead + each(3, anIndexRow)},
			[]Gap{{View: ViewClass, By: ViewTables, Kind: "table", Has: 1, Of: 4}, {View: ViewClass, By: ViewIndexes, Kind: "index", Has: 1, Of: 3}}},
		{"a partitioned table has no counters of its own", []string{
			tablesHead + each(2, aTableRow) + "2026-03-01 00:00:00+00,9,app,whole,0,0,0\n", ioTablesHead + each(2, anIOTableRow), indexesHead + each(2, anIndexRow),
			indexHead + each(2, aDefinitionRow) + parentIndex, classHead + parent + each(2, aClassRow), constraintHead + each(2, aKeyRow) + "app,whole,whole_pkey,p,t,PRIMARY KEY (id),,\n"}, nil},
		{"nor where its kind is not known", []string{
			tablesHead + each(2, aTableRow) + "2026-03-01 00:00:00+00,9,app,whole,0,0,0\n", ioTablesHead + each(2, anIOTableRow), indexesHead + each(2, anIndexRow), indexHead + each(2, aDefinitionRow) + parentIndex}, nil},
		{"a partition's constraint is its table's", []string{indexHead + each(2, aDefinitionRow) + childIndex, constraintHead + each(2, aKeyRow)}, nil},
		{"a table that came in between", []string{tablesHead + each(39, aTableRow), ioTablesHead + each(40, anIOTableRow)}, nil},
		{"another database", []string{tablesHead + each(3, strings.ReplaceAll(aTableRow, "t#", "other#")), classHead + each(6, aClassRow)}, nil},
		{"the server's own", []string{ioTablesHead + each(3, anIOTableRow) + "9,pg_toast,pg_toast_9,1,1,0\n", tablesHead + each(3, aTableRow)}, nil},
		{"what somebody picked", []string{"schemaname,tablename,indexname,indexdef\napp,t1,t1_pkey,CREATE UNIQUE INDEX t1_pkey ON app.t1 USING btree (id)\n", indexesHead + each(3, anIndexRow)},
			[]Gap{{View: ViewIndex, By: ViewIndexes, Kind: "index", Has: 1, Of: 3, OnPurpose: true}}},
		{"the foreign keys that somebody picked", []string{indexHead + each(3, aDefinitionRow), "schemaname,tablename,conname,contype,condef\napp,t1,fk,f,FOREIGN KEY (a) REFERENCES t2(id)\n"}, nil},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, snapshotOf(t, test.files...).Gaps()); diff != "" {
			t.Errorf("%s:\n%s", test.name, diff)
		}
	}
}

// What is known of a view by some of its columns alone lists nothing.
func TestListsNothing(t *testing.T) {
	for _, text := range []string{
		"schema,table,size,estimated_rows\npublic,orders,45 MB,7\n",
		"| schema | relname | size | estimated_rows |\n|---|---|---|---|\n| public | orders | 45 MB | 7 |\n",
	} {
		if s := snapshotOf(t, text); len(s.Tables) != 1 || len(s.Gaps()) != 0 {
			t.Errorf("%q: %d tables, %v", text, len(s.Tables), s.Gaps())
		}
	}
}

// The name of an index without its table can have its schema, and quotes, as regclass prints it.
func TestNamesOfIndexes(t *testing.T) {
	for name, want := range map[string]string{"orders_idx": "public.orders_idx", "app.orders_idx": "app.orders_idx", `"app.""Orders_idx"""`: `app."Orders_idx"`} {
		s := snapshotOf(t, "indexrelname,idx_scan,index_size\n"+name+",0,812 MB\n")
		if list := s.WithoutTable(); len(list) != 1 || list[0].QName() != want {
			t.Errorf("%s: %v, want %s", name, list, want)
		}
	}
}

// So can the name of a sequence.
func TestNamesOfSequences(t *testing.T) {
	for name, want := range map[string]string{"orders_id_seq": "orders_id_seq", "app.orders_id_seq": "app.orders_id_seq", `"""Orders_id_seq"""`: `"Orders_id_seq"`, "Orders_id_seq": `"Orders_id_seq"`} {
		s := snapshotOf(t, "Sequence,last_value,max_value\n"+name+",7,9\n")
		if len(s.Sequences) != 1 || s.Sequences[0].QName() != want {
			t.Errorf("%s: %v, want %s", name, s.Sequences, want)
		}
	}
}
