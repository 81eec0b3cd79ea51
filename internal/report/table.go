package report

import (
	"io"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/tw"
)

// textTable writes rows under a header, in so many columns of a terminal; right
// names the columns of figures. It is the one place that uses tablewriter, for
// a page's few rows: an export's many are never a table.
func textTable(w io.Writer, header []string, right map[int]bool, rows [][]string, width int) error {
	align := make(tw.Alignment, len(header))
	for i := range header {
		align[i] = tw.AlignLeft
		if right[i] {
			align[i] = tw.AlignRight
		}
	}
	all := make([][]string, 0, len(rows)+1)
	for _, row := range append([][]string{header}, rows...) {
		all = append(all, plainCells(row))
	}
	fit(all, right, width)
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
		out[i] = strings.ReplaceAll(clean(s), "\n", " ")
	}
	return out
}

// fit cuts texts until the rows fit a terminal: always in the widest column,
// and never in a column of figures.
func fit(rows [][]string, right map[int]bool, width int) {
	const least = 12 // of a text that still says something
	widths := make([]int, len(rows[0]))
	total := -len(gap)
	for c := range widths {
		for _, row := range rows {
			widths[c] = max(widths[c], displaywidth.String(row[c]))
		}
		total += widths[c] + len(gap)
	}
	for total > width {
		widest := -1
		for c, w := range widths {
			if !right[c] && w > least && (widest < 0 || w > widths[widest]) {
				widest = c
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
		total--
	}
	for _, row := range rows {
		for c := range row {
			if displaywidth.String(row[c]) > widths[c] {
				row[c] = oneLine(row[c], widths[c])
			}
		}
	}
}
