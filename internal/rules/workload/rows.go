package workload

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

// rowWidth returns the average width of a table's rows by its columns' statistics,
// and its widest column with its width.
func rowWidth(t *workload.Table) (sum float64, widest string) {
	most := 0.0
	for _, col := range t.Columns {
		if col.Stats == nil {
			continue
		}
		w := col.Stats.AvgWidth.Or(0) * (1 - col.Stats.NullFrac.Or(0))
		sum += w
		if w > most {
			most, widest = w, fmt.Sprintf("%s.%s (%s)", t.Name, col.Name, figures.Bytes(w))
		}
	}
	return sum, widest
}

// A heap page and a row on it (bufpage.h, htup_details.h): what the page header
// leaves of 8 kB, the row's header and its line pointer.
const (
	heapRoom  = 8168
	rowHeader = 24
	rowPtr    = 4
)

// storedWidth returns the average size of a row, including its header and its
// values in the TOAST table; absent if a column has no statistics or the sizes
// are unknown.
func storedWidth(t *workload.Table) opt.Float {
	if t == nil || len(t.Columns) == 0 {
		return opt.Float{}
	}
	for _, col := range t.Columns {
		if col.Stats == nil || !col.Stats.AvgWidth.Known() {
			return opt.Float{}
		}
	}
	width, _ := rowWidth(t)
	return opt.Both(toastBytes(t), t.RowCount(), func(toast, rows float64) float64 { return rowHeader + rowPtr + width + toast/max(rows, 1) })
}

// toastBytes returns the size of a table's TOAST table and its index.
func toastBytes(t *workload.Table) opt.Float {
	sum := opt.Both(t.TotalBytes, t.SizeBytes, func(total, heap float64) float64 { return total - heap })
	for _, ix := range t.Indexes {
		sum = opt.Both(sum, rule.SizeOf(ix), func(a, b float64) float64 { return a - b })
	}
	return opt.Map(sum, func(bytes float64) float64 { return max(bytes, 0) })
}
