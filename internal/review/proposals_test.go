package review_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
	"github.com/pgverdict/pgverdict/internal/testcase"
)

// TestProposals: over all cases, an index is proposed for a node with a real part of the
// time, or for the workload; none that the plan uses under its usual name; and a
// verdict on a plan is about at least half of its time, or names the costliest node.
func TestProposals(t *testing.T) {
	paths := []string{"../../testdata/demo"}
	for _, name := range testcase.Glob(t, "../../testdata/rules/*/*") {
		paths = append(paths, testcase.Unpack(t, name))
	}
	for _, root := range []string{"../../../shared/corpus/field-plans", "../../../shared/corpus/findings", "../../../shared/corpus/plans"} {
		_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				paths = append(paths, path)
			}
			return nil
		})
	}
	for _, path := range paths {
		r, _ := review.Run(input.Open([]string{path}, nil), review.Options{})
		for _, rec := range r.Recommendations {
			if rec.Action == "create_index" {
				worthIt(t, path, r, rec)
				notInUse(t, path, r, rec)
			}
		}
		aboutHalf(t, path, r)
	}
}

// worthIt: an index for a plan alone is for at least a twentieth of its time.
func worthIt(t *testing.T, path string, r *report.Report, rec report.Recommendation) {
	most := 0.0
	for _, i := range rec.Findings {
		f := r.Findings[i]
		at, ofPlan := f.Where.Plan.Get()
		if !ofPlan || !f.Share.Known() || !r.Plans[at].Analyzed {
			return
		}
		most = max(most, f.Share.Or(0))
	}
	workload := slices.ContainsFunc(rec.Serves, func(s report.Serves) bool { return !s.Plan.Known() })
	if len(rec.Findings) > 0 && most < 0.05 && !workload {
		t.Errorf("%s: %s is proposed for %.3f of the time", path, rec.Title, most)
	}
}

// notInUse: no plan uses an index whose name says that it has the same columns.
func notInUse(t *testing.T, path string, r *report.Report, rec report.Recommendation) {
	if rec.Index == nil || rec.Index.Method != "btree" || rec.Index.Where != "" || len(rec.Index.Include) > 0 {
		return
	}
	for _, p := range r.Plans {
		for _, n := range p.Whole().Nodes {
			p.Describe(&n)
			if n.Index == nil {
				continue
			}
			named := indexadvisor.ColumnsByName(*n.Index, rec.Index.Table, rec.Index.Keys)
			if len(named) > 0 && slices.Equal(named, rec.Index.Keys) && !strings.HasSuffix(*n.Index, "_pkey") {
				t.Errorf("%s: %s is proposed, and the plan uses %s", path, rec.Title, *n.Index)
			}
		}
	}
}

// aboutHalf: the verdict on an executed plan is a finding on half of its time, names the
// costliest node, or says where else the time went.
func aboutHalf(t *testing.T, path string, r *report.Report) {
	if len(r.Plans) != 1 || !r.Plans[0].Analyzed || !r.Plans[0].Complete || r.Workload != nil {
		return
	}
	p := r.Plans[0]
	exec, timed := p.ExecutionMs.Get()
	top, self := 0, 0.0
	for _, n := range p.Whole().Nodes {
		if v := n.SelfMs.Or(0); v > self && !strings.HasPrefix(n.Type, "Gather") {
			top, self = n.ID, v
		}
	}
	if !timed || exec < 100 || self < exec/2 {
		return
	}
	if lead, ok := r.Summary.Lead.Get(); ok && r.Findings[lead].Share.Or(1) >= 0.5 {
		return
	}
	if !strings.Contains(r.Summary.Verdict, fmt.Sprintf("#%d ", top)) {
		t.Errorf("%s: %.0f%% of %.0f ms are in #%d: %s", path, 100*self/exec, exec, top, r.Summary.Verdict)
	}
}
