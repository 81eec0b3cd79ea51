package review

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/workload"
)

// A second export tells more than the first when an hour has passed, and when
// the costliest statements have run often enough to compare their means.
const (
	secondAfter = time.Hour
	costliest   = 5
)

// WhenAgain says when a second export is worth taking after a first one.
func WhenAgain(docs iter.Seq2[*input.Doc, error]) (string, []error) {
	m := newInputSet(Options{Only: []input.Kind{input.Rows}})
	for doc, err := range docs {
		if err != nil {
			m.fail(doc, err)
			continue
		}
		m.read(doc)
	}
	if len(m.errs) > 0 {
		return "", m.errs
	}
	m.assemble()
	first, ok := m.snap.ExportedAt.Get()
	if !ok {
		return "", []error{errors.New("expected exports with an exported_at column, as written by pgverdict export")}
	}
	first = first.UTC()
	note := fmt.Sprintf("The first export was taken at %s. Take the second one after %s", first.Format("2006-01-02 15:04 UTC"), first.Add(secondAfter).Format("2006-01-02 15:04 UTC"))
	list := slices.Clone(m.snap.Statements)
	slices.SortStableFunc(list, func(a, b *workload.Statement) int { return cmp.Compare(b.TotalMs.Or(0), a.TotalMs.Or(0)) })
	slowest := 0.0
	for _, st := range list[:min(len(list), costliest)] {
		rate, ok := m.snap.StatementPerDay(st, func(s *workload.Statement) opt.Float { return s.Calls }).Get()
		if !ok || rate <= 0 {
			return note + ".", nil
		}
		slowest = max(slowest, manyCalls/rate)
	}
	if slowest > 0 {
		note += fmt.Sprintf(". After %s each of the %d most expensive statements will have run %d times", figures.Days(max(slowest, secondAfter.Hours()/24)), min(len(list), costliest), manyCalls)
	}
	return note + ".", nil
}
