package report

import (
	"io"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/tw"
)

// textTable writes rows under a header in width columns. right has the columns of
// figures, spare the columns that are omitted first if there is no room.
func textTable(w io.Writer, header []string, right map[int]bool, rows [][]string, width int, spare ...string) error {
	all := make([][]string, 0, len(rows)+1)
	for _, row := range append([][]string{header}, rows...) {
		all = append(all, plainCells(row))
	}
	all, figures := fit(all, right, width, spare)
	align := make(tw.Alignment, len(figures))
	for c := range figures {
		align[c] = tw.AlignLeft
		if figures[c] {
			align[c] = tw.AlignRight
		}
	}
	var b strings.Builder
	t := tablewriter.NewTable(&b,
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithAlignment(align),
		tablewriter.WithRendition(tw.Rendition{
			Symbols: tw.NewSymbols(tw.StyleNone),
			Borders: tw.BorderNone,
			Settings: tw.Settings{
				Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off, ShowHeader: tw.Off},
				Lines:      tw.Lines{ShowHeaderLine: tw.Off},
			},
		}),
		tablewriter.WithPadding(tw.Padding{Left: "", Right: gap, Overwrite: true}))
	t.Header(all[0])
	for _, row := range all[1:] {
		if err := t.Append(row); err != nil {
			return err
		}
	}
	if err := t.Render(); err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) {
		if _, err := io.WriteString(w, strings.TrimRight(line, " \n")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

func plainCells(row []string) []string {
	out := make([]string, len(row))
	for i, s := range row {
		out[i] = flat(s)
	}
	return out
}

// fit makes the rows fit a terminal: it omits the bars, then the spare columns, and
// then cuts texts in the widest column. Figures are never cut. It also reports
// which columns have figures.
func fit(rows [][]string, right map[int]bool, width int, spare []string) (fitting [][]string, figures []bool) {
	const least = 12 // of a text that is still readable
	widths := make([]int, len(rows[0]))
	total := -len(gap)
	for c := range widths {
		for _, row := range rows {
			widths[c] = max(widths[c], displaywidth.String(row[c]))
		}
		total += widths[c] + len(gap)
	}
	gone := make([]bool, len(widths))
	for _, goes := range []func(int) bool{
		func(c int) bool { return isBars(rows, c) },
		func(c int) bool { return c > 0 && slices.Contains(spare, rows[0][c]) },
	} {
		for c := range widths {
			if total > width && goes(c) {
				total -= widths[c] + len(gap)
				gone[c] = true
			}
		}
	}
	for total > width {
		widest := -1
		for c, w := range widths {
			if !gone[c] && !right[c] && w > least && (widest < 0 || w > widths[widest]) {
				widest = c
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
		total--
	}
	fitting = make([][]string, len(rows))
	for c, w := range widths {
		if gone[c] {
			continue
		}
		figures = append(figures, right[c])
		for i, row := range rows {
			text := row[c]
			if displaywidth.String(text) > w {
				text = oneLine(text, w)
			}
			fitting[i] = append(fitting[i], text)
		}
	}
	return fitting, figures
}

// isBars reports whether a column has only bars.
func isBars(rows [][]string, c int) bool {
	drawn := false
	for _, row := range rows {
		if strings.Trim(row[c], "#") != "" {
			return false
		}
		drawn = drawn || row[c] != ""
	}
	return drawn
}
