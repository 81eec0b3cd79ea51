package planner

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/internal/pgtest"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/internal/testcase"
)

var renew = flag.Bool("update", false, "with a server: write what it says to testdata/server, for the tests without one")

// servers is where the answers of real servers lie, a case for each major version
// and suite: the exported statistics, and what the planner said of each
// statement. The cases share files, so renew those of all versions together.
const servers = "../../testdata/server"

// answer is what a planner said of a statement with the indexes built that were
// thought of for it.
type answer struct {
	Kind      string `json:",omitempty"`
	Statement string
	On        string    // what stands behind ON, several with a semicolon between them
	Before    float64   `json:",omitempty"` // cost without the index, where it was asked for
	Cost      float64   // cost with it
	Used      bool      // the plan uses the index
	Sizes     []float64 `json:",omitempty"` // bytes of the indexes, once for all statements of them
}

// The model's costs and sizes are those that servers of several versions gave,
// recorded: so that they are held to where there is no server.
func TestCostRecorded(t *testing.T) { eachRecorded(t, "costs", judgeCosts) }

func TestLevelsRecorded(t *testing.T) { eachRecorded(t, "levels", judgeLevels) }

func eachRecorded(t *testing.T, suite string, judge func(*testing.T, *Planner, []answer)) {
	t.Helper()
	for _, name := range testcase.Glob(t, filepath.Join(servers, "*", suite)) {
		version := filepath.Base(filepath.Dir(name))
		t.Run(version, func(t *testing.T) {
			folder := testcase.Unpack(t, name)
			snap := pgtest.ReadSnapshot(t, folder)
			if server := snap.ServerVersion(); !strings.HasPrefix(server.Text, version) {
				t.Fatalf("the statistics are of %v", server)
			}
			judge(t, plannerOf(snap), readAnswers(t, filepath.Join(folder, answersFile)))
		})
	}
}

const answersFile = "answers.jsonl"

func readAnswers(t *testing.T, path string) []answer {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []answer
	for line := range bytes.Lines(b) {
		var x answer
		if err := json.Unmarshal(line, &x); err != nil {
			t.Fatal(err)
		}
		list = append(list, x)
	}
	return list
}

// record keeps what the server said, if that was asked for.
func record(t *testing.T, s *pgtest.Server, suite string, list []answer) {
	if !*renew {
		return
	}
	version, _, _ := strings.Cut(strings.TrimSpace(s.PSQL("SHOW server_version")), ".")
	var b bytes.Buffer
	for _, x := range list {
		line, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	files := []txtar.File{{Name: answersFile, Data: b.Bytes()}}
	exported := t.TempDir()
	s.Export(exported)
	for _, view := range []string{"pg_settings", "pg_class", "pg_index", "pg_constraint", "pg_stats", "pg_stats_ext"} {
		b, err := os.ReadFile(filepath.Join(exported, view+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, txtar.File{Name: view + ".csv", Data: b})
	}
	name := filepath.Join(servers, version, suite)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name+testcase.Ext, txtar.Format(&txtar.Archive{Files: files}), 0o666); err != nil {
		t.Fatal(err)
	}
}

// judgeCosts compares the model's costs and sizes with a server's.
func judgeCosts(t *testing.T, a *Planner, said []answer) {
	t.Helper()
	single, joined, sizes := new(pgtest.Accuracy), new(pgtest.Accuracy), new(pgtest.Accuracy)
	guessed := new(pgtest.Accuracy) // of both: conditions of which no export tells how many rows pass
	verbose := os.Getenv("PGVERDICT_SUITE") != ""
	for _, real := range said {
		var proposed []*Index
		for n, one := range strings.Split(real.On, "; ") {
			def := definitionOf(t, one)
			table := a.snap.Table("public", strings.Fields(one)[0])
			proposed = append(proposed, a.Hypothetical(table, def))
			if n >= len(real.Sizes) {
				continue
			}
			predicted, known := a.sizes.SizeBytes(table, def).Get()
			if known {
				sizes.Add(predicted, real.Sizes[n], true, true)
			}
			if verbose && math.Abs(predicted-real.Sizes[n]) > 0.05*real.Sizes[n] {
				t.Logf("size %.0f built %.0f pages  %s", predicted/indexcost.BlockSize, real.Sizes[n]/indexcost.BlockSize, one)
			}
		}
		q, err := sql.Parse(real.Statement)
		if err != nil {
			t.Fatal(err)
		}
		l := a.Read(q, Call{Rows: limitOf(real.Statement)})
		if l == nil {
			t.Fatalf("no level of %s", real.Statement)
		}
		var have []*Index
		for _, rel := range l.Relations {
			have = append(have, a.Existing(rel.Table)...)
		}
		before := a.Cost(l, have)
		after := a.Cost(l, append(have, proposed...))
		use := after < 0.99*before
		to := single
		if len(l.Relations) > 1 {
			to = joined
		}
		to.Add(after, real.Cost, use, real.Used)
		if !l.Estimable() {
			guessed.Add(after, real.Cost, use, real.Used)
		}
		if e := math.Abs(after-real.Cost) / real.Cost; verbose && (e > 0.05 || real.Used != use) {
			t.Logf("%.2f %10.2f real %10.2f before %10.2f used %v  %s  ON %s", e, after, real.Cost, before, real.Used, real.Statement, real.On)
		}
	}
	t.Logf("one table: %s", single)
	t.Logf("joins: %s", joined)
	t.Logf("of these by the planner's guesses: %s", guessed)
	t.Logf("sizes: %s", sizes)
	for _, bar := range []struct {
		name             string
		of               *pgtest.Accuracy
		within, right    float64
		median, ninetyth float64
	}{
		{"one table", single, 0.95, 0.98, 0.05, 0.10},
		{"joins", joined, 0.95, 0.98, 0.05, 0.10},
		{"sizes", sizes, 0, 0, 0.02, 0.12},
	} {
		slices.Sort(bar.of.Errors)
		n := len(bar.of.Errors)
		if bar.of.Within(0.05) < bar.within || float64(bar.of.Right) < bar.right*float64(bar.of.Calls) || bar.of.Errors[n/2] > bar.median || bar.of.Errors[n*9/10] > bar.ninetyth {
			t.Errorf("%s: %s", bar.name, bar.of)
		}
	}
}

// judgeLevels compares the costs of statements of several levels.
func judgeLevels(t *testing.T, a *Planner, said []answer) {
	t.Helper()
	all, today := new(pgtest.Accuracy), new(pgtest.Accuracy)
	by := map[string]*pgtest.Accuracy{}
	verbose := os.Getenv("PGVERDICT_SUITE") != ""
	for _, real := range said {
		def := definitionOf(t, real.On)
		table := a.snap.Table("public", strings.Fields(real.On)[0])
		q, err := sql.Parse(real.Statement)
		if err != nil {
			t.Fatal(err)
		}
		levels, _ := a.ReadParts(q, Call{Rows: limitOf(real.Statement)})
		before, after := a.whole(levels), a.whole(levels, a.Hypothetical(table, def))
		use := after < 0.99*before
		today.Add(before, real.Before, true, true)
		if by[real.Kind] == nil {
			by[real.Kind] = new(pgtest.Accuracy)
		}
		for _, to := range []*pgtest.Accuracy{all, by[real.Kind]} {
			to.Add(after, real.Cost, use, real.Used)
		}
		off := math.Max(math.Abs(after-real.Cost)/real.Cost, math.Abs(before-real.Before)/real.Before)
		if verbose && (off > 0.05 || use != real.Used) {
			t.Logf("%s: before %.2f real %.2f, after %.2f real %.2f, %d levels, used %v  %s  ON %s", real.Kind, before, real.Before, after, real.Cost, len(levels), real.Used, real.Statement, real.On)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		t.Logf("%-16s %s", name, by[name])
	}
	t.Logf("levels, without the index: %s", today)
	t.Logf("levels: %s", all)
	if n := len(all.Errors); all.Within(0.05) < 0.95 || float64(all.Right) < 0.98*float64(all.Calls) || all.Errors[n/2] > 0.05 {
		t.Errorf("levels: %s", all)
	}
}
