package rows

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/limits"
)

// Keyed is a relation whose rows a text calls by a name, beside their columns: objects of
// an object in JSON, and counters below a name as in YAML.
type Keyed struct {
	Section
	Columns []string
	Key     string // what the rows are in, as the text calls it; empty if it does not
	Inline  bool   // a row is a line of pairs, which can be prose
	Titles  string // of a table whose rows are the columns: its header as it is written
	named   bool   // the rows have names
	rows    []keyedRow
}

type keyedRow struct {
	name   string
	front  string // the text in which the name is, if that is not sure
	values []string
}

// Named reports whether the names of the rows are surely those of what they count: several
// rows have the same columns, or what they are in says so. If not, one is the name of the
// only row, or of anything.
func (k Keyed) Named() (surely bool, one string) {
	if !k.named {
		return false, ""
	}
	for _, r := range k.rows {
		if !identifier.MatchString(r.name) || noNames[strings.ToLower(r.name)] {
			return false, ""
		}
	}
	return len(k.rows) > 1 || plurals[strings.ToLower(k.Key)], k.rows[0].name
}

var identifier = regexp.MustCompile(`^"?[\pL_][\pL\d_$]*"?(?:\."?[\pL_][\pL\d_$]*"?)?$`)

// noNames are words for a time, a place or a sum, of which figures are told apart as well.
var noNames = wordSet("before after baseline current previous now then t0 t1 t2 first last start end initial final old new total totals sum summary all min max avg mean delta diff change rate primary replica standby master slave prod production staging dev test local remote stats statistics metrics counters data result results")

// plurals are what people call a group of rows, of which there may be one.
var plurals = wordSet("tables table_stats tablestats table_statistics relations indexes index_stats indexstats index_statistics user_tables pg_stat_user_tables pg_stat_all_tables pg_stat_user_indexes")

// Each reports whether all rows have names that is accepts.
func (k Keyed) Each(is func(name string) bool) bool {
	return k.named && !slices.ContainsFunc(k.rows, func(r keyedRow) bool { return !is(r.name) })
}

// With returns the rows as CSV, with their names in the given column, or without them if
// it is empty.
func (k Keyed) With(column string) []byte {
	out := new(bytes.Buffer)
	w := csv.NewWriter(out)
	line := func(name string, values []string) {
		if column != "" {
			values = append([]string{name}, values...)
		}
		_ = w.Write(values) // into memory
	}
	line(column, k.Columns)
	for _, r := range k.rows {
		line(r.name, r.values)
	}
	w.Flush()
	return out.Bytes()
}

// Called returns the relation with a name for its only row.
func (k Keyed) Called(name string) Keyed {
	k.rows = []keyedRow{{name: name, values: k.rows[0].values}}
	return k
}

// Renamed returns the relation with the names that by finds in the texts in front of its
// rows; ok is false if it finds none for one of them.
func (k Keyed) Renamed(by func(front string) string) (renamed Keyed, ok bool) {
	k.rows = slices.Clone(k.rows)
	for i := range k.rows {
		if k.rows[i].name = by(k.rows[i].front); k.rows[i].name == "" {
			return k, false
		}
	}
	return k, true
}

// Transposed returns the only row of a relation whose rows are its columns with their
// values: field, value. Further columns may hold remarks; ok is false if they hold figures.
func Transposed(text []byte, s Section) (k Keyed, ok bool) {
	r, err := Open("", bytes.NewReader(text[s.From:s.To]))
	if err != nil || len(r.columns) < 2 {
		return Keyed{}, false
	}
	var columns, values []string
	others := 0
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || len(row.fields) != len(r.columns) { // an object of JSON has the fields that it has
			return Keyed{}, false
		}
		name := columnName(row.fields[0].value)
		if at := strings.Index(name, "_("); at > 0 { // last_analyze (manual)
			name = name[:at]
		}
		columns, values = append(columns, name), append(values, row.fields[1].value)
		if slices.ContainsFunc(row.fields[2:], func(f field) bool { return numeral.MatchString(f.value) }) {
			others++
		}
	}
	if len(columns) < 2 || 2*others >= len(columns) {
		return Keyed{}, false
	}
	k = Keyed{Section: s, Titles: titles(text[s.From:s.To])}
	k.put("", columns, values)
	return k, true
}

// titles returns the first line of a table that has cells.
func titles(text []byte) string {
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(plainFrame(line)); line != "" && !rule.MatchString(line) {
			return line
		}
	}
	return ""
}

// numeral matches a cell that begins with a number.
var numeral = regexp.MustCompile("^[*`~≈+-]*\\d")

// put adds a row with a name; false if its columns are others.
func (k *Keyed) put(name string, columns, values []string) bool {
	if len(k.rows) > 0 && !slices.Equal(k.Columns, columns) {
		return false
	}
	k.Columns = columns
	k.rows = append(k.rows, keyedRow{name: name, values: values})
	k.named = k.named || name != ""
	return true
}

// KeyedObjects returns the objects in a JSON text whose members are rows, all with the
// same columns.
func KeyedObjects(text []byte) []Keyed {
	inside := bytes.TrimSpace(text)
	if after, fenced := bytes.CutPrefix(inside, []byte("```json\n")); fenced {
		inside = bytes.TrimSpace(bytes.TrimSuffix(after, []byte("```")))
	}
	if len(inside) == 0 || inside[0] != '{' || !json.Valid(inside) {
		return nil
	}
	var list []Keyed
	var members func(from, nested int, key string)
	members = func(from, nested int, key string) {
		d := json.NewDecoder(bytes.NewReader(text[from:]))
		d.UseNumber()
		_, _ = d.Token() // the brace
		group := Keyed{Key: key}
		all := true
		for d.More() {
			t, _ := d.Token()
			var value json.RawMessage
			if d.Decode(&value) != nil {
				return
			}
			name, _ := t.(string)
			if value[0] != '{' || nested == limits.ValueDepth {
				all = false
				continue
			}
			members(from+int(d.InputOffset())-len(value), nested+1, name)
			columns, values, scalar := scalars(value)
			all = all && scalar && group.put(name, columns, values)
		}
		if all && len(group.Columns) > 1 {
			group.Section = Section{from, from + int(d.InputOffset()) + 1}
			list = append(list, group)
		}
	}
	members(bytes.IndexByte(text, '{'), 0, "")
	return list
}

// scalars returns the members of an object, sorted by their names; ok is false if one is
// an object or an array.
func scalars(object json.RawMessage) (columns, values []string, ok bool) {
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	of := map[string]any{}
	if d.Decode(&of) != nil {
		return nil, nil, false
	}
	for name := range of {
		columns = append(columns, name)
	}
	slices.Sort(columns)
	for i, name := range columns {
		switch of[name].(type) {
		case map[string]any, []any:
			return nil, nil, false
		}
		values = append(values, jsonField(of[name]).value)
		columns[i] = columnName(name)
	}
	return columns, values, true
}
