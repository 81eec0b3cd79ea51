package plan

import (
	"io"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rows"
)

// Plans that were kept in a table, as the rows of a query show them: beside a plan are the
// columns of its row, and its lines are those of a cell.

// statementColumns are the names of a column with the statement of a row.
var statementColumns = []string{"query", "query_text", "statement", "sql", "sql_text", "stmt"}

// readCells reads the lines as rows with a plan in a cell. The reading counts if it has more
// figures than that of the lines as they are, or lost nothing where that did.
func (d *document) readCells(lines []line) {
	text := make([]string, len(lines))
	for i, l := range lines {
		text[i] = l.text
	}
	table, err := rows.Open("", strings.NewReader(strings.Join(text, "\n")+"\n"))
	if err != nil || len(table.Columns()) < 2 {
		return
	}
	cells := &document{}
	in := map[string]bool{} // the columns with plans
	for {
		r, err := table.Next()
		if err == io.EOF {
			break
		}
		if err != nil || r.Line == 0 {
			continue
		}
		if !d.inRow(r, table.Columns(), lines, in, cells) {
			return
		}
	}
	if n, _ := table.Lost(); n > 0 || len(cells.plans) == 0 {
		return
	}
	if more := figuresOf(cells.plans) - figuresOf(d.plans); more > 0 || more == 0 && cells.isWhole() {
		d.plans, d.err = cells.plans, nil
	}
}

// inRow adds the plans in the cells of a row. It returns false if a column with plans has
// something else in another row: then its rows are the lines of a plan.
func (d *document) inRow(r rows.Row, columns []string, lines []line, in map[string]bool, cells *document) bool {
	query := ""
	var plans []*Plan
	for _, c := range columns {
		s, _ := r.Get(c)
		switch _, arrow := cutArrow(strings.TrimLeft(s, " ")); {
		case arrow:
			return false
		case holdsPlan(s):
			in[c] = true
			plans = append(plans, d.rows([]row{{s, lines[min(r.Line, len(lines))-1].no}})...)
		case in[c] && s != "":
			return false
		case slices.Contains(statementColumns, c):
			query = s
		}
	}
	for _, p := range plans {
		if p.Query.Empty() {
			p.Query = redact.SQL(query)
		}
	}
	cells.plans = append(cells.plans, plans...)
	return true
}
