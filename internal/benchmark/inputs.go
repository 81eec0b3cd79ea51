package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// The inputs are the same in every run.

var (
	tables   = []string{"orders", "order_items", "customers", "products", "payments", "shipments", "events", "sessions", "invoices", "accounts", "audit_log", "tickets"}
	columns  = []string{"id", "customer_id", "order_id", "product_id", "status", "created_at", "updated_at", "tenant_id", "amount_cents", "email", "kind", "region"}
	typeOf   = map[string]string{"status": "text", "email": "text", "kind": "text", "region": "text", "created_at": "timestamp with time zone", "updated_at": "timestamp with time zone"}
	perPlan  = 15 // nodes of each of several plans
	exported = "2026-01-31 03:12:09+00"
)

func newRandom() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func tableName(i int) string {
	if i < len(tables) {
		return tables[i]
	}
	return tables[i%len(tables)] + "_" + strconv.Itoa(i/len(tables))
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// create writes a file.
func create(path string, write func(w *bufio.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// document is the outermost object of EXPLAIN (FORMAT JSON).
type document struct {
	Plan      *node   `json:"Plan"`
	Planning  float64 `json:"Planning Time"`
	Execution float64 `json:"Execution Time"`
}

type node struct {
	Type        string   `json:"Node Type"`
	Parent      string   `json:"Parent Relationship,omitempty"`
	Join        string   `json:"Join Type,omitempty"`
	Strategy    string   `json:"Strategy,omitempty"`
	Relation    string   `json:"Relation Name,omitempty"`
	Schema      string   `json:"Schema,omitempty"`
	Alias       string   `json:"Alias,omitempty"`
	Index       string   `json:"Index Name,omitempty"`
	StartupCost float64  `json:"Startup Cost"`
	TotalCost   float64  `json:"Total Cost"`
	PlanRows    int      `json:"Plan Rows"`
	Width       int      `json:"Plan Width"`
	StartupMs   float64  `json:"Actual Startup Time"`
	TotalMs     float64  `json:"Actual Total Time"`
	Rows        int      `json:"Actual Rows"`
	Loops       int      `json:"Actual Loops"`
	SortKey     []string `json:"Sort Key,omitempty"`
	GroupKey    []string `json:"Group Key,omitempty"`
	HashCond    string   `json:"Hash Cond,omitempty"`
	IndexCond   string   `json:"Index Cond,omitempty"`
	Filter      string   `json:"Filter,omitempty"`
	Removed     int      `json:"Rows Removed by Filter,omitempty"`
	Hit         int      `json:"Shared Hit Blocks"`
	Read        int      `json:"Shared Read Blocks"`
	Dirtied     int      `json:"Shared Dirtied Blocks"`
	Written     int      `json:"Shared Written Blocks"`
	TempRead    int      `json:"Temp Read Blocks"`
	TempWritten int      `json:"Temp Written Blocks"`
	Plans       []*node  `json:"Plans,omitempty"`
}

func round(f float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(f*p) / p
}

func (n *node) measured(r *rand.Rand, rows int, ms float64) *node {
	n.StartupCost, n.TotalCost = round(float64(rows)*0.01, 2), round(float64(rows)*0.43+8.29, 2)
	n.PlanRows, n.Width = max(1, rows/pick(r, []int{1, 1, 2, 20})), pick(r, []int{8, 36, 97, 244})
	n.StartupMs, n.TotalMs, n.Rows, n.Loops = round(ms/10, 3), round(ms, 3), rows, 1
	n.Hit, n.Read = rows/25+3, rows/100
	return n
}

func scan(r *rand.Rand) *node {
	t, rows := tableName(r.IntN(40)), pick(r, []int{1, 10, 500, 20_000, 400_000})
	n := &node{Type: pick(r, []string{"Seq Scan", "Index Scan"}), Relation: t, Schema: "public", Alias: t[:1] + strconv.Itoa(r.IntN(9))}
	if n.Type == "Seq Scan" {
		n.Filter = fmt.Sprintf("((%s.status = 'pending'::text) AND (%s.created_at > '2024-01-%02d 00:00:00+00'::timestamp with time zone))", n.Alias, n.Alias, 1+r.IntN(28))
		n.Removed = r.IntN(1_000_000)
	} else {
		n.Index, n.IndexCond = t+"_customer_id_idx", fmt.Sprintf("(%s.customer_id = %d)", n.Alias, r.IntN(1_000_000))
	}
	return n.measured(r, rows, float64(rows)*0.0005+0.02)
}

func above(r *rand.Rand, kind string, kids ...*node) *node {
	n, rows := &node{Type: kind, Plans: kids}, pick(r, []int{1, 100, 5_000, 100_000})
	ms := float64(rows) * 0.0001
	for i, k := range kids {
		ms += k.TotalMs * 1.05
		k.Parent = "Outer"
		if i > 0 {
			k.Parent = "Inner"
		}
		if kind == "Append" {
			k.Parent = "Member"
		}
	}
	switch kind {
	case "Hash Join", "Nested Loop":
		n.Join = "Inner"
		if kind == "Hash Join" {
			n.HashCond = "(o.customer_id = c.id)"
		}
	case "Sort":
		n.SortKey = []string{"o.created_at DESC", "o.id"}
	case "Aggregate":
		n.Strategy, n.GroupKey = "Hashed", []string{"o.customer_id"}
	}
	return n.measured(r, rows, ms)
}

// bushy returns a plan of n nodes: joins, and Appends of like parts where it is large.
func bushy(r *rand.Rand, n int) *node {
	switch {
	case n <= 1:
		return scan(r)
	case n == 2:
		return above(r, pick(r, []string{"Sort", "Aggregate", "Limit"}), scan(r))
	case n > 60 && r.IntN(2) == 0:
		parts := min(24, n/20)
		var kids []*node
		for i := range parts {
			size := (n - 1) / parts
			if i < (n-1)%parts {
				size++
			}
			kids = append(kids, bushy(r, size))
		}
		return above(r, "Append", kids...)
	case n >= 4 && r.IntN(2) == 0:
		left := 1 + r.IntN(n-3)
		return above(r, "Hash Join", bushy(r, left), above(r, "Hash", bushy(r, n-2-left)))
	}
	left := 1 + r.IntN(n-2)
	return above(r, "Nested Loop", bushy(r, left), bushy(r, n-1-left))
}

func (n *node) document() document { return document{n, 0.8, round(n.TotalMs*1.01, 3)} }

func writeJSON(w io.Writer, n *node) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode([]document{n.document()})
}

func writePlanJSON(path string, nodes int) error {
	return create(path, func(w *bufio.Writer) error { return writeJSON(w, bushy(newRandom(), nodes)) })
}

func writePlansJSON(path string, plans int) error {
	return create(path, func(w *bufio.Writer) error {
		r := newRandom()
		for range plans {
			if err := writeJSON(w, bushy(r, perPlan)); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeNested writes a chain of nodes, without indentation: it would be most of the file.
func writeNested(path string, levels int) error {
	return create(path, func(w *bufio.Writer) error {
		r := newRandom()
		fmt.Fprint(w, `[{"Plan": `)
		for i := range levels {
			kind := []string{"Sort", "Aggregate", "Limit", "Materialize"}[i%4]
			one, err := json.Marshal((&node{Type: kind, Parent: "Outer"}).measured(r, 100, float64(levels-i)*0.001))
			if err != nil {
				return err
			}
			fmt.Fprintf(w, `%s, "Plans": [`, one[:len(one)-1])
		}
		last, err := json.Marshal(scan(r))
		if err != nil {
			return err
		}
		w.Write(last)
		w.WriteString(strings.Repeat("]}", levels))
		_, err = fmt.Fprintf(w, ", \"Execution Time\": %d}]\n", levels)
		return err
	})
}

// writeText writes a plan as EXPLAIN prints it, each line after a prefix.
func writeText(w *bufio.Writer, n *node, prefix string, depth int) {
	pad, detail := "", strings.Repeat(" ", 6*depth+2)
	if depth > 0 {
		pad = strings.Repeat(" ", 6*depth-4) + "->  "
	}
	kind := n.Type
	if kind == "Aggregate" {
		kind = "HashAggregate"
	}
	if n.Index != "" {
		kind += " using " + n.Index
	}
	if n.Relation != "" {
		kind += " on public." + n.Relation + " " + n.Alias
	}
	fmt.Fprintf(w, "%s%s%s  (cost=%.2f..%.2f rows=%d width=%d) (actual time=%.3f..%.3f rows=%d loops=1)\n", prefix, pad, kind,
		n.StartupCost, n.TotalCost, n.PlanRows, n.Width, n.StartupMs, n.TotalMs, n.Rows)
	for _, p := range []struct{ name, value string }{
		{"Sort Key", strings.Join(n.SortKey, ", ")}, {"Group Key", strings.Join(n.GroupKey, ", ")},
		{"Hash Cond", n.HashCond}, {"Index Cond", n.IndexCond}, {"Filter", n.Filter},
	} {
		if p.value != "" {
			fmt.Fprintf(w, "%s%s%s: %s\n", prefix, detail, p.name, p.value)
		}
	}
	if n.Removed > 0 {
		fmt.Fprintf(w, "%s%sRows Removed by Filter: %d\n", prefix, detail, n.Removed)
	}
	fmt.Fprintf(w, "%s%sBuffers: shared hit=%d read=%d\n", prefix, detail, n.Hit, n.Read)
	for _, k := range n.Plans {
		writeText(w, k, prefix, depth+1)
	}
}

func writePlanText(path string, nodes int) error {
	return create(path, func(w *bufio.Writer) error {
		n := bushy(newRandom(), nodes)
		writeText(w, n, "", 0)
		_, err := fmt.Fprintf(w, "Planning Time: 0.800 ms\nExecution Time: %.3f ms\n", n.TotalMs)
		return err
	})
}

// writeCommented writes a plan with lines behind it that have nothing to do with it.
func writeCommented(path string, lines int) error {
	return create(path, func(w *bufio.Writer) error {
		n := bushy(newRandom(), perPlan)
		writeText(w, n, "", 0)
		fmt.Fprintf(w, "Execution Time: %.3f ms\n", n.TotalMs)
		for range lines {
			w.WriteString("# a\n")
		}
		return nil
	})
}

func writePlansText(path string, plans int) error {
	return create(path, func(w *bufio.Writer) error {
		r := newRandom()
		for range plans {
			n := bushy(r, perPlan)
			writeText(w, n, "", 0)
			fmt.Fprintf(w, "Planning Time: 0.800 ms\nExecution Time: %.3f ms\n\n", n.TotalMs)
		}
		return nil
	})
}

// writeLog writes a server log of so many megabytes with a plan of auto_explain in each
// entry.
func writeLog(path string, megabytes int) error {
	return create(path, func(w *bufio.Writer) error {
		r := newRandom()
		size := &counter{w: w}
		for i := 0; size.n < int64(megabytes)*1_000_000; i++ {
			n := bushy(r, perPlan)
			entry := bufio.NewWriter(size)
			fmt.Fprintf(entry, "2026-01-31 %02d:%02d:%02d.%03d UTC [%d] app@shop LOG:  duration: %.3f ms  plan:\n", i/3600%24, i/60%60, i%60, i%1000, 1000+i%50, n.TotalMs)
			fmt.Fprintf(entry, "\tQuery Text: %s\n", statement(r, 40))
			writeText(entry, n, "\t", 0)
			if err := entry.Flush(); err != nil {
				return err
			}
		}
		return nil
	})
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// statement returns a statement as pg_stat_statements shows it.
func statement(r *rand.Rand, ntables int) string {
	t, some := tableName(r.IntN(ntables)), func(n int) []string {
		list := make([]string, n)
		for i, at := range r.Perm(len(columns))[:n] {
			list[i] = columns[at]
		}
		return list
	}
	c := some(4)
	switch r.IntN(6) {
	case 0:
		return fmt.Sprintf("SELECT count(*) FROM %s WHERE %s = $1 AND %s IS NULL", t, c[0], c[1])
	case 1:
		return fmt.Sprintf("UPDATE %s SET %s = $1, updated_at = now() WHERE id = $2", t, c[0])
	case 2:
		return fmt.Sprintf("INSERT INTO %s (%s) VALUES ($1, $2, $3, $4) RETURNING id", t, strings.Join(c, ", "))
	case 3: // as an ORM writes it
		var list []string
		for _, c := range columns {
			list = append(list, fmt.Sprintf(`"%s"."%s" AS "%s__%s"`, t, c, t, c))
		}
		return fmt.Sprintf(`SELECT %s FROM "%s" WHERE "%s"."tenant_id" = $1 AND lower("%s"."%s") = $2`, strings.Join(list, ", "), t, t, t, c[0])
	case 4:
		u := tableName(r.IntN(ntables))
		return fmt.Sprintf("SELECT a.%s, b.%s, sum(b.amount_cents) FROM %s a JOIN %s b ON b.order_id = a.id LEFT JOIN customers c ON c.id = a.customer_id "+
			"WHERE a.%s = ANY ($1) AND b.created_at BETWEEN $2 AND $3 GROUP BY 1, 2 ORDER BY 3 DESC LIMIT $4", c[0], c[1], t, u, c[2])
	}
	return fmt.Sprintf("SELECT %s FROM %s WHERE %s = $1 AND %s > $2 ORDER BY %s DESC LIMIT $3", strings.Join(c, ", "), t, c[0], c[1], c[2])
}

func writeQueries(path string, n int) error {
	return create(path, func(w *bufio.Writer) error {
		r := newRandom()
		for range n {
			fmt.Fprintf(w, "%s;\n", statement(r, 40))
		}
		return nil
	})
}

// statementsHead are the columns of pg_stat_statements in PostgreSQL 16.
const statementsHead = "userid,dbid,toplevel,queryid,query,plans,total_plan_time,min_plan_time,max_plan_time,mean_plan_time,stddev_plan_time,calls,total_exec_time," +
	"min_exec_time,max_exec_time,mean_exec_time,stddev_exec_time,rows,shared_blks_hit,shared_blks_read,shared_blks_dirtied,shared_blks_written,local_blks_hit," +
	"local_blks_read,local_blks_dirtied,local_blks_written,temp_blks_read,temp_blks_written,blk_read_time,blk_write_time,temp_blk_read_time,temp_blk_write_time," +
	"wal_records,wal_fpi,wal_bytes,jit_functions,jit_generation_time,jit_inlining_count,jit_inlining_time,jit_optimization_count,jit_optimization_time,jit_emission_count,jit_emission_time"

func writeStatements(path string, n int) error { return writeStatementsOf(path, n, 40) }

func writeStatementsOf(path string, n, ntables int) error {
	head := strings.Split(statementsHead, ",")
	return writeCSV(path, head, n, func(r *rand.Rand, i int) []string {
		calls := math.Min(math.Floor(math.Pow(r.Float64(), -1/0.6)), 1e9) // a few statements have most calls
		mean := 4 * r.ExpFloat64()
		rows := calls * float64(pick(r, []int{0, 1, 1, 10, 250}))
		figures := map[string]float64{
			"calls": calls, "total_exec_time": calls * mean, "min_exec_time": mean / 5, "max_exec_time": mean * 9, "mean_exec_time": mean, "stddev_exec_time": mean / 2,
			"rows": rows, "shared_blks_hit": 3 * rows, "shared_blks_read": rows, "blk_read_time": calls * mean / 10, "wal_records": calls, "wal_bytes": 120 * calls,
		}
		record := make([]string, len(head))
		for at, name := range head {
			record[at] = strconv.FormatFloat(round(figures[name], 6), 'f', -1, 64)
		}
		copy(record, []string{"10", "16384", "t", strconv.FormatInt(r.Int64(), 10), statement(r, ntables)})
		return record
	})
}

func writeCSV(path string, head []string, n int, record func(r *rand.Rand, i int) []string) error {
	return create(path, func(w *bufio.Writer) error {
		c, r := csv.NewWriter(w), newRandom()
		if err := c.Write(head); err != nil {
			return err
		}
		for i := range n {
			if err := c.Write(record(r, i)); err != nil {
				return err
			}
		}
		c.Flush()
		return c.Error()
	})
}

// writeExports writes the exports of a database: ten statements and three indexes for
// each table.
func writeExports(dir string, ntables int) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := writeStatementsOf(filepath.Join(dir, "statements.csv"), 10*ntables, ntables); err != nil {
		return err
	}
	err := writeCSV(filepath.Join(dir, "tables.csv"), strings.Split("exported_at,relid,schemaname,relname,seq_scan,seq_tup_read,idx_scan,idx_tup_fetch,n_tup_ins,n_tup_upd,n_tup_del,n_tup_hot_upd,n_live_tup,n_dead_tup", ","), ntables,
		func(r *rand.Rand, i int) []string {
			list := []string{exported, strconv.Itoa(16_400 + i), "public", tableName(i)}
			for range 10 {
				list = append(list, strconv.Itoa(r.IntN(5_000_000)))
			}
			return list
		})
	if err != nil {
		return err
	}
	keys := []string{"id", "customer_id", "created_at"}
	index := func(i int) (table, name, key string) {
		table, key = tableName(i/len(keys)), keys[i%len(keys)]
		return table, table + "_" + key + "_idx", key
	}
	err = writeCSV(filepath.Join(dir, "indexes.csv"), strings.Split("exported_at,schemaname,relname,indexrelname,idx_scan,idx_tup_read,idx_tup_fetch,index_size", ","), len(keys)*ntables,
		func(r *rand.Rand, i int) []string {
			table, name, _ := index(i)
			return []string{exported, "public", table, name, strconv.Itoa(r.IntN(1_000_000)), "10", "10", strconv.Itoa(8192 * (1 + r.IntN(100_000)))}
		})
	if err != nil {
		return err
	}
	err = writeCSV(filepath.Join(dir, "pg_index.csv"), strings.Split("exported_at,schemaname,relname,indexrelname,indexdef,indisunique,indisprimary,indisvalid", ","), len(keys)*ntables,
		func(_ *rand.Rand, i int) []string {
			table, name, key := index(i)
			return []string{exported, "public", table, name, fmt.Sprintf("CREATE INDEX %s ON public.%s USING btree (%s)", name, table, key), "f", "f", "t"}
		})
	if err != nil {
		return err
	}
	err = writeCSV(filepath.Join(dir, "pg_stats.csv"), strings.Split("schemaname,tablename,attname,inherited,null_frac,avg_width,n_distinct,correlation", ","), len(columns)*ntables,
		func(r *rand.Rand, i int) []string {
			return []string{"public", tableName(i / len(columns)), columns[i%len(columns)], "f", "0", "8", strconv.Itoa(1 + r.IntN(10_000)), "0.1"}
		})
	if err != nil {
		return err
	}
	return create(filepath.Join(dir, "schema.sql"), func(w *bufio.Writer) error {
		fmt.Fprint(w, "--\n-- PostgreSQL database dump\n--\n\n")
		for i := range ntables {
			fmt.Fprintf(w, "CREATE TABLE public.%s (\n", tableName(i))
			for at, c := range columns {
				of, end := typeOf[c], ",\n"
				if of == "" {
					of = "bigint"
				}
				if at == len(columns)-1 {
					end = "\n);\n\n"
				}
				fmt.Fprintf(w, "    %s %s%s", c, of, end)
			}
		}
		return nil
	})
}
