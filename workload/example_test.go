package workload_test

import (
	"fmt"
	"strings"

	"github.com/pgverdict/pgverdict/workload"
)

func ExampleSnapshot_Read() {
	snap := new(workload.Snapshot)
	read, err := snap.Read("tables.csv", strings.NewReader(
		"schemaname,relname,seq_scan,seq_tup_read,n_live_tup,n_tup_ins,n_tup_upd,n_tup_del,n_tup_hot_upd\npublic,orders,12,24000,2000,5,1,0,1\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	orders := snap.Table("public", "orders")
	fmt.Println(read.View, read.Rows, orders.SeqScan.Or(0), orders.IdxScan.Known())
	// Output: pg_stat_user_tables 1 12 false
}

func ExampleSnapshot_Since() {
	at := func(day, calls string) *workload.Snapshot {
		snap := new(workload.Snapshot)
		for name, text := range map[string]string{
			"database.csv":   "datname,xact_commit,stats_reset,exported_at\nshop,1,2026-01-01 00:00:00+00,2026-01-" + day + " 00:00:00+00\n",
			"statements.csv": "userid,dbid,queryid,query,calls,total_exec_time,rows\n1,1,5,SELECT 1," + calls + ",100,1\n",
		} {
			if _, err := snap.Read(name, strings.NewReader(text)); err != nil {
				fmt.Println(err)
			}
		}
		return snap
	}
	before, after := at("02", "1000"), at("04", "5000")
	if note := after.Since(before); note != "" {
		fmt.Println(note) // counters that were reset in between, another database
	}
	perDay := after.StatementPerDay(after.Statement("5"), func(s *workload.Statement) workload.Float { return s.Calls })
	days, basis, _ := after.Window()
	fmt.Println(perDay.Or(0), "calls a day, over", days, "days, by", basis)
	// Output: 2000 calls a day, over 2 days, by two snapshots
}

// A server log is a workload: its statements have the figures of pg_stat_statements, as
// far as a log has them.
func ExampleLogReader() {
	r := workload.NewLogReader()
	for _, ms := range []string{"120.000", "80.000"} {
		fmt.Fprintf(r, "2026-01-31 03:12:09.120 UTC [77] LOG:  duration: %s ms  statement: SELECT total FROM orders WHERE customer_id = 42\n", ms)
	}
	r.EndFile()
	log := r.Log()
	for _, st := range log.Statements() {
		fmt.Println(st.Calls.Or(0), "calls,", st.TotalMs.Or(0), "ms")
	}
	fmt.Println("statements below", log.FastestMs.Or(0), "ms are unknown")
	// Output:
	// 2 calls, 200 ms
	// statements below 80 ms are unknown
}

func ExampleParseIndexDef() {
	ix, err := workload.ParseIndexDef("CREATE UNIQUE INDEX orders_ref ON shop.orders USING btree (customer_id, created_at DESC) INCLUDE (total) WHERE (paid)")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ix.Schema, ix.Table, ix.Name, ix.Unique)
	for _, k := range ix.Keys {
		fmt.Println(k.Column, k.Desc)
	}
	fmt.Println(ix.Include, ix.Where)
	// Output:
	// shop orders orders_ref true
	// customer_id false
	// created_at true
	// [total] paid
}
