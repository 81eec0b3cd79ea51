package workload

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"regexp"
	"slices"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	shapeIDs   = rule.NewThreshold("query_ids", 20, "query ids", "as many as IN lists of every length from 1 to 20 produce")
	shapeShare = rule.NewThreshold("share", 0.01, "share", "of total execution time, for all of them together")
	shapeRoom  = rule.NewThreshold("share_of_rows", 0.1, "share", "of the rows of pg_stat_statements")
)

// mostScattered returns the statements of one shape, the most expensive first:
// the shape with most time of those with many query ids. None if there is no
// such shape.
func mostScattered(c *rule.Case) []*workload.Statement {
	if float64(len(c.Snapshot.Statements)) < shapeIDs.In(c) {
		return nil
	}
	type shaped struct {
		shape uint64 // its hash: a shape can be long
		at    int
	}
	seed := maphash.MakeSeed()
	all := make([]shaped, 0, len(c.Snapshot.Statements))
	for i, s := range c.Snapshot.Statements {
		if s.TopLevel {
			all = append(all, shaped{shapeOf(c, s, seed), i})
		}
	}
	slices.SortFunc(all, func(a, b shaped) int { return cmp.Or(cmp.Compare(a.shape, b.shape), a.at-b.at) })
	var best []*workload.Statement
	most := 0.0
	for from, to := 0, 0; from < len(all); from = to {
		for to = from + 1; to < len(all) && all[to].shape == all[from].shape; to++ {
		}
		if float64(to-from) < shapeIDs.In(c) {
			continue
		}
		var list []*workload.Statement
		for _, one := range all[from:to] {
			list = append(list, c.Snapshot.Statements[one.at])
		}
		ms := rule.SumMs(list)
		if ms < shapeShare.In(c)*c.TotalMs() && float64(len(list)) < shapeRoom.In(c)*float64(len(c.Snapshot.Statements)) {
			continue
		}
		slices.SortFunc(list, func(a, b *workload.Statement) int {
			return cmp.Or(cmp.Compare(b.TotalMs.Or(0), a.TotalMs.Or(0)), cmp.Compare(a.QueryID, b.QueryID))
		})
		if best == nil || ms > most || ms == most && list[0].QueryID < best[0].QueryID {
			best, most = list, ms
		}
	}
	return best
}

// scatteredBy says how the statements of a shape differ.
func scatteredBy(shape []*workload.Statement) string {
	if sameTexts(shape) {
		return "The texts are identical, but the names refer to different tables: one schema per tenant (search_path)."
	}
	return "The texts differ in the length of a list, in a number within a name, or in a constant that the server keeps (COPY and other utility statements)."
}

// sameTexts reports whether most statements of a shape have one text.
func sameTexts(shape []*workload.Statement) bool {
	texts := map[string]bool{}
	for _, s := range shape {
		texts[s.Query.Raw()] = true
	}
	return 2*len(texts) <= len(shape)
}

var rowsOf = regexp.MustCompile(`\( \? \)( , \( \? \))+`) // VALUES of several rows

// queryWords begin the statements that are no utility statements.
var queryWords = map[string]bool{"select": true, "insert": true, "update": true, "delete": true, "merge": true, "with": true, "values": true, "table": true, "(": true}

// shapeOf returns the hash of a statement's text with lists folded; for utility statements
// the numbers in names are folded as well.
func shapeOf(c *rule.Case, s *workload.Statement, seed maphash.Seed) (hash uint64) {
	lex.Normalized(s.Query.Raw(), func(text []byte) {
		if bytes.Contains(text, []byte("( ? ) ,")) {
			text = rowsOf.ReplaceAll(text, []byte("( ? )"))
		}
		if isUtility(c, s, text) {
			text = withoutDigits(text)
		}
		hash = maphash.Bytes(seed, text)
	})
	return hash
}

// isUtility reports whether a statement is neither a query nor changes rows. The first
// word tells it for those that are not parsed.
func isUtility(c *rule.Case, s *workload.Statement, text []byte) bool {
	q := c.Statements[s]
	if q == nil && s.TotalMs.Or(0) < c.ParsedMs {
		first, _, _ := bytes.Cut(text, []byte(" "))
		return !queryWords[string(first)]
	}
	return q == nil || q.Kind == sql.Other
}

// withoutDigits replaces each number by 0.
func withoutDigits(text []byte) []byte {
	var b []byte
	for i, c := range text {
		digit := c >= '0' && c <= '9'
		switch {
		case !digit:
			b = append(b, c)
		case i == 0 || text[i-1] < '0' || text[i-1] > '9':
			b = append(b, '0')
		}
	}
	return b
}

// evicted reports whether statements were evicted or, if evictions are not
// counted, whether the view is full.
func evicted(c *rule.Case) bool {
	rows := float64(len(c.Snapshot.Statements))
	if dealloc, counted := c.Snapshot.Deallocated.Get(); counted || rows == 0 {
		return rows > 0 && dealloc > 0
	}
	return rows >= c.Snapshot.SettingNumber("pg_stat_statements.max").Or(rows+1)
}
