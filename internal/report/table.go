package report

import (
	"io"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// table writes rows under a header; right names the columns of figures. It is
// the one place that uses tablewriter, for a page's few rows: an export's
// many are never a table.
func table(w io.Writer, markdown bool, header []string, right map[int]bool, rows [][]string) error {
	align := make(tw.Alignment, len(header))
	for i := range header {
		align[i] = tw.AlignLeft
		if right[i] {
			align[i] = tw.AlignRight
		}
	}
	options := []tablewriter.Option{
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithAlignment(align),
	}
	cell := func(s string) string { return strings.ReplaceAll(clean(s), "\n", " ") }
	if markdown {
		options = append(options, tablewriter.WithRenderer(renderer.NewMarkdown()))
		plain := cell
		cell = func(s string) string { return strings.ReplaceAll(plain(s), "|", `\|`) }
	} else {
		options = append(options, tablewriter.WithRendition(tw.Rendition{
			Symbols: tw.NewSymbols(tw.StyleNone),
			Borders: tw.BorderNone,
			Settings: tw.Settings{
				Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off, ShowHeader: tw.Off},
				Lines:      tw.Lines{ShowHeaderLine: tw.Off},
			},
		}), tablewriter.WithPadding(tw.Padding{Left: "", Right: "  ", Overwrite: true}))
	}
	var b strings.Builder
	t := tablewriter.NewTable(&b, options...)
	t.Header(cells(header, cell))
	for _, row := range rows {
		if err := t.Append(cells(row, cell)); err != nil {
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

func cells(list []string, cell func(string) string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = cell(s)
	}
	return out
}
