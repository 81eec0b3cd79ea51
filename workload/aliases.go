package workload

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// People rename the columns of the views in their reports, and tools have names
// of their own: heroku pg:*, pg-extras, PgHero, supabase inspect, psql's \dt+ and
// \di+, the queries of the PostgreSQL wiki. Here are the names that have one
// meaning. What a name does not tell is not read.

// aliases are the other names of columns in the reports of one view, separated
// by blanks, the surest first.
type aliases map[string]string

const (
	schemaNames = "schema schema_name table_schema nspname chunk_schema"
	tableNames  = "tablename table_name table tbl tbl_name relation table_full_name partition_name partition child_table chunk_name hypertable_name"
	indexNames  = "indexname index_name index"
	// The size of a table without its indexes, and with them.
	heapSizes  = "table_size data_size heap_size relation_size table_bytes heap_bytes table_size_bytes table_only_size table_only heap table_mb heap_mb"
	totalSizes = "total_size total_bytes total_size_bytes pg_total_relation_size total_relation_size total_table_size total_size_pretty size_total total_mb total_gb"
	// The age of the oldest transaction ID in a table.
	frozenAges = "age_relfrozenxid relfrozenxid_age frozenxid_age xid_age table_age relage txid_age tx_age age_of_relfrozenxid transaction_age"
	indexSizes = "index_bytes size_bytes index_size_bytes index_size_pretty size pg_size_pretty pg_relation_size bytes mb kb gb"
)

var tableAliases = aliases{
	"schemaname":          schemaNames,
	"relname":             tableNames + " name",
	"seq_scan":            "seq_scans",
	"seq_tup_read":        "seq_rows_read seq_scan_rows_read",
	"idx_scan":            "idx_scans index_scans",
	"idx_tup_fetch":       "idx_rows_fetched",
	"n_tup_ins":           "inserts",
	"n_tup_upd":           "updates",
	"n_tup_del":           "deletes",
	"n_tup_hot_upd":       "hot_updates n_tup_hot hot_upd",
	"n_live_tup":          "live_rows live_tuples live rows rowcount rows_in_table",
	"n_dead_tup":          "dead_rows dead_tuples dead dead_rowcount",
	"n_mod_since_analyze": "mod_since_analyze changes_since_analyze",
	"n_ins_since_vacuum":  "ins_since_vacuum",
	"reltuples":           "rowcount row_estimate estimated_rows",
	"last_vacuum":         "last_manual_vacuum",
	"last_autovacuum":     "last_auto_vacuum",
	"last_analyze":        "last_manual_analyze",
	"last_autoanalyze":    "last_auto_analyze",
	"relfrozenxid_age":    frozenAges,
	"table_size":          heapSizes + " pg_relation_size real_size",
	"total_size":          totalSizes,
}

var indexAliases = aliases{
	"schemaname":     schemaNames,
	"relname":        tableNames,
	"indexrelname":   indexNames + " name", // with the table's name beside it
	"idx_scan":       "idx_scans index_scans scans times_used usage_count total_scans scans_since_stats_reset",
	"idx_tup_read":   "idx_rows_read rows_read",
	"idx_tup_fetch":  "idx_rows_fetched rows_fetched",
	"last_idx_scan":  "last_scan last_used last_index_scan",
	"indexdef":       "definition index_def index_definition indexdefinition pg_get_indexdef create_statement ddl",
	"indisunique":    "unique is_unique unique_idx",
	"indisprimary":   "primary is_primary primary_key is_pk",
	"indisvalid":     "valid is_valid",
	"indisexclusion": "is_exclusion",
	"index_size":     indexSizes,
	"table_size":     heapSizes,
	"reltuples":      "num_rows",
}

var statementAliases = aliases{
	"queryid":         "query_id query_hash",
	"query":           "qry query_text sql sql_text statement normalized_query short_query query_snippet query_preview query_sample query_short query_truncated",
	"calls":           "ncalls total_calls executions times_called",
	"total_exec_time": "exec_time execution_time",
	"max_exec_time":   "max_time_ms max_ms",
	"rows":            "total_rows rows_returned rows_read rows_processed rows_affected",
	"min_exec_time":   "min_time_ms min_ms",
}

// columnSet is the columns of a file; the same by their letters and digits alone, since
// reports write LiveTuples, live_tuples and "Size (MB)"; and by what they mean.
type columnSet struct {
	names   map[string]bool
	bare    map[string]string
	meaning map[string]string
}

func setOf(columns []string) columnSet {
	have := columnSet{map[string]bool{}, map[string]string{}, map[string]string{}}
	for _, c := range columns {
		if inOthers()[c] || c == "(index)" { // num_dead_tuples counts what one VACUUM has collected; console.table numbers its rows
			continue
		}
		if at := strings.IndexByte(c, '('); at > 0 && sizeInName(c) == 1 && unitInName(c) == 1 { // n_live_tup (stale)
			have.bare[bareName(c[:at])] = c
		}
		if _, rest, _ := strings.Cut(c, "_"); superlative[c[:len(c)-len(rest)]] { // Largest indexes
			if m := nameMeaning(singular(rest)); have.meaning[m] == "" {
				have.meaning[m] = c
			}
		}
		if at := strings.IndexByte(c, '('); at > 0 {
			if own := strings.Trim(c[at:], "()`*"); ofViews()[own] { // Usage (idx_scan)
				have.bare[bareName(own)] = c
			}
		}
		for _, m := range [...]string{meaning(c), nameMeaning(c)} {
			if have.meaning[m] == "" {
				have.meaning[m] = c
			}
		}
		if at := strings.LastIndexByte(c, '_'); at > 0 && sizeInName(c) != 1 { // total_size_mb
			have.bare[bareName(c[:at])] = c
			if m := nameMeaning(c[:at]); have.meaning[m] == "" {
				have.meaning[m] = c
			}
		}
	}
	for _, c := range columns {
		if have.names[c] = true; c != "(index)" {
			have.bare[bareName(c)] = c
		}
	}
	if have.names["idx"] && !slices.ContainsFunc(columns, func(c string) bool { return ofTables[c] }) {
		have.bare["index"] = "idx" // else it may number the rows
	}
	return have
}

// ofTables are counters that no index has.
var ofTables = map[string]bool{"seq_scan": true, "seq_tup_read": true, "n_live_tup": true, "n_dead_tup": true, "n_tup_ins": true, "n_tup_upd": true, "n_tup_del": true}

// superlative are the words by which people call a part of a list.
var superlative = map[string]bool{"largest_": true, "biggest_": true, "top_": true, "heaviest_": true, "unused_": true, "hottest_": true, "slowest_": true, "redundant_": true}

func singular(noun string) string {
	if noun == "indexes" || noun == "indices" {
		return "index"
	}
	return strings.TrimSuffix(noun, "s")
}

func bareName(column string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune("_ ()?#.-", c) {
			return -1
		}
		return c
	}, column)
}

// words are the words in the names of counters that mean the same. Those that mean
// nothing there are empty.
var words = map[string]string{
	"tuple": "row", "tup": "row", "idx": "index", "indexe": "index", "indice": "index", "sequential": "seq",
	"insert": "ins", "inserted": "ins", "update": "upd", "updated": "upd", "delete": "del", "deleted": "del",
	"modified": "mod", "modification": "mod", "fetched": "fetch", "execution": "exec", "executed": "exec",
	"último": "last", "ultimo": "last", "última": "last", "ultima": "last", "dernier": "last", "derniere": "last", "dernière": "last", "letzte": "last", "letzter": "last", "letztes": "last",
	// Spanish, Portuguese, French and German.
	"skany": "scan", "skanów": "scan", "użycie": "scan", "użycia": "scan", "żywe": "live", "martwe": "dead", "wiersze": "row", "wierszy": "row", "ostatni": "last", "ostatnie": "last",
	"fila": "row", "registro": "row", "rij": "row", "estimada": "", "estimado": "", "linha": "row", "ligne": "row", "zeile": "row", "zeilen": "row", "tupla": "row", "tupel": "row",
	"viva": "live", "vivo": "live", "vivante": "live", "vive": "live", "lebend": "live", "lebende": "live",
	"filas": "row", "muertas": "dead", "vivas": "live", "мертвых": "dead", "мёртвых": "dead", "живых": "live", "строк": "row", "строки": "row", "死元组": "dead row", "活元组": "live row", "行数": "row", "插入": "ins", "更新": "upd", "删除": "del", "刪除": "del",
	"muerta": "dead", "muerto": "dead", "morta": "dead", "morto": "dead", "morte": "dead", "tot": "dead", "tote": "dead",
	"n": "", "nb": "", "num": "", "number": "", "of": "", "count": "", "cnt": "", "est": "", "estimated": "", "estimate": "", "approx": "", "by": "", "now": "", "current": "", "сейчас": "", "сегодня": "", "ahora": "", "actual": "", "atual": "", "agora": "", "aktuell": "", "actuel": "", "actuelle": "",
}

// nouns are what people call tables, indexes and their names in other languages.
var nouns = map[string]string{
	"tbl": "table", "ix": "index", "sz": "size",
	"tabla": "table", "tabela": "table", "tabelle": "table", "tabella": "table", "tabel": "table", "tabell": "table", "taulu": "table", "tabulka": "table", "tábla": "table", "tabellenname": "table name", "таблица": "table", "таблицы": "table",
	"表": "table", "表名": "table name", "テーブル": "table", "テーブル名": "table name", "테이블": "table", "테이블명": "table name", "bảng": "table", "tablo": "table", "جدول": "table",
	"indeks": "index", "nazwa": "name", "rozmiar": "size", "indeksu": "index", "tabeli": "table",
	"índice": "index", "indice": "index", "indizes": "index", "indexname": "index name", "индекс": "index", "索引": "index", "索引名": "index name", "インデックス": "index", "インデックス名": "index name", "인덱스": "index", "ایندکس": "index",
	"nombre": "name", "nome": "name", "nom": "name", "имя": "name", "название": "name", "名前": "name", "이름": "name", "نام": "name",
	"排名": "rank", "序号": "rank", "名次": "rank", "puesto": "rank", "posição": "rank", "rang": "rank", "место": "rank", "順位": "rank", "순위": "rank",
	"总大小": "total size", "總大小": "total size", "表大小": "table size", "索引大小": "index size", "数据大小": "data size", "índices": "index", "dos": "", "das": "", "des": "", "del": "", "der": "", "les": "", "los": "",
	"大小": "size", "サイズ": "size", "크기": "size", "размер": "size", "tamaño": "size", "tamanho": "size", "taille": "size", "größe": "size", "groesse": "size", "dimensione": "size", "ukuran": "size", "boyut": "size", "kích": "size", "thước": "", "kich": "size", "thuoc": "", "حجم": "size", "storlek": "size",
	"de": "", "da": "", "do": "", "la": "", "della": "", "dell": "",
}

// nameMeaning returns the words of a name in English and in one order: nombre_de_la_tabla
// and "Table name" are one.
func nameMeaning(column string) string {
	var list []string
	for _, w := range strings.FieldsFunc(column, func(c rune) bool { return strings.ContainsRune("_ ", c) }) {
		if english, known := nouns[w]; known {
			w = english
		}
		list = append(list, strings.Fields(w)...)
	}
	slices.Sort(list)
	return "name: " + strings.Join(list, " ")
}

// meaning returns the words of a counter's name in one form and order: n_dead_tup,
// dead_rows and estimated_dead_tuple_count are one.
func meaning(column string) string {
	var list []string
	for _, w := range strings.FieldsFunc(column, func(c rune) bool { return strings.ContainsRune("_ ()?#.-", c) }) {
		if len(w) > 3 {
			w = strings.TrimSuffix(w, "s")
		}
		if same, known := words[w]; known {
			w = same
		}
		list = append(list, strings.Fields(w)...)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// counters are the columns that are known by what their names mean. "row_number" and the
// like are none.
var counters = map[string]bool{
	"seq_scan": true, "seq_tup_read": true, "idx_scan": true, "idx_tup_read": true, "idx_tup_fetch": true,
	"n_tup_ins": true, "n_tup_upd": true, "n_tup_del": true, "n_tup_hot_upd": true, "n_live_tup": true, "n_dead_tup": true,
	"n_mod_since_analyze": true, "n_ins_since_vacuum": true, "calls": true, "rows": true, "reltuples": true,
	"last_vacuum": true, "last_autovacuum": true, "last_analyze": true, "last_autoanalyze": true,
}

var ordinal = regexp.MustCompile(`^(?:row|record|line)_?n`)

// called are the columns that are known by a noun, in any language.
var called = map[string]bool{"relname": true, "indexrelname": true, "index_size": true, "table_size": true, "total_size": true}

// of returns the name that a column has in a file; empty if it has its own name
// there, or is not there.
func (a aliases) of(column string, have columnSet) string {
	others := a[column]
	if others == "" || have.names[column] {
		return ""
	}
	names := strings.Fields(column + " " + others)
	for _, name := range names {
		if actual := have.bare[bareName(name)]; actual != "" {
			return actual
		}
	}
	if column == "query" {
		for _, c := range slices.Sorted(maps.Keys(have.names)) {
			if isQueryName(c) {
				return c
			}
		}
	}
	if called[column] {
		for _, name := range names {
			if actual := have.meaning[nameMeaning(name)]; actual != "" {
				return actual
			}
		}
	}
	if !counters[column] {
		return ""
	}
	for _, name := range names {
		actual := have.meaning[meaning(name)]
		if actual == "" || ordinal.MatchString(actual) || meaning(actual) == "row" && column != "rows" && (column == "reltuples") != estimated.MatchString(actual) {
			continue
		}
		return actual
	}
	return ""
}

// isQueryName reports whether a column's name is that of a statement's text: a word for it,
// beside words for how it is shown.
func isQueryName(column string) bool {
	is := false
	for _, w := range strings.Split(column, "_") {
		switch {
		case queryWords[w]:
			is = true
		case !shownWords[strings.Trim(w, "()")]:
			return false
		}
	}
	return is
}

var (
	queryWords = map[string]bool{"query": true, "sql": true, "statement": true, "stmt": true, "qry": true, "fingerprint": true, "digest": true}
	shownWords = map[string]bool{"last": true, "current": true, "recent": true, "latest": true, "short": true, "full": true, "raw": true, "left": true, "text": true, "snippet": true, "pattern": true,
		"preview": true, "sample": true, "truncated": true, "normalized": true, "trimmed": true, "cut": true, "excerpt": true, "inlined": true, "inline": true, "clean": true, "cleaned": true, "formatted": true,
		"pretty": true, "masked": true, "redacted": true, "anonymized": true, "sanitized": true, "parameterized": true, "original": true, "example": true, "top": true, "slow": true, "slowest": true, "summary": true, "shape": true, "abridged": true, "shortened": true, "abbreviated": true}
)

// estimated matches the name of a row count that is rather reltuples than n_live_tup.
var estimated = regexp.MustCompile(`(?:^|_)(?:est|approx)|estimate`)

// in returns the names of all columns that have another one in a file.
func (a aliases) in(have columnSet) map[string]string {
	var named map[string]string
	for column := range a {
		if name := a.of(column, have); name != "" {
			if named == nil {
				named = map[string]string{}
			}
			named[column] = name
		}
	}
	return named
}

// get returns a column's value, whatever name it has in the file.
func (r *record) get(column string) (name, value string, ok bool) {
	if other := r.named[column]; other != "" {
		column = other
	}
	value, ok = r.Get(column)
	return column, value, ok
}

// has reports whether the file has a column, under any name.
func (r *record) has(column string) bool { return r.Has(column) || r.named[column] != "" }

// ambiguous are reports that can mean two things, by their columns, with the name of a
// column that makes them clear.
var ambiguous = []struct{ columns, reason string }{
	{"name size", "these are sizes, but nothing shows whether of tables or of indexes. Name the column name table_name or index_name. " + insteadOf},
	{"relation size", "these are sizes, but nothing shows whether of tables or of indexes. Name the column relation table_name or index_name. " + insteadOf},
	{"tablename size", "the size of a table can be with or without its indexes. Name the column table_size or total_size. " + insteadOf},
	{"name count", "nothing shows what was counted. " + insteadOf},
}

// Ambiguous returns why a report with these columns cannot be read; empty if no such
// report is known.
func Ambiguous(columns []string) string {
	have := setOf(columns)
	if have.names["modification"] {
		return "" // of files
	}
	for _, u := range ambiguous {
		all := true
		for _, c := range strings.Fields(u.columns) {
			all = all && (have.names[c] || c == "tablename" && (have.names["relname"] || tableAliases.of("relname", have) != "") || c == "size" && (have.names["pg_size_pretty"] || have.meaning[nameMeaning(c)] != ""))
		}
		if all {
			return u.reason
		}
	}
	return ""
}
