package rows

import (
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/diag"
)

// Maps and structs as Go prints them with %v and %+v: map[calls:5 query:SELECT 1]. Their
// texts have no quotes, so a value ends before the next key of the first row.

var (
	goRow = regexp.MustCompile(`(?:map\[|\{)[A-Za-z_]\w*:`)
	goKey = regexp.MustCompile(`(?:^| )([A-Za-z_]\w*):`)
)

var goRows = regexp.MustCompile(`^\s*(?:\[\]map\[string\]\w+)?\[?&?(?:map\[[A-Za-z_]\w*:|\{[A-Z]\w*:)`)

func isGo(head []byte) bool { return goRows.Match(head) }

func openGo(name string, b *source) (*Reader, error) {
	in := &lines{b: b.Reader}
	var r *Reader
	var columns map[string]int
	var keys []string
	var pending []Row
	twice := false // a text looks like a key
	read := func(text string, line int) {
		starts := goRow.FindAllStringIndex(text, -1)
		for i := 0; i < len(starts); i++ {
			key := text[strings.IndexAny(text[starts[i][0]:], "[{")+starts[i][0]+1 : starts[i][1]-1]
			if len(keys) > 0 && key != keys[0] {
				continue // within a value
			}
			end := len(text)
			for _, next := range starts[i+1:] {
				if strings.HasSuffix(text[next[0]:next[1]], text[starts[i][0]:starts[i][1]]) {
					end = next[0]
					break
				}
			}
			body := strings.TrimRight(text[starts[i][1]-len(key)-1:end], " ]}&,")
			if r == nil {
				for _, k := range goKey.FindAllStringSubmatchIndex(body, -1) {
					if strings.HasPrefix(body[k[1]:], ":") {
						continue // a cast of SQL
					}
					key := body[k[2]:k[3]]
					twice = twice || slices.Contains(keys, key)
					keys = append(keys, key)
				}
				r, columns = newReader(name, b, keys)
			}
			row := Row{Line: line, at: columns, fields: make([]field, len(keys))}
			for k := range keys {
				from := keyIn(body, keys[k])
				if from < 0 {
					row.fields[k].null = true
					continue
				}
				body = body[from+len(keys[k])+1:]
				value := body
				if k+1 < len(keys) {
					if to := keyIn(body, keys[k+1]); to >= 0 {
						value = body[:to]
					}
				}
				row.set(k, strings.TrimSpace(value))
			}
			pending = append(pending, row)
		}
	}
	more := func() bool {
		for len(pending) == 0 {
			text, ok := in.next()
			if !ok {
				return false
			}
			read(text, in.line)
		}
		return true
	}
	if !more() || twice {
		return nil, &diag.SyntaxError{Name: name, Line: 1, Want: "rows as Go prints them, with texts in quotes (%q) or as JSON"}
	}
	r.next = func() (Row, error) {
		if !more() {
			return Row{}, io.EOF
		}
		row := pending[0]
		pending = pending[1:]
		return row, nil
	}
	return r, nil
}

// keyIn returns where a key is in a text, or -1. Two colons are a cast of SQL.
func keyIn(text, key string) int {
	for from := 0; ; {
		i := strings.Index(text[from:], key+":")
		if i < 0 {
			return -1
		}
		at, end := from+i, from+i+len(key)+1
		if (at == 0 || text[at-1] == ' ') && (end == len(text) || text[end] != ':') {
			return at
		}
		from = end
	}
}
