package review

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/workload"
)

// What counts as a change, so that noise does not.
const (
	slowerBy   = 1.5 // of the mean time
	slowerByMs = 5   // ms of it
	manyCalls  = 100 // in both times
	ranked     = 20  // a new or a gone statement is told of among so many by time
	growthBy   = 1.2
	growthSize = 10 << 20
	hotFell    = 0.2
	hotUpdates = 1000
)

// differences are what differs between two exports, and between two plans of
// one query.
func (b *builder) differences() []report.Change {
	out := []report.Change{}
	if b.base == nil {
		out = append(out, b.planChanges()...)
	}
	s := b.c.Snapshot
	if s == nil || s.Earlier() == nil {
		return out
	}
	out = append(out, b.statementChanges(s, s.Earlier())...)
	for _, t := range s.Tables {
		was := s.Earlier().Table(t.Schema, t.Name)
		if was == nil {
			continue
		}
		out = append(out, tableChanges(t, was)...)
		for _, ix := range t.Indexes {
			if c, ok := indexChange(ix, was.Index(ix.Name)); ok {
				out = append(out, c)
			}
		}
	}
	return out
}

// between is a statement in both exports, with what it did in between.
type between struct {
	now        *workload.Statement
	was        *workload.Statement // nil: it was not there
	meanBefore float64
}

func (b *builder) statementChanges(s, earlier *workload.Snapshot) []report.Change {
	var list []between
	for _, st := range s.Statements {
		if !st.TopLevel || b.c.Statements[st] == nil || !st.Calls.Known() {
			continue
		}
		x := between{now: st, was: earlier.Same(st)}
		if x.was != nil {
			x.meanBefore = x.was.MeanMs.Or(0)
		}
		list = append(list, x)
	}
	slices.SortStableFunc(list, func(x, y between) int {
		return cmp.Or(cmp.Compare(y.now.TotalMs.Or(0), x.now.TotalMs.Or(0)), cmp.Compare(x.now.QueryID, y.now.QueryID))
	})
	out := []report.Change{}
	for i, x := range list {
		calls, mean := x.now.Calls.Or(0), x.now.MeanMs.Or(0)
		switch {
		case x.was == nil && i < ranked && calls > 0:
			out = append(out, b.statementChange("statement-new", x, fmt.Sprintf("is new: %s, %s in total", figures.Plural(calls, "call"), figures.Ms(x.now.TotalMs.Or(0)))))
		case x.was != nil && calls >= manyCalls && x.was.Calls.Or(0) >= manyCalls && mean >= slowerBy*x.meanBefore && mean-x.meanBefore >= slowerByMs:
			out = append(out, b.statementChange("statement-regressed", x, fmt.Sprintf("takes %s per call instead of %s (%s calls)",
				figures.Ms(mean), figures.Ms(x.meanBefore), figures.Count(calls))))
		}
	}
	before := slices.Clone(earlier.Statements)
	slices.SortStableFunc(before, func(x, y *workload.Statement) int { return cmp.Compare(y.TotalMs.Or(0), x.TotalMs.Or(0)) })
	for _, was := range before[:min(len(before), ranked)] {
		now := s.Same(was)
		if !was.TopLevel || was.Hidden() || was.Calls.Or(0) < manyCalls || now != nil && now.Calls.Or(1) > 0 {
			continue
		}
		what := "did not run between the exports"
		if now == nil {
			what = "is not in the later export"
		}
		c := b.statementChange("statement-gone", between{now: was, was: was, meanBefore: was.MeanMs.Or(0)}, fmt.Sprintf("%s: %s calls before", what, figures.Count(was.Calls.Or(0))))
		c.After = opt.Float{}
		out = append(out, c)
	}
	return out
}

func (b *builder) statementChange(kind string, x between, what string) report.Change {
	c := report.Change{
		Kind: kind, Subject: x.now.QueryID, Unit: "ms", After: x.now.MeanMs,
		Object: oneLine(b.show(x.now.Query)), Title: oneLine(b.show(x.now.Query)) + " " + what,
	}
	if x.was != nil {
		c.Before = opt.Of(x.meanBefore)
	}
	return c
}

func tableChanges(t, was *workload.Table) []report.Change {
	var out []report.Change
	if now, old := t.Bytes().Or(0), was.Bytes().Or(0); old > 0 && now >= growthBy*old && now-old >= growthSize {
		out = append(out, report.Change{
			Kind: "table-growth", Subject: t.QName(), Object: t.QName(), Unit: "bytes", Before: opt.Of(old), After: opt.Of(now),
			Title: fmt.Sprintf("%s grew from %s to %s", t.QName(), figures.Bytes(old), figures.Bytes(now)),
		})
	}
	updates, hot := t.Updated.Or(0), t.HotUpdated.Or(0)
	if updates >= hotUpdates && was.Updated.Or(0) >= hotUpdates {
		old, now := was.HotUpdated.Or(0)/was.Updated.Or(1), hot/updates
		if old-now >= hotFell {
			out = append(out, report.Change{
				Kind: "hot-ratio-fell", Subject: t.QName(), Object: t.QName(), Unit: "share", Before: opt.Of(old), After: opt.Of(now),
				Title: fmt.Sprintf("%s of the updates of %s are HOT, %s before", figures.Share(now), t.QName(), figures.Share(old)),
			})
		}
	}
	return out
}

func indexChange(ix, was *workload.Index) (report.Change, bool) {
	between, known := ix.Scans.Get()
	if was == nil || !known || !was.Scans.Known() {
		return report.Change{}, false
	}
	c := report.Change{Subject: ix.QName(), Object: ix.QName(), Unit: "scans", Before: was.Scans, After: opt.Of(between)}
	switch {
	case between == 0 && was.Scans.Or(0) >= manyCalls:
		c.Kind = "index-now-unused"
		c.Title = fmt.Sprintf("%s was not scanned between the exports; %s scans before", ix.QName(), figures.Count(was.Scans.Or(0)))
	case between >= manyCalls && was.Scans.Or(0) == 0:
		c.Kind = "index-now-used"
		c.Title = fmt.Sprintf("%s was scanned %s times between the exports, and never before", ix.QName(), figures.Count(between))
	default:
		return c, false
	}
	return c, true
}
