package indexcost

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgtest"
	"github.com/pgverdict/pgverdict/workload"
)

// GIN indexes that PostgreSQL 15.18 built on 300,000 rows of one document or array each,
// with 64 MB of maintenance_work_mem: of keys that all rows have, the pages are full of row
// pointers, and of keys that one row has each, half full of keys.
func TestDocumentKeys(t *testing.T) {
	const rows = 300000
	values := func(n, of int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf(`"{\"a\": %d}"`, i%of))
		}
		return list
	}
	for _, test := range []struct {
		name       string
		histogram  []string
		class      string
		pages, fit float64 // of the heap and of the index
	}{
		{"13 values", values(101, 13), "jsonb_path_ops", 2207, 67},
		{"nothing", nil, "jsonb_path_ops", 2207, 0},
		{"no document", []string{`"{\"a\": "`, `"{"`}, "jsonb_path_ops", 2207, 0},
	} {
		st := &workload.ColumnStats{NullFrac: opt.Of(0.0), AvgWidth: opt.Of(20.0), NDistinct: opt.Of(-1.0)}
		st.Histogram, _ = workload.ParseValues("{" + strings.Join(test.histogram, ",") + "}")
		snap := pgtest.TableOf(&workload.Column{Name: "j", Type: "jsonb", Stats: st})
		table := snap.Tables[0]
		table.Pages, table.Tuples = opt.Of(test.pages), opt.Of(float64(rows))
		def := workload.IndexDef{Method: "gin", Keys: []workload.IndexKey{{Column: "j", OpClass: test.class}}}
		got := New(snap).SizeBytes(table, def).Or(0) / BlockSize
		if got < 0.85*test.fit || got > 1.15*test.fit {
			t.Errorf("%s: %.0f pages, the server has %.0f", test.name, got, test.fit)
		}
	}
}

// The keys of a document, by operator class: jsonb_ops has each name and each value once,
// jsonb_path_ops each value with the names that lead to it.
func TestWalk(t *testing.T) {
	column := func(doc string) *workload.Column {
		st := &workload.ColumnStats{NullFrac: opt.Of(0.0), AvgWidth: opt.Of(20.0), NDistinct: opt.Of(-1.0)}
		list := make([]string, leastDocuments)
		for i := range list {
			list[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(doc) + `"`
		}
		st.Histogram, _ = workload.ParseValues("{" + strings.Join(list, ",") + "}")
		return &workload.Column{Name: "j", Type: "jsonb", Stats: st}
	}
	for _, test := range []struct {
		doc       string
		path, ops float64 // keys of a row
	}{
		{`{"a": 1, "b": "x"}`, 2, 4},
		{`{"a": {"b": [1, 2, 2]}}`, 2, 4},
		{`["x", "y"]`, 2, 2},
		{`{"a": {}}`, 0, 1},
		{`{"a": null, "b": true}`, 2, 4},
	} {
		for pathOps, want := range map[bool]float64{true: test.path, false: test.ops} {
			k, ok := documentKeys(column(test.doc), pathOps, 1000)
			if k.perRow < want-0.01 || k.perRow > want+0.01 || ok != (want > 0) {
				t.Errorf("%s, jsonb_path_ops %v: %.2f keys a row, want %.0f", test.doc, pathOps, k.perRow, want)
			}
			if k.estimate {
				t.Errorf("%s: an estimate", test.doc)
			}
		}
	}
}
