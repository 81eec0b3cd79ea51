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
	slowerMs   = 5   // ms of it
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
	out := append([]report.Change{}, b.planChanges()...)
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

// between is a statement in both exports and what it did in between.
type between struct {
	now         *workload.Statement
	was         *workload.Statement // nil: it was not there
	calls, ms   float64             // in between
	meanBefore  float64
	meanBetween float64
}

func (b *builder) statementChanges(s, earlier *workload.Snapshot) []report.Change {
	var list []between
	for _, st := range s.Statements {
		if !st.TopLevel || b.c.Statements[st] == nil {
			continue
		}
		x := between{now: st, was: earlier.Same(st), calls: st.Calls.Or(0), ms: st.TotalMs.Or(0)}
		if x.was != nil {
			x.calls -= x.was.Calls.Or(0)
			x.ms -= x.was.TotalMs.Or(0)
			x.meanBefore = x.was.TotalMs.Or(0) / max(x.was.Calls.Or(0), 1)
		}
		if x.calls < 0 || x.ms < 0 {
			continue // evicted in between
		}
		x.meanBetween = x.ms / max(x.calls, 1)
		list = append(list, x)
	}
	slices.SortStableFunc(list, func(x, y between) int {
		return cmp.Or(cmp.Compare(y.ms, x.ms), cmp.Compare(x.now.QueryID, y.now.QueryID))
	})
	out := []report.Change{}
	for i, x := range list {
		switch {
		case x.was == nil && i < ranked && x.calls > 0:
			out = append(out, b.statementChange("statement-new", x, fmt.Sprintf("is new: %s, %s in all", figures.Plural(x.calls, "call"), figures.Ms(x.ms))))
		case x.was != nil && x.calls >= manyCalls && x.was.Calls.Or(0) >= manyCalls && x.meanBetween >= slowerBy*x.meanBefore && x.meanBetween-x.meanBefore >= slowerMs:
			out = append(out, b.statementChange("statement-regressed", x, fmt.Sprintf("takes %s instead of %s a call, in %s calls",
				figures.Ms(x.meanBetween), figures.Ms(x.meanBefore), figures.Count(x.calls))))
		}
	}
	before := slices.Clone(earlier.Statements)
	slices.SortStableFunc(before, func(x, y *workload.Statement) int { return cmp.Compare(y.TotalMs.Or(0), x.TotalMs.Or(0)) })
	for _, was := range before[:min(len(before), ranked)] {
		now := s.Same(was)
		if was.TopLevel && was.Calls.Or(0) >= manyCalls && (now == nil || now.Calls.Or(0) == was.Calls.Or(0)) {
			x := between{now: was, was: was, meanBefore: was.MeanMs.Or(0)}
			c := b.statementChange("statement-gone", x, fmt.Sprintf("did not run any more: %s calls before", figures.Count(was.Calls.Or(0))))
			c.After = opt.Float{}
			out = append(out, c)
		}
	}
	return out
}

func (b *builder) statementChange(kind string, x between, what string) report.Change {
	c := report.Change{
		Kind: kind, Subject: x.now.QueryID, Unit: "ms", After: opt.Of(x.meanBetween),
		Title: oneLine(b.show(x.now.Query)) + " " + what,
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
			Kind: "table-growth", Subject: t.QName(), Unit: "bytes", Before: opt.Of(old), After: opt.Of(now),
			Title: fmt.Sprintf("%s grew from %s to %s", t.QName(), figures.Bytes(old), figures.Bytes(now)),
		})
	}
	updates := t.Updated.Or(0) - was.Updated.Or(0)
	hot := t.HotUpdated.Or(0) - was.HotUpdated.Or(0)
	if updates >= hotUpdates && was.Updated.Or(0) >= hotUpdates && hot >= 0 {
		old, now := was.HotUpdated.Or(0)/was.Updated.Or(1), hot/updates
		if old-now >= hotFell {
			out = append(out, report.Change{
				Kind: "hot-ratio-fell", Subject: t.QName(), Unit: "share", Before: opt.Of(old), After: opt.Of(now),
				Title: fmt.Sprintf("%s of the updates of %s are HOT, %s before", figures.Share(now), t.QName(), figures.Share(old)),
			})
		}
	}
	return out
}

func indexChange(ix, was *workload.Index) (report.Change, bool) {
	if was == nil || !ix.Scans.Known() || !was.Scans.Known() || ix.Scans.Or(0) < was.Scans.Or(0) {
		return report.Change{}, false
	}
	between := ix.Scans.Or(0) - was.Scans.Or(0)
	c := report.Change{Subject: ix.QName(), Unit: "scans", Before: was.Scans, After: opt.Of(between)}
	switch {
	case between == 0 && was.Scans.Or(0) >= manyCalls:
		c.Kind = "index-now-unused"
		c.Title = fmt.Sprintf("%s was not scanned in between; %s scans before", ix.QName(), figures.Count(was.Scans.Or(0)))
	case between >= manyCalls && was.Scans.Or(0) == 0:
		c.Kind = "index-now-used"
		c.Title = fmt.Sprintf("%s was scanned %s times in between, and never before", ix.QName(), figures.Count(between))
	default:
		return c, false
	}
	return c, true
}
