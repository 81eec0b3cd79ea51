package workload

import (
	"maps"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rows"
)

// Reports of sizes: psql's \dt+ and \di+, PgHero's relation_sizes, and the queries
// by which people look for their largest tables.

var sizeAliases = aliases{
	"schemaname":    schemaNames,
	"relname":       "name object_name " + tableNames, // "Table" in \di+ is another one
	"relkind":       "type relation_type object_type",
	"size":          "size_bytes size_pretty",
	"indexrelname":  indexNames,
	"index_size":    indexSizes,
	"table_size":    heapSizes,
	"total_size":    totalSizes,
	"external_size": "external external_bytes",
	"reltuples":     "row_estimate rows rowcount",
}

// with returns the aliases with another name of a column.
func (a aliases) with(column, name string) aliases {
	more := maps.Clone(a)
	more[column] += " " + name
	return more
}

// relationSizesView is the size of each relation with its kind.
var relationSizesView = view{
	name: ViewSize,
	few:  []string{"relname", "relkind", "size"},
	also: sizeAliases,
	own:  sizeView.own,
	row: func(s *Snapshot, r *record) {
		size := r.number("size")
		switch r.kind() {
		case aTable:
			if t := s.tableOf(r, "relname"); t != nil {
				s.lists(r, aTable, t.Name)
				set(&t.SizeBytes, size) // with its TOAST table, without its indexes
				if p := persistences[r.text("persistence")]; p != "" {
					t.Persistence = p
				}
			}
		case anIndex:
			t := ""
			if r.Has("name") {
				t = r.text("table")
			}
			s.sizeIndex(r, r.text("relname"), t, size, Float{})
		}
	},
}

// kind returns what a row of sizes is of; nothing for what has no rows of its own.
func (r *record) kind() objectKind {
	switch kind := strings.ToLower(strings.ReplaceAll(r.text("relkind"), "_", " ")); kind {
	case "table", "base table", "materialized view", "matview", "r", "m":
		return aTable
	case "index", "i":
		return anIndex
	case "partitioned table", "partitioned index", "foreign table", "view", "sequence", "toast table", "toast", "special", "p", "f", "v", "s", "t":
	default:
		r.bad("type", "table, index or another kind of relation")
	}
	return ""
}

// persistences are relpersistence, also in the words of psql.
var persistences = map[string]string{"permanent": "p", "unlogged": "u", "temporary": "t", "p": "p", "u": "u", "t": "t"}

// indexSizesView is the size of each index.
var indexSizesView = view{
	name: ViewSize,
	few:  []string{"indexrelname", "index_size"},
	also: sizeAliases,
	own:  sizeView.own,
	row: func(s *Snapshot, r *record) {
		name, whole := r.indexName()
		if !whole {
			return
		}
		scans := r.number("idx_scan")
		if t := s.sizeIndex(r, name, r.text("relname"), r.number("index_size"), scans); t != nil {
			set(&t.SizeBytes, r.number("table_size"))
		}
		if scans.Known() {
			s.mark(ViewIndexes)
		}
	},
}

// sizeIndex reads the size of an index, and returns its table if the row names it.
func (s *Snapshot) sizeIndex(r *record, name, table string, size, scans Float) *Table {
	schema := r.text("schemaname")
	if of, index, both := strings.Cut(name, "::"); both && table == "" { // heroku pg:diagnose
		table, name = of, index
	}
	if in, bare, ok := lex.Scan(name).Qualified(); ok && in != "" && schema == "" {
		schema, name = in, bare
	}
	if in, bare, ok := lex.Scan(table).Qualified(); ok && in != "" {
		schema, table = in, bare
	}
	switch {
	case systemSchema(schema), strings.HasPrefix(name, "pg_"):
	case table == "":
		s.keepIndex(schema, name, looseIndex{bytes: size, scans: scans})
	default:
		t := s.TableFor(schema, table)
		ix := s.IndexFor(t, name)
		s.lists(r, anIndex, ix.Name)
		set(&ix.SizeBytes, size)
		set(&ix.Scans, scans)
		return t
	}
	return nil
}

// tableSizesView is the size of each table with or without its indexes.
var tableSizesView = view{
	name: ViewSize,
	few:  []string{"relname", "table_size total_size external_size"},
	also: sizeAliases.with("table_size", "pg_relation_size"),
	own:  sizeView.own,
	row: func(s *Snapshot, r *record) {
		if r.has("relkind") {
			switch r.kind() {
			case anIndex:
				s.sizeIndex(r, r.text("relname"), r.text("table"), r.number("total_size"), Float{})
				return
			case "":
				return
			}
		}
		t := s.tableOf(r, "relname")
		if t == nil {
			return
		}
		s.lists(r, aTable, t.Name)
		total, heap := r.number("total_bytes", "total_size"), r.number("table_bytes", "table_size")
		if r.has("external_size") { // what is not the heap, beside the whole
			if !total.Known() {
				total = r.number("size")
			}
			if !heap.Known() {
				if rest := r.number("external_size"); exact(r, "size", "total_size", "external_size") {
					heap = opt.Both(total, rest, func(all, rest float64) float64 { return all - rest })
				}
			}
		}
		set(&t.SizeBytes, heap)
		set(&t.TotalBytes, total)
		if r.Has("total") && !exact(r, "total") {
			set(&t.TotalBytes, r.number("total"))
		}
		t.estimate(r.number("reltuples"))
		if p := persistences[r.text("persistence", "relpersistence")]; p != "" {
			t.Persistence = p
		}
	},
}

// partSizesView is the size of each table by its parts, as the PostgreSQL wiki's query
// prints it beside the bytes: table_name, total, index, toast, table. A bare "total" can be
// a number of anything, so it counts only with a unit.
var partSizesView = view{
	name: ViewSize,
	few:  []string{"relname", "total", "index indexes toast"},
	also: aliases{"schemaname": schemaNames, "relname": "tablename table_name relation name", "index": "indexes", "heap": "table"},
	own:  sizeView.own,
	row: func(s *Snapshot, r *record) {
		t := s.tableOf(r, "relname")
		if t == nil {
			return
		}
		s.lists(r, aTable, t.Name)
		if exact(r, "total") {
			r.bad("total", "a size with its unit, such as 12 MB,")
			return
		}
		set(&t.SizeBytes, r.number("heap"))
		set(&t.TotalBytes, r.number("total"))
	},
}

// totalSizesView is the size of each table in a column that is only called total, with units.
var totalSizesView = view{
	name:  ViewSize,
	few:   []string{"relname", "total"},
	also:  aliases{"relname": tableNames},
	alone: true,
	own:   sizeView.own,
	unlike: func(r *record, first []rows.Row) string {
		for _, row := range first {
			if v, _ := row.Get("total"); !prettySize.MatchString(v) {
				return "nothing shows what of the tables column total is. " + insteadOf
			}
		}
		return ""
	},
	row: func(s *Snapshot, r *record) {
		if t := s.tableOf(r, "relname"); t != nil {
			s.lists(r, aTable, t.Name)
			set(&t.TotalBytes, r.number("total"))
		}
	},
}

// exact reports whether sizes were printed in bytes, so that their difference has
// a meaning.
func exact(r *record, columns ...string) bool {
	for _, c := range columns {
		if _, v, ok := r.get(c); ok && strings.Trim(v, "0123456789") != "" {
			return false
		}
	}
	return true
}
