package workload

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	shapeIDs   = rule.NewThreshold("query_ids", 20, "", "of one shape: what an IN list of every length from 1 to 20 makes")
	shapeShare = rule.NewThreshold("share", 0.01, "share", "of total execution time, which the shape takes together")
	shapeRoom  = rule.NewThreshold("share_of_rows", 0.1, "share", "of the view's rows, which the shape takes up")
)

// mostScattered are the statements of the shape that is scattered over the most
// time, the costliest first; none where no shape is worth a word.
func mostScattered(c *rule.Case) []*workload.Statement {
	shapes := map[string][]*workload.Statement{}
	for _, s := range c.Snapshot.Statements {
		if s.TopLevel {
			text := shapeOf(c, s)
			shapes[text] = append(shapes[text], s)
		}
	}
	var best []*workload.Statement
	most := 0.0
	for _, list := range shapes {
		if float64(len(list)) < shapeIDs.In(c) {
			continue
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

// scatteredBy says what keeps the statements of a shape apart.
func scatteredBy(shape []*workload.Statement) string {
	if sameTexts(shape) {
		return "The texts are the same, and the names in them mean other tables: one schema for each tenant (search_path)."
	}
	return "They differ in the length of a list, in a number within a name, or in a constant where the server keeps it (COPY and other utility statements)."
}

// sameTexts reports whether most statements of a shape have one text.
func sameTexts(shape []*workload.Statement) bool {
	texts := map[string]bool{}
	for _, s := range shape {
		texts[s.Query.Raw()] = true
	}
	return 2*len(texts) <= len(shape)
}

var (
	digits = regexp.MustCompile(`[0-9]+`)
	rowsOf = regexp.MustCompile(`\( \? \)( , \( \? \))+`) // VALUES of several rows
)

// shapeOf is a statement's text with lists folded; of what is no query, with
// the numbers in names folded as well.
func shapeOf(c *rule.Case, s *workload.Statement) string {
	text := sql.Normalize(s.Query.Raw())
	if strings.Contains(text, "( ? ) ,") {
		text = rowsOf.ReplaceAllString(text, "( ? )")
	}
	if q := c.Statements[s]; q == nil || q.Kind == sql.Other {
		return digits.ReplaceAllString(text, "0")
	}
	return text
}

// evicted reports whether statements were thrown away, or where that is not
// counted, whether the view is full.
func evicted(c *rule.Case) bool {
	rows := float64(len(c.Snapshot.Statements))
	if dealloc, counted := c.Snapshot.Deallocated.Get(); counted || rows == 0 {
		return rows > 0 && dealloc > 0
	}
	return rows >= c.Snapshot.SettingNumber("pg_stat_statements.max").Or(rows+1)
}
