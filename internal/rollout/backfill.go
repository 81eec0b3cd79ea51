package rollout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// Backfill writes the rows of a table in batches, each in a transaction of its own.
// Batches are ranges of the key, in its order.
type Backfill struct {
	Table    string // as SQL
	Key      []string
	Guessed  bool   // the schema does not tell the key: id is assumed
	Name     string // of the procedure, as SQL
	What     string // "orders.total"
	Left     string // a query that counts the rows that are left; empty if nothing tells these
	Repeated bool   // a second run finds the rows that are done, and leaves them

	alias     string                        // what the statement calls the table
	statement func(condition string) string // writes the rows of one batch
}

// batch is how many rows a batch has. It is long enough to be worth a transaction
// and short enough not to hold row locks for a second.
const batch = 5000

// fillOf is a column that is filled.
type fillOf struct {
	table     *catalog.Relation
	column    string
	set, todo string // the assignment; which rows are not done
	why       string
}

// backfill adds the steps that fill a column.
func (w *writer) backfill(d Deploy, f fillOf) {
	b := w.batches(f.table)
	b.What, b.Repeated = f.table.Name.Short()+"."+f.column, true
	b.Name = w.beside(f.table, madeName("backfill", f.table.Name.Name, f.column))
	b.Left = "SELECT count(*) FROM " + b.Table + " WHERE " + f.todo
	b.statement = func(condition string) string {
		return "UPDATE " + b.Table + " SET " + f.set + " WHERE " + condition + " AND " + f.todo
	}
	w.run(d, b, f.why)
}

// run adds the steps of a backfill.
func (w *writer) run(d Deploy, b *Backfill, why string) {
	if b.Guessed {
		why += " The key is assumed to be id."
	}
	w.step(Step{Statements: []string{b.Procedure()}, Tx: Any, Deploy: d, Fill: b, Why: "Backfill as a migration of its own, after the schema change is deployed."})
	w.step(Step{Statements: []string{"CALL " + b.Name + "()"}, Tx: None, Deploy: d, Fill: b, Why: strings.TrimSpace(why + " One transaction per batch. Interrupted, the finished batches stay: run it again.")})
	if b.Left != "" {
		w.check(d, "Has to be 0 before the next step.", b.Left)
	}
	w.step(Step{Statements: []string{"DROP PROCEDURE " + b.Name}, Tx: Any, Deploy: d, Fill: b})
}

// batches returns a backfill of a table with its key filled in.
func (w *writer) batches(t *catalog.Relation) *Backfill {
	b := &Backfill{Table: w.on(t), alias: w.on(t)}
	if pk := t.PrimaryKey(); pk != nil {
		b.Key = pk.Columns
	} else if key := w.uniqueKey(t); key != nil {
		b.Key = key
	} else if t.Assumed {
		b.Key, b.Guessed = []string{"id"}, true
	}
	return b
}

// uniqueKey returns the columns of a unique index over all rows; nil if there is
// none.
func (w *writer) uniqueKey(t *catalog.Relation) []string {
	for _, ix := range w.indexes(t) {
		lead := ix.Index.Columns()
		nullable := slices.ContainsFunc(lead, func(n string) bool { c := t.Column(n); return c == nil || !c.NotNull })
		if ix.Index.Unique && ix.Index.Valid && ix.Index.Method == "btree" && !ix.Index.Where.There() && len(lead) == len(ix.Index.Keys) && !nullable {
			return lead
		}
	}
	return nil
}

// tuple returns the values of the key: one alone, several in brackets.
func (b *Backfill) tuple(each func(i int, column string) string) string {
	list := make([]string, len(b.Key))
	for i, c := range b.Key {
		list[i] = each(i, c)
	}
	if len(list) == 1 {
		return list[0]
	}
	return "(" + strings.Join(list, ", ") + ")"
}

func (b *Backfill) plain() string { return qs(b.Key) }

// compare returns a condition on the key: "id >= first_1".
func (b *Backfill) compare(alias, operator string, value func(i int) string) string {
	if alias != "" {
		alias += "."
	}
	return b.tuple(func(_ int, c string) string { return alias + q(c) }) + " " + operator + " " + b.tuple(func(i int, _ string) string { return value(i) })
}

func numbered(prefix string) func(int) string {
	return func(i int) string { return fmt.Sprintf("%s_%d", prefix, i+1) }
}

// lag waits until the standbys have caught up.
const lag = "SELECT coalesce(max(replay_lag) > interval '10 seconds', false) FROM pg_stat_replication"

// Procedure returns the backfill as a procedure that commits each batch. It sleeps
// for as long as a batch took, and waits for the standbys.
func (b *Backfill) Procedure() string {
	const from, to = "batch_from", "batch_to"
	var code strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&code, format+"\n", args...) }
	line("")
	line("DECLARE")
	if len(b.Key) == 0 {
		line("  batch_from bigint := 0;")
		line("  batch_end bigint := %s;", b.pages())
	}
	for i, c := range b.Key {
		line("  %s_%d %s.%s%%TYPE;", from, i+1, b.Table, q(c))
		line("  %s_%d %s.%s%%TYPE;", to, i+1, b.Table, q(c))
	}
	line("  batch_began timestamptz;")
	line("  batch_count bigint;")
	line("  batch_total bigint := 0;")
	line("BEGIN")
	into := func(prefix string) string {
		list := make([]string, len(b.Key))
		for i := range list {
			list[i] = numbered(prefix)(i)
		}
		return strings.Join(list, ", ")
	}
	descending := strings.ReplaceAll(b.plain(), ", ", " DESC, ") + " DESC"
	condition, position, next := "", "batch_from", ""
	if len(b.Key) == 0 {
		line("  WHILE batch_from <= batch_end LOOP")
		condition = b.alias + ".ctid >= format('(%s,0)', batch_from)::tid AND " + b.alias + ".ctid < format('(%s,0)', batch_from + batch_pages)::tid"
		next = "    batch_from := batch_from + batch_pages;"
	} else {
		line("  SELECT %s INTO %s FROM %s ORDER BY %s LIMIT 1;", b.plain(), into(from), b.Table, b.plain())
		line("  WHILE %s_1 IS NOT NULL LOOP", from)
		line("    SELECT %s INTO %s FROM (SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT batch_rows) AS rows_of_batch ORDER BY %s LIMIT 1;",
			b.plain(), into(to), b.plain(), b.Table, b.compare("", ">=", numbered(from)), b.plain(), descending)
		condition = b.compare(b.alias, ">=", numbered(from)) + " AND " + b.compare(b.alias, "<=", numbered(to))
		position = into(to)
		next = fmt.Sprintf("    SELECT %s INTO %s FROM %s WHERE %s ORDER BY %s LIMIT 1;", b.plain(), into(from), b.Table, b.compare("", ">", numbered(to)), b.plain())
	}
	line("    batch_began := clock_timestamp();")
	line("    %s;", b.statement(condition))
	line("    GET DIAGNOSTICS batch_count = ROW_COUNT;")
	line("    COMMIT;")
	line("    batch_total := batch_total + batch_count;")
	line("    RAISE NOTICE 'up to key %%: %% rows', concat_ws(', ', %s), batch_total;", position)
	line("    PERFORM pg_sleep(extract(epoch FROM clock_timestamp() - batch_began));")
	line("    WHILE (%s) LOOP", lag)
	line("      COMMIT;")
	line("      PERFORM pg_sleep(1);")
	line("    END LOOP;")
	line("%s", next)
	line("  END LOOP;")
	line("END")
	size := fmt.Sprintf("batch_rows integer DEFAULT %d", batch)
	if len(b.Key) == 0 {
		size = "batch_pages bigint DEFAULT 100"
	}
	return "CREATE PROCEDURE " + b.Name + "(" + size + ") LANGUAGE plpgsql AS " + body(code.String())
}

// pages returns the number of the table's last page; of a partitioned one that of
// its longest partition.
func (b *Backfill) pages() string {
	return "coalesce((SELECT max(pg_relation_size(relid)) FROM pg_partition_tree(" + lit(b.Table) + ")), pg_relation_size(" + lit(b.Table) + ")) / current_setting('block_size')::bigint"
}

// Loop returns the backfill as a psql script: one statement per batch, with a wait
// for the standbys before it.
func (b *Backfill) Loop() string {
	var s strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&s, format+"\n", args...) }
	line("-- psql -X -f backfill.psql. One statement per batch, each its own transaction.")
	line("-- Interrupted, the finished batches stay. Reading pg_stat_replication needs the role pg_monitor.")
	line(`\set ON_ERROR_STOP on`)
	line(`\set batch %d`, batch)
	line(`\set pause 0.5`)
	line(`\t on`)
	line("SET lock_timeout = '2s';")
	line("SET statement_timeout = '30s';")
	placeholder := func(first int) func(int) string {
		return func(i int) string { return fmt.Sprintf("%%%d$L", first+i) }
	}
	n := len(b.Key)
	var lower, upper, batches string
	firsts, nexts := make([]string, n), make([]string, n)
	for i := range n {
		firsts[i], nexts[i] = fmt.Sprintf("from_%d", i+1), fmt.Sprintf("to_%d", i+1)
	}
	if n == 0 {
		firsts, nexts = []string{"from_1"}, []string{"to_1"}
		lower, upper = b.alias+".ctid >= %1$L", b.alias+".ctid < %2$L"
		batches = fmt.Sprintf("SELECT format('(%%s,0)', n) AS from_1, format('(%%s,0)', n + 100) AS to_1, n / 100 AS batch\n  FROM generate_series(0, %s, 100) AS n", b.pages())
	} else {
		lower, upper = b.compare(b.alias, ">=", placeholder(1)), b.compare(b.alias, "<", placeholder(1+n))
		var inner, leads []string
		for i, c := range b.Key {
			inner = append(inner, q(c)+" AS "+firsts[i])
			leads = append(leads, "lead("+firsts[i]+") OVER (ORDER BY row_no) AS "+nexts[i])
		}
		batches = fmt.Sprintf("SELECT %s, %s, row_no / :batch AS batch\n  FROM (SELECT %s, row_number() OVER (ORDER BY %s) - 1 AS row_no FROM %s) AS keys WHERE row_no %% :batch = 0",
			strings.Join(firsts, ", "), strings.Join(leads, ", "), strings.Join(inner, ", "), b.plain(), b.Table)
	}
	// In format a % of the statement itself is written twice.
	const mark = "\x00"
	of := func(condition string) string {
		return strings.ReplaceAll(strings.ReplaceAll(b.statement(mark), "%", "%%"), mark, condition)
	}
	args := strings.Join(append(slices.Clone(firsts), nexts...), ", ")
	line("SELECT %s,", body("DO "+body(" BEGIN WHILE ("+lag+") LOOP PERFORM pg_sleep(1); END LOOP; END ")))
	line("  CASE WHEN to_1 IS NULL THEN format(%s, %s)", body(of(lower)), args)
	line("    ELSE format(%s, %s) END,", body(of(lower+" AND "+upper)), args)
	line("  format('SELECT %%L', concat('batch ', batch, ' done, from key ', concat_ws(', ', %s))),", strings.Join(firsts, ", "))
	line("  format('SELECT pg_sleep(%%s)', :pause),")
	line("  CASE WHEN batch %% 100 = 99 THEN %s END", lit("VACUUM (ANALYZE) "+b.Table))
	line("FROM (%s) AS batches ORDER BY batch", batches)
	line(`\gexec`)
	if b.Left != "" {
		line("SELECT 'left: ' || (%s);", b.Left)
	}
	return s.String()
}

// fill turns a statement that writes a whole table into batches.
func (w *writer) fill() bool {
	q1 := w.a.Query
	if len(w.s.Effect.Reads) == 0 || w.s.Loop != nil || len(w.s.Body) > 0 || q1 == nil && w.a.Node.Kind == "" {
		return false
	}
	text := read(w.Plan.text(w.s))
	switch w.s.Tree.Kind {
	case "UpdateStmt", "DeleteStmt":
		return w.fillRows(text)
	case "InsertStmt":
		return w.fillSelect(text)
	}
	return false
}

// block takes the statements of a DO block out of it: one by one by their own
// sequences, or as a procedure that commits in its loop.
func (w *writer) block() bool {
	if len(w.s.Body) == 0 {
		return false
	}
	if slices.ContainsFunc(w.s.Body, func(b *migration.Statement) bool { return b.Loop != nil }) {
		return w.loop()
	}
	changed := false
	for _, b := range w.s.Body {
		changed = changed || len(w.Safe(b)) > 0
	}
	if !changed {
		return false
	}
	for _, b := range w.s.Body {
		if settles(b) {
			continue
		}
		for i, step := range w.Steps(b) {
			if i == 0 {
				step.Why = strings.TrimSpace("Outside of the DO block, which is one transaction. A condition of the block is not part of this. " + step.Why)
			}
			w.step(step)
		}
	}
	return true
}

// loop makes a procedure of a DO block with batches: it commits each.
func (w *writer) loop() bool {
	text, language := "", "plpgsql"
	for _, arg := range w.s.Tree.List("args") {
		switch arg.Get("defname").String() {
		case "as":
			text = arg.Get("arg.String.sval").String()
		case "language":
			language = arg.Get("arg.String.sval").String()
		}
	}
	inside := read(text)
	end := -1
	for i := range inside.tokens {
		if inside.is(i, "end", "loop") {
			end = i
		}
	}
	if end < 0 || language != "plpgsql" || slices.ContainsFunc(inside.tokens, func(t lex.Token) bool {
		return t.Kind == lex.Word && (strings.EqualFold(t.Text, "exception") || strings.EqualFold(t.Text, "commit"))
	}) {
		return false
	}
	at := inside.tokens[end].Start
	name := fmt.Sprintf("batches_of_line_%d", w.s.Line)
	w.step(Step{Statements: []string{"CREATE PROCEDURE " + name + "() LANGUAGE plpgsql AS " + body("\n"+inside.text[:at]+"  COMMIT;\n  "+inside.text[at:]+";\n")}, Tx: Any, Deploy: w.deploy,
		Why: "The same code with COMMIT in its loop. A DO block is one transaction: interrupted, it loses every batch, and it holds all row locks to its end."})
	w.step(Step{Statements: []string{"CALL " + name + "()"}, Tx: None, Deploy: w.deploy, Why: "One transaction per batch. Interrupted, the finished batches stay."})
	w.step(Step{Statements: []string{"DROP PROCEDURE " + name}, Tx: Any, Deploy: w.deploy})
	return true
}

// fillRows batches an UPDATE or a DELETE by the key of its table.
func (w *writer) fillRows(text words) bool {
	t := w.a.Table
	if t == nil || !w.there() || text.find(0, "with") == 0 {
		return false
	}
	b := w.batches(t)
	rel := sql.Node{Result: w.s.Tree.Get("relation")}
	if alias := rel.Get("alias.aliasname").String(); alias != "" {
		b.alias = q(alias)
	}
	end := text.find(0, "returning")
	if end < 0 {
		end = len(text.tokens)
	}
	where := text.find(0, "where")
	head, cond := text.span(0, end), ""
	if where > 0 {
		head, cond = text.span(0, where), text.span(where+1, end)
	}
	b.What = t.Name.Short()
	b.Name = w.beside(t, madeName("backfill", t.Name.Name, "rows"))
	var guard string
	why := "The statement as it is, by ranges of the key."
	if w.s.Tree.Kind == "DeleteStmt" {
		b.Repeated = true
		if cond == "" {
			b.Left = "SELECT count(*) FROM " + b.Table
		}
	} else {
		guard, b.Repeated = w.undone(text, b.alias)
		if !b.Repeated {
			why += " The WHERE does not exclude rows that are done. A second run writes these again: note the key up to which it ran."
		}
	}
	b.statement = func(condition string) string {
		for _, c := range []string{cond, guard} {
			if c != "" {
				condition += " AND (" + c + ")"
			}
		}
		return head + " WHERE " + condition
	}
	w.run(w.deploy, b, why)
	return true
}

// undone returns the condition that leaves out rows that an UPDATE has written
// already, and whether a second run is harmless.
func (w *writer) undone(text words, alias string) (string, bool) {
	targets := w.s.Tree.List("targetList")
	set := text.find(0, "set")
	end := len(text.tokens)
	for _, k := range []string{"from", "where", "returning"} {
		if i := text.find(0, k); i > 0 {
			end = min(end, i)
		}
	}
	if len(targets) != 1 || set < 0 {
		return "", false
	}
	column := targets[0].Get("name").String()
	value := text.span(set+3, end) // SET column =
	if !text.is(set+2, "=") && text.tokens[min(set+2, len(text.tokens)-1)].Text != "=" {
		return "", false
	}
	own := false // the value depends on what is written
	replaced(value, func(n string) (string, bool) { own = own || n == column; return "", false })
	if where := text.find(0, "where"); where > 0 {
		cond := text.span(where+1, len(text.tokens))
		mentioned := false
		replaced(cond, func(n string) (string, bool) { mentioned = mentioned || n == column; return "", false })
		if mentioned {
			return "", true
		}
	}
	if own || strings.EqualFold(value, "default") {
		return "", false
	}
	if w.s.Effect.Volatile != "" {
		return "", false
	}
	return alias + "." + q(column) + " IS DISTINCT FROM (" + value + ")", true
}

// fillSelect batches INSERT ... SELECT by the key of the one table that it reads.
func (w *writer) fillSelect(text words) bool {
	from := text.find(0, "from")
	sel := sql.Node{Result: w.s.Tree.Get("selectStmt.SelectStmt")}
	items := sel.List("fromClause")
	if from < 0 || len(items) != 1 || items[0].Kind != "RangeVar" || w.Catalog == nil || text.find(0, "with") == 0 {
		return false
	}
	for _, field := range []string{"groupClause", "distinctClause", "limitCount", "limitOffset", "havingClause", "larg", "windowClause"} {
		if sel.Get(field).Exists() {
			return false
		}
	}
	if text.find(from, "order", "by") > 0 {
		return false
	}
	src := w.Catalog.Find(catalog.Name{Schema: items[0].Get("schemaname").String(), Name: items[0].Get("relname").String()})
	if src == nil || !src.IsTable() {
		return false
	}
	b := w.batches(src)
	if alias := items[0].Get("alias.aliasname").String(); alias != "" {
		b.alias = q(alias)
	}
	end := len(text.tokens)
	for _, k := range [][]string{{"on", "conflict"}, {"returning"}} {
		if i := text.find(from, k...); i > 0 {
			end = min(end, i)
		}
	}
	tail := ""
	if text.is(end, "on") {
		tail = " " + text.span(end, len(text.tokens))
	}
	where := text.find(from, "where")
	head, cond := text.span(0, end), ""
	if where > 0 && where < end {
		head, cond = text.span(0, where), text.span(where+1, end)
	}
	b.What = src.Name.Short()
	b.Name = w.beside(src, madeName("backfill", src.Name.Name, "rows"))
	b.Repeated = tail != "" || strings.Contains(strings.ToLower(cond), "not exists")
	why := "The statement as it is, by ranges of the key of " + b.Table + "."
	if !b.Repeated {
		why += " Nothing excludes rows that are copied already. Add ON CONFLICT DO NOTHING, or note the key up to which it ran."
	}
	b.statement = func(condition string) string {
		if cond != "" {
			condition += " AND (" + cond + ")"
		}
		return head + " WHERE " + condition + tail
	}
	w.run(w.deploy, b, why)
	return true
}
