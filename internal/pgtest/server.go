// Package pgtest is what the tests of the cost models share: a PostgreSQL server of
// a test's own, the accuracy of predictions, and small catalogues. Only
// tests import it.
package pgtest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/export"
	"github.com/pgverdict/pgverdict/workload"
)

// Server is a PostgreSQL of the test's own, on a socket in a folder of its own.
type Server struct {
	t        *testing.T
	bin, dir string
	wrap     []string // runs a command as a user whom the server accepts
}

// Start starts a server with the programs in the folder PG_BIN. It skips the test
// if that is not set, for such a comparison takes minutes.
func Start(t *testing.T) *Server {
	t.Helper()
	bin := os.Getenv("PG_BIN")
	if bin == "" {
		t.Skip("PG_BIN names no folder with a PostgreSQL server: the model is not compared with one")
	}
	t.Parallel() // a server each: what is measured on one is its own
	dir, err := os.MkdirTemp("", "pgverdict")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, bin: bin, dir: dir}
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

func (s *Server) command(name string, args ...string) {
	s.t.Helper()
	all := append(slices.Clone(s.wrap), append([]string{name}, args...)...)
	cmd := exec.Command(all[0], all[1:]...)
	cmd.Dir = "/"
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// PSQL runs a script and gives what it prints, unaligned and without headings.
func (s *Server) PSQL(script string) string {
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

// Client returns a command of PostgreSQL's clients (psql, pg_dump, pgbench) that
// connects to a database of the server.
func (s *Server) Client(program, database string, args ...string) *exec.Cmd {
	s.t.Helper()
	cmd := exec.Command(program, append([]string{"-h", s.dir, "-U", "postgres"}, append(args, database)...)...)
	cmd.Dir = s.dir
	return cmd
}

// Snapshot exports the statistics as a user does, and reads them.
func (s *Server) Snapshot() *workload.Snapshot {
	s.t.Helper()
	dir := s.t.TempDir()
	s.Export(dir)
	return ReadSnapshot(s.t, dir)
}

// Export writes the exports to a folder.
func (s *Server) Export(dir string) {
	cmd := exec.Command("psql", "-Xq", "-h", s.dir, "-U", "postgres", "postgres")
	cmd.Stdin, cmd.Dir = strings.NewReader(export.Script(export.Options{WithValues: true})), dir
	_ = cmd.Run() // views that are not there are left out
}

// ExplainJSON is the plan of each statement, as the server prints it.
func (s *Server) ExplainJSON(statements []string) []string {
	s.t.Helper()
	var script strings.Builder
	for _, q := range statements {
		script.WriteString("EXPLAIN (FORMAT JSON) " + q + ";\n\\echo ----\n")
	}
	list := strings.Split(s.PSQL(script.String()), "----\n")
	return list[:len(list)-1]
}

// ReadSnapshot reads the exports of a folder.
func ReadSnapshot(t *testing.T, dir string) *workload.Snapshot {
	t.Helper()
	snap := new(workload.Snapshot)
	files, _ := filepath.Glob(dir + "/*.csv")
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		part := new(workload.Snapshot)
		_, _ = part.Read(name, f)
		snap.Fill(part)
		_ = f.Close()
	}
	return snap
}
