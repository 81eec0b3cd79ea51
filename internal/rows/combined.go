package rows

import (
	"errors"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/diag"
)

// combined returns a reader of rows in which people put several columns into one, as in
// "ins / upd / del" with 5 / 0 / 12 below it, each of them as a column. It is the reader
// itself if the first row shows that the header means something else, such as calls/s.
func combined(r *Reader) *Reader {
	parts := make([][]string, len(r.columns))
	any := false
	for i, c := range r.columns {
		if parts[i] = partNames(c); len(parts[i]) > 1 {
			any = true
		}
	}
	if !any {
		return r
	}
	read := r.next
	first, err := read()
	again := true
	r.next = func() (Row, error) {
		if again {
			again = false
			return first, err
		}
		return read()
	}
	if err != nil {
		return r
	}
	for i := range parts {
		if len(parts[i]) > 1 && strings.Count(first.fields[i].value, "/") != len(parts[i])-1 {
			parts[i] = parts[i][:1]
			parts[i][0] = r.columns[i]
		}
	}
	columns := slices.Concat(parts...)
	if len(columns) == len(r.columns) {
		return r
	}
	at := map[string]int{}
	for i, c := range columns {
		if _, twice := at[c]; !twice {
			at[c] = i
		}
	}
	single := r.next
	r.columns = columns
	r.next = func() (Row, error) {
		row, err := single()
		if err != nil {
			return row, err
		}
		whole := Row{Line: row.Line, Damaged: row.Damaged, at: at, fields: make([]field, 0, len(columns))}
		for i, f := range row.fields {
			values := []string{f.value}
			if len(parts[i]) > 1 {
				values = strings.Split(f.value, "/")
			}
			switch {
			case f.null:
				whole.fields = append(whole.fields, slices.Repeat([]field{f}, len(parts[i]))...)
				continue
			case len(values) != len(parts[i]):
				return row, &diag.SyntaxError{Name: r.name, Line: row.Line, Want: "as many values as column " + strings.Join(parts[i], " / ") + " has names", Err: errors.New("it has others")}
			}
			for _, v := range values {
				whole.fields = append(whole.fields, cell(strings.TrimSpace(v)))
			}
		}
		return whole, nil
	}
	return r
}

// partNames returns the names that a header puts into one. What only the last of them says
// holds for all: seq/idx scans.
func partNames(column string) []string {
	parts := strings.Split(column, "/")
	for i := range parts {
		if parts[i] = strings.Trim(parts[i], "_ "); parts[i] == "" {
			return []string{column}
		}
	}
	last := len(parts) - 1
	if _, shared, several := strings.Cut(parts[last], "_"); several && last > 0 {
		for i := range last {
			if !strings.Contains(parts[i], "_") {
				parts[i] += "_" + shared
			}
		}
	}
	return parts
}
