package workload

import (
	"cmp"
	"hash/maphash"
	"regexp"
	"slices"
	"strings"

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
	seed := maphash.MakeSeed()
	hashes, ids := make([]uint64, len(c.Snapshot.Statements)), map[uint64]int{} // of the shapes, which can be long
	for i, s := range c.Snapshot.Statements {
		if s.TopLevel {
			hashes[i] = maphash.String(seed, shapeOf(c, s))
			ids[hashes[i]]++
		}
	}
	shapes := map[uint64][]*workload.Statement{}
	for i, s := range c.Snapshot.Statements {
		if s.TopLevel && float64(ids[hashes[i]]) >= shapeIDs.In(c) {
			shapes[hashes[i]] = append(shapes[hashes[i]], s)
		}
	}
	var best []*workload.Statement
	most := 0.0
	for _, list := range shapes {
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

// shapeOf returns a statement's text with lists folded; for utility statements
// the numbers in names are folded as well.
func shapeOf(c *rule.Case, s *workload.Statement) string {
	text := lex.Normalize(s.Query.Raw())
	if strings.Contains(text, "( ? ) ,") {
		text = rowsOf.ReplaceAllString(text, "( ? )")
	}
	q := c.Statements[s]
	if q == nil && s.TotalMs.Or(0) < c.ParsedMs {
		if first, _, _ := strings.Cut(text, " "); queryWords[first] {
			return text
		}
	}
	if q == nil || q.Kind == sql.Other {
		return withoutDigits(text)
	}
	return text
}

// withoutDigits replaces each number by 0.
func withoutDigits(text string) string {
	var b strings.Builder
	for i := range len(text) {
		digit := text[i] >= '0' && text[i] <= '9'
		switch {
		case !digit:
			b.WriteByte(text[i])
		case i == 0 || text[i-1] < '0' || text[i-1] > '9':
			b.WriteByte('0')
		}
	}
	return b.String()
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
