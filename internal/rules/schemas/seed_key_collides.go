package schemas

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var seedKeyCollides = rule.Rule{
	ID:      "seed-key-collides",
	Title:   "Seed with keys that the sequence hands out again",
	Sees:    "An INSERT with fixed numbers in a unique column that a sequence fills, at or above the number at which the sequence starts.",
	Why:     "A fixed key does not advance the sequence. The sequence hands out the same number later, and that INSERT fails with a duplicate key.",
	Silent:  "A statement of the files sets the sequence (setval, RESTART). Keys below the start of the sequence. The column is not unique.",
	Fix:     "Set the sequence behind the seed: SELECT setval(pg_get_serial_sequence('table', 'column'), (SELECT max(column) FROM table)).",
	Sources: []string{manual + "functions-sequence.html"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		said := map[string]bool{}
		for s := range seeds(c) {
			for i, name := range s.columns {
				col := s.table.Column(name)
				at := columnOf(s.table, name)
				if said[at] || col == nil || !isFilled(col) || !isUniqueAlone(s.table, name) {
					continue
				}
				sequence := s.table.Schema.Get(col.Sequence)
				start := startOf(s.table, sequence)
				largest := 0
				for _, row := range s.rows() {
					if items := row.List("items"); i < len(items) {
						if n := items[i].Get("ival.ival").Int(); items[i].Kind == "A_Const" && int(n) > largest {
							largest = int(n)
						}
					}
				}
				if largest < start || advances(c, s.table, sequence) {
					continue
				}
				said[at] = true
				f := s.say(c.InSchema(s.table, finding.Confirmed, finding.Low))
				f.Where.Column = name
				f.Title = redact.Sprintf("INSERT into %s sets %s to %d, which its sequence hands out again", s.table.Name.Short(), at, largest)
				f.Detail = redact.Sprintf("The sequence starts at %d, and a fixed key does not advance it. A later INSERT that leaves out %s fails with a duplicate key.", start, quoted(name))
				f.Fix = redact.Sprintf("Run behind the seed: SELECT setval(pg_get_serial_sequence('%s', '%s'), (SELECT max(%s) FROM %[1]s));", s.table.Name.String(), name, quoted(name))
				found(f)
			}
		}
	},
}

// isFilled reports whether a sequence fills a column that an INSERT leaves out, and an
// INSERT may fill it itself.
func isFilled(col *catalog.Column) bool {
	return col.Identity == "BY DEFAULT" || col.Identity == "" && (col.Type.Serial || col.Sequence != 0)
}

// isUniqueAlone reports whether a column is unique by itself.
func isUniqueAlone(t *design.Table, name string) bool {
	return slices.ContainsFunc(t.Uniques(), func(u design.Unique) bool { return u.Whole && len(u.Columns) == 1 && u.Columns[0] == name })
}

var sequenceStart = regexp.MustCompile(`(?i)\bSTART\s+(?:WITH\s+)?(\d+)|\bMINVALUE\s+(\d+)`)

// startOf returns the number at which a sequence starts, by what created it or its table.
func startOf(t *design.Table, sequence *catalog.Relation) int {
	text := t.Definition
	if sequence != nil {
		text += " " + sequence.Definition
	}
	start := 1
	for _, m := range sequenceStart.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1] + m[2])
		start = max(start, n)
	}
	return start
}
