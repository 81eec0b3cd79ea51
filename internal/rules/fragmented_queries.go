package rules

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	shapeIDs   = NewThreshold("query_ids", 20, "", "of one shape: what an IN list of every length from 1 to 20 makes")
	shapeShare = NewThreshold("share", 0.01, "share", "of the exported time, which the shape takes together")
	shapeRoom  = NewThreshold("share_of_rows", 0.1, "share", "of the view's rows, which the shape takes up")
)

var fragmentedQueries = Rule{
	ID:     "fragmented-queries",
	Title:  "One statement stands under many query ids",
	Sees:   "Twenty query ids or more whose texts are the same, or differ only in the length of a list, in a number in the name of a savepoint, cursor or prepared statement, or in the constants of COPY and other utility statements.",
	Why:    "Each of them is small in every ranking, and together they may be the costliest statement of all; and they push others out of pg_stat_statements.",
	Silent: "Shapes that take little time and little room; pg_stat_statements has forgotten statements already (statements-evicted, which names the shape).",
	Fix:    "= ANY($1) with an array instead of IN ($1, $2, ...); one name for savepoints and cursors.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html",
	},
	Thresholds: []*Threshold{shapeIDs, shapeShare, shapeRoom},
	Rank:       rankWorkload,
	Needs:      []workload.View{workload.ViewStatements},
	Case: func(c *Case, found func(Found)) {
		if c.Snapshot == nil {
			return
		}
		if c.evicted() || c.TotalMs() <= 0 {
			return // it is said there; or of how much they are a part is not known
		}
		shape := c.mostScattered()
		if len(shape) == 0 {
			return
		}
		share := c.shareOf(shape).Or(0)
		top := shape[0]
		var e evidence
		e.text("the costliest of them", top.Query, "pg_stat_statements")
		e.number("query ids of the shape", opt.Of(float64(len(shape))), "", "pg_stat_statements")
		e.number("their share of the exported time", opt.Of(share), "share", "pg_stat_statements")
		e.number("the costliest one's share", c.shareOf(shape[:1]), "share", "pg_stat_statements")
		e.number("statements in the export", opt.Of(float64(len(c.Snapshot.Statements))), "statements", "pg_stat_statements")
		f := Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Low, Evidence: e, Share: opt.Of(share)}, Statement: top}
		f.Title = redact.Sprintf("%d query ids are one statement and take %s of the exported time together", len(shape), figures.Share(share))
		f.Detail = redact.Sprintf("%s The costliest alone shows as %s.", scatteredBy(shape), figures.Share(c.shareOf(shape[:1]).Or(0)))
		if sameTexts(shape) {
			f.Fix = redact.Plain("Look at the statement as a whole when it is tuned, and raise pg_stat_statements.max for the number of schemas.")
			found(f)
			return
		}
		f.Fix = redact.Plain("Pass an array: = ANY($1) instead of IN ($1, $2, ...); use one name for savepoints, cursors and prepared statements. Look at the statement as a whole when it is tuned.")
		found(f)
	},
}

// mostScattered are the statements of the shape that is scattered over the most
// time, the costliest first; none where no shape is worth a word.
func (c *Case) mostScattered() []*workload.Statement {
	shapes := map[string][]*workload.Statement{}
	for _, s := range c.Snapshot.Statements {
		if s.TopLevel {
			text := c.shapeOf(s)
			shapes[text] = append(shapes[text], s)
		}
	}
	var best []*workload.Statement
	most := 0.0
	for _, list := range shapes {
		if float64(len(list)) < shapeIDs.In(c) {
			continue
		}
		ms := sumMs(list)
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
func (c *Case) shapeOf(s *workload.Statement) string {
	text := sql.Normalize(s.Query.Raw())
	if strings.Contains(text, "( ? ) ,") {
		text = rowsOf.ReplaceAllString(text, "( ? )")
	}
	if q := c.Statements[s]; q == nil || q.Kind == sql.Other {
		return digits.ReplaceAllString(text, "0")
	}
	return text
}
