package indexadvisor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/export"
	"github.com/pgverdict/pgverdict/workload"
)

// server is a PostgreSQL of the test's own, on a socket in a folder of its own.
type server struct {
	t        *testing.T
	bin, dir string
	wrap     []string // runs a command as a user whom the server accepts
}

// startServer starts a server by the binaries that are there, or skips: the
// suite compares the model with what a real planner says.
func startServer(t *testing.T) *server {
	t.Helper()
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if own := os.Getenv("PG_BIN"); own != "" {
		bins = []string{own}
	}
	if len(bins) == 0 || testing.Short() {
		t.Skip("no PostgreSQL server here (PG_BIN, or Debian's postgresql): the model is not compared with one")
	}
	t.Parallel() // a server each: what is measured on one is its own
	dir, err := os.MkdirTemp("", "pgverdict")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, bin: bins[len(bins)-1], dir: dir}
	if os.Getuid() == 0 {
		s.wrap = []string{"runuser", "-u", "postgres", "--"}
		if out, err := exec.Command("chown", "postgres", dir).CombinedOutput(); err != nil {
			t.Skipf("no user postgres to run a server as: %s", out)
		}
	}
	s.command(filepath.Join(s.bin, "initdb"), "-D", dir+"/data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-N")
	s.command(filepath.Join(s.bin, "pg_ctl"), "-D", dir+"/data", "-w", "-l", dir+"/log", "-o",
		fmt.Sprintf("-c listen_addresses='' -c unix_socket_directories='%s' -c fsync=off -c autovacuum=off -c shared_buffers=256MB -c maintenance_work_mem=256MB", dir), "start")
	t.Cleanup(func() {
		s.command(filepath.Join(s.bin, "pg_ctl"), "-D", dir+"/data", "-m", "immediate", "stop")
		_ = os.RemoveAll(dir)
	})
	return s
}

func (s *server) command(name string, args ...string) {
	s.t.Helper()
	all := append(slices.Clone(s.wrap), append([]string{name}, args...)...)
	cmd := exec.Command(all[0], all[1:]...)
	cmd.Dir = "/"
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// psql runs a script and gives what it prints, unaligned and without headings.
func (s *server) psql(script string) string {
	s.t.Helper()
	cmd := exec.Command("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", s.dir, "-U", "postgres", "postgres")
	cmd.Stdin, cmd.Dir = strings.NewReader(script), s.dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		s.t.Fatalf("psql: %v\n%s", err, errs.String())
	}
	return out.String()
}

// snapshot exports the statistics as a user does, and reads them.
func (s *server) snapshot() *workload.Snapshot {
	s.t.Helper()
	dir := s.t.TempDir()
	s.exportTo(dir)
	return readSnapshot(s.t, dir)
}

func (s *server) exportTo(dir string) {
	cmd := exec.Command("psql", "-Xq", "-h", s.dir, "-U", "postgres", "postgres")
	cmd.Stdin, cmd.Dir = strings.NewReader(export.Script(export.Options{WithValues: true})), dir
	_ = cmd.Run() // views that are not there are left out
}

// explained is what the planner says of a statement.
type explained struct {
	cost    float64
	indexes []string
}

func (s *server) explain(statements []string, before, after string) []explained {
	s.t.Helper()
	s.psql(before)
	var list []explained
	for _, text := range s.explainJSON(statements) {
		var plans []struct {
			Plan struct {
				Total float64 `json:"Total Cost"`
			}
		}
		if err := json.Unmarshal([]byte(text), &plans); err != nil {
			s.t.Fatalf("%v in %s", err, text)
		}
		e := explained{cost: plans[0].Plan.Total}
		for _, part := range strings.Split(text, `"Index Name": "`)[1:] {
			name, _, _ := strings.Cut(part, `"`)
			e.indexes = append(e.indexes, name)
		}
		list = append(list, e)
	}
	s.psql(after)
	return list
}

// explainJSON is the plan of each statement, as the server prints it.
func (s *server) explainJSON(statements []string) []string {
	s.t.Helper()
	var script strings.Builder
	for _, q := range statements {
		script.WriteString("EXPLAIN (FORMAT JSON) " + q + ";\n\\echo ----\n")
	}
	list := strings.Split(s.psql(script.String()), "----\n")
	return list[:len(list)-1]
}

// pair is a statement with an index that was thought of for it, or several with
// a semicolon between them.
type pair struct{ statement, on string }

// accuracy is what a set of pairs comes to.
type accuracy struct {
	errors       []float64
	calls, right int
}

func (a *accuracy) add(predicted, real float64, use, used bool) {
	a.errors = append(a.errors, math.Abs(predicted-real)/real)
	a.calls++
	if use == used {
		a.right++
	}
}

func (a *accuracy) within(share float64) float64 {
	n := 0
	for _, e := range a.errors {
		if e <= share {
			n++
		}
	}
	return float64(n) / float64(len(a.errors))
}

func (a *accuracy) String() string {
	slices.Sort(a.errors)
	return fmt.Sprintf("%d pairs: median error %.4f, p90 %.4f, within 5%%: %.3f, calls right %.3f", len(a.errors), a.errors[len(a.errors)/2], a.errors[len(a.errors)*9/10],
		a.within(0.05), float64(a.right)/float64(a.calls))
}

// The cost with an index that does not exist is that of the planner once it
// is built.
func TestCostAgainstServer(t *testing.T) {
	s := startServer(t)
	s.psql(suiteSchema)
	s.psql(suiteMore)
	a := New(s.snapshot())
	groups := map[string][]string{}
	var order []string
	for _, p := range slices.Concat(suitePairs(), suiteJoins(), suitePaths()) {
		if groups[p.on] == nil {
			order = append(order, p.on)
		}
		groups[p.on] = append(groups[p.on], p.statement)
	}
	var said []answer
	for _, on := range order {
		var create, drop string
		for n, one := range strings.Split(on, "; ") {
			create += fmt.Sprintf("CREATE INDEX suite_idx_%d ON %s; INSERT INTO size VALUES (%[1]d, pg_relation_size('suite_idx_%[1]d'));\n", n, one)
			drop += fmt.Sprintf("DROP INDEX suite_idx_%d;\n", n)
		}
		real := s.explain(groups[on], "CREATE TABLE size (nth int, bytes bigint);\n"+create, drop)
		var sizes []float64
		for _, word := range strings.Fields(s.psql("SELECT bytes FROM size ORDER BY nth; DROP TABLE size")) {
			var bytes float64
			_, _ = fmt.Sscan(word, &bytes)
			sizes = append(sizes, bytes)
		}
		for i, text := range groups[on] {
			said = append(said, answer{Statement: text, On: on, Cost: real[i].cost, Used: real[i].usesAny(), Sizes: sizes})
			sizes = nil // once a group
		}
	}
	s.record("costs", said)
	judgeCosts(t, a, said)
}

// usesAny reports whether a plan uses an index of the suite.
func (e explained) usesAny() bool {
	return slices.ContainsFunc(e.indexes, func(name string) bool { return strings.HasPrefix(name, "suite_idx") })
}

func limitOf(text string) float64 {
	if _, n, ok := strings.Cut(text, "LIMIT "); ok {
		var rows float64
		_, _ = fmt.Sscan(n, &rows)
		return rows
	}
	return 0
}

// definitionOf reads what stands after ON.
func definitionOf(t *testing.T, on string) workload.IndexDef {
	t.Helper()
	named, err := workload.ParseIndexDef("CREATE INDEX suite_idx ON " + on)
	if err != nil {
		t.Fatal(err)
	}
	return named.IndexDef
}
