package input

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/rows"
)

// Lists of redundant indexes have the columns of an index behind its name.

// covered matches an index and another one that has its columns, with the columns of both:
// as text or as a page, and one behind the other in a table.
var (
	covered = regexp.MustCompile(`(?i)\bon\s+(` + plainName + `)` + apart + `(` + plainName + `)\s*\(([^()\n]+)\)` + apart + `is\s+covered\s+by` + apart + `(` + plainName + `)\s*\(([^()\n]+)\)`)
	keyed   = regexp.MustCompile("^`?(" + plainName + ")`?\\s*\\(([^()]+)\\)`?$")
)

const (
	plainName = `[\pL_"][\pL\d_$."]*`
	apart     = `(?:\s|/|<[^<>]*>)+`
)

// pair is an index and one that begins with its columns.
type pair struct{ table, narrow, keys, wide, wideKeys string }

// coveredIndexes finds lists of redundant indexes which give the columns of both.
func (in *results) coveredIndexes() {
	var list []pair
	s := result{in: in.script}
	for _, m := range covered.FindAllSubmatchIndex(in.script, -1) {
		at := func(i int) string { return string(in.script[m[2*i]:m[2*i+1]]) }
		list = append(list, pair{at(1), at(2), at(3), at(4), at(5)})
		if len(list) == 1 {
			s.From = m[0]
		}
		s.To = m[1]
	}
	if len(list) == 0 {
		lines := rows.CellLines(in.script)
		for _, l := range lines {
			if strings.Count(l.Text(), "(") < 2 {
				continue // no columns of two indexes
			}
			for _, r := range l.Readings() {
				var names, keys []string
				table := ""
				for _, cell := range r.Text {
					if m := keyed.FindStringSubmatch(cell); m != nil {
						names, keys = append(names, m[1]), append(keys, m[2])
					} else if len(names) == 0 && table == "" {
						table = cell
					}
				}
				if len(names) != 2 || table == "" {
					continue
				}
				if list = append(list, pair{table, names[0], keys[0], names[1], keys[1]}); len(list) == 1 {
					s.From = l.From
				}
				s.To = l.To
				break
			}
		}
		if !pairsSay.Match(in.script[:s.To]) {
			return
		}
	}
	unsure := 0
	s.ready, unsure = definitions(list, 1+bytes.Count(in.script[:s.From], []byte("\n")))
	if len(list) == unsure {
		s.why = "these are indexes of which one covers the other, and may be unique. Export their definitions: pgverdict export"
	} else if unsure > 0 {
		in.note(s, fmt.Sprintf("%d of %d pairs of indexes, of which one may be unique. Export their definitions: pgverdict export", unsure, len(list)))
	}
	if len(list) == 0 {
		return
	}
	overlaps := func(r result) bool { return r.From < s.To && s.From < r.To }
	if i := slices.IndexFunc(in.all, overlaps); i >= 0 {
		s.From = min(s.From, in.all[i].From) // with the header
	}
	in.all = append(slices.DeleteFunc(in.all, overlaps), s)
}

// pairsSay matches what a list calls an index whose columns another one has.
var pairsSay = regexp.MustCompile(`(?i)\b(?:cover(?:s|ed|ing)|redundant|duplicate|prefix|superseded)\w*\b`)

// definitions returns the indexes of pairs as rows of pg_indexes, and the number of pairs that
// it leaves out. An index that a list does not call redundant although it is a prefix of
// another one, or has the same columns, is unique or of another kind, which the list does not
// tell.
func definitions(list []pair, line int) (csvText []byte, unsure int) {
	narrow := map[string]bool{}
	for _, p := range list {
		narrow[p.table+"."+p.narrow] = true
	}
	out := bytes.NewBuffer(bytes.Repeat([]byte("\n"), line-1))
	w := csv.NewWriter(out)
	_ = w.Write([]string{"tablename", "indexname", "indexdef"}) // into memory
	for _, p := range list {
		prefix := func(a, b string) bool {
			return strings.HasPrefix(strings.Join(lex.List(b), ",")+",", strings.Join(lex.List(a), ",")+",")
		}
		other := func(q pair) bool {
			return q.table == p.table && q.wide != p.wide && prefix(p.wideKeys, q.wideKeys)
		}
		if !prefix(p.keys, p.wideKeys) || prefix(p.wideKeys, p.keys) || !narrow[p.table+"."+p.wide] && slices.ContainsFunc(list, other) {
			unsure++
			continue
		}
		for _, ix := range [...][2]string{{p.narrow, p.keys}, {p.wide, p.wideKeys}} {
			var keys []string
			for _, key := range lex.List(ix[1]) {
				keys = append(keys, quoted(key))
			}
			_ = w.Write([]string{strings.ReplaceAll(p.table, `"`, ""), strings.Trim(ix[0], `"`), "CREATE INDEX " + quotedPath(ix[0]) + " ON " + quotedPath(p.table) + " USING btree (" + strings.Join(keys, ", ") + ")"})
		}
	}
	w.Flush()
	return out.Bytes(), unsure
}

// quoted returns the name of a key as SQL has it: a list shows it without its quotes. What is
// more than a name is SQL.
func quoted(key string) string {
	if key = strings.TrimSpace(key); strings.ContainsAny(key, ` "(`) {
		return key
	}
	return lex.QuoteIdent(key)
}

// quotedPath returns a name, which may have its schema, as SQL has it.
func quotedPath(name string) string {
	schema, bare, both := strings.Cut(strings.ReplaceAll(name, `"`, ""), ".")
	if !both {
		return lex.QuoteIdent(schema)
	}
	return lex.QuoteIdent(schema) + "." + lex.QuoteIdent(bare)
}
