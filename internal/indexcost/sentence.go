package indexcost

import (
	"fmt"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
)

// Sentence says the cost in one line for a person; what is not known is left
// out, and of nothing known the sentence is empty.
func (w WriteCost) Sentence() string {
	var parts []string
	if bytes, known := w.WALBytesPerInsert.Get(); known {
		text := figures.PerWrite(bytes) + " more WAL per INSERT"
		if entries := w.EntriesPerInsert.Or(0); entries > 1 {
			text += fmt.Sprintf(" (%s index entries)", figures.Count(entries))
		}
		parts = append(parts, text)
	}
	if lost, known := w.HOTUpdatesLostShare.Get(); known && lost > 0 {
		text := figures.Share(lost) + " of updates are no longer HOT"
		if bytes, known := w.WALBytesPerLostHOT.Get(); known {
			text += fmt.Sprintf(", each writes %s more WAL (%s)", figures.PerWrite(bytes), indexCount(w.IndexesPerLostHOT))
		}
		parts = append(parts, text)
	}
	if a, known := w.Amplification.Get(); known {
		parts = append(parts, "write amplification "+figures.Times(a))
	}
	if bytes, known := w.WALBytesPerDay.Get(); known {
		text := fmt.Sprintf("about %s WAL per day", figures.Bytes(bytes))
		switch images, counted := w.FullPageBytesPerDay.Get(); {
		case bytes == 0:
			text = "no writes recorded"
		case !counted:
			text += " (full page images not counted)"
		case images > 0:
			text += fmt.Sprintf(" (%s full page images)", figures.Bytes(images))
		}
		parts = append(parts, text)
	}
	if len(parts) > 0 && w.Basis != basisViews {
		parts = append(parts, "write rate unknown (export pg_stat_user_tables)")
	}
	return strings.Join(parts, "; ")
}

func indexCount(n int) string {
	if n == 1 {
		return "this index"
	}
	return fmt.Sprintf("%d indexes", n)
}
