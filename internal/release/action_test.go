package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// gitHub stands for GitHub: the comments of pull request 7, and a release.
type gitHub struct {
	sync.Mutex
	comments []comment
	closed   bool // nobody may write
	program  []byte
	spoiled  bool // the release has another checksum
}

type comment struct {
	ID   int    `json:"id"`
	Body string `json:"body"`
}

func (g *gitHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.Lock()
	defer g.Unlock()
	const comments, release = "/repos/o/r/issues/7/comments", "/releases/download/v1.2.3/"
	name := fmt.Sprintf("pgverdict_1.2.3_%s_%s", runtime.GOOS, runtime.GOARCH)
	var sent comment
	switch b, _ := io.ReadAll(r.Body); {
	case r.URL.Path == release+name+".tar.gz":
		_, _ = w.Write(g.archive(name))
	case r.URL.Path == release+"SHA256SUMS":
		sum := sha256.Sum256(g.archive(name))
		if g.spoiled {
			sum[0]++
		}
		fmt.Fprintf(w, "%x  %s.tar.gz\n%x  other.tar.gz\n", sum, name, sum)
	case r.Header.Get("Authorization") != "Bearer secret":
		http.Error(w, "{}", http.StatusUnauthorized)
	case r.Method == "GET" && r.URL.Path == comments:
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		from := min((page-1)*100, len(g.comments))
		_ = json.NewEncoder(w).Encode(g.comments[from:min(from+100, len(g.comments))])
	case g.closed:
		http.Error(w, `{"message": "Resource not accessible by integration"}`, http.StatusForbidden)
	case json.Unmarshal(b, &sent) != nil:
		http.Error(w, "{}", http.StatusBadRequest)
	case r.Method == "POST" && r.URL.Path == comments:
		g.comments = append(g.comments, comment{1000 + len(g.comments), sent.Body})
	case r.Method == "PATCH":
		for i := range g.comments {
			if r.URL.Path == fmt.Sprint("/repos/o/r/issues/comments/", g.comments[i].ID) {
				g.comments[i].Body = sent.Body
				return
			}
		}
		fallthrough
	default:
		http.NotFound(w, r)
	}
}

func (g *gitHub) archive(name string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	t := tar.NewWriter(z)
	_ = t.WriteHeader(&tar.Header{Name: name + "/pgverdict", Mode: 0o755, Size: int64(len(g.program)), ModTime: time.Unix(0, 0)})
	_, _ = t.Write(g.program)
	_ = t.Close()
	_ = z.Close()
	return b.Bytes()
}

// program stands for pgverdict: it prints its arguments, one in brackets each, as many
// lines of a report as SIZE says, and ends with STATUS.
const program = `#!/usr/bin/env bash
printf '[%s]' "$@"
echo
if [[ "$*" == *"markdown --quiet"* ]]; then echo "**The verdict.**"; exit 0; fi
for ((i = 0; i < ${SIZE:-1}; i++)); do echo "a line of the report, é and 'quotes' \"too\" \$HOME"; done
exit "${STATUS:-0}"
`

// The script of the action, with GitHub and pgverdict replaced.
func TestAction(t *testing.T) {
	for _, name := range []string{"bash", "curl", "jq", "git", "sha256sum"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip(err)
		}
	}
	script, err := filepath.Abs("../../.github/action/review.sh")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	for _, args := range [][]string{{"init", "-q"}, {"-c", "user.name=n", "-c", "user.email=e@example.org", "commit", "-q", "--allow-empty", "-m", "base"}} {
		tool(t, "git", args...)
	}
	base := strings.TrimSpace(tool(t, "git", "rev-parse", "HEAD"))
	g := &gitHub{program: []byte(program)}
	for i := range 150 {
		g.comments = append(g.comments, comment{i + 1, "someone's comment"})
	}
	server := httptest.NewServer(g)
	defer server.Close()
	action := func(variables ...string) (out string, status int) {
		c := exec.Command(script)
		c.Env = append([]string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GITHUB_API_URL=" + server.URL, "GITHUB_SERVER_URL=" + server.URL, "RELEASES=" + server.URL + "/releases", "GITHUB_REPOSITORY=o/r", "GITHUB_RUN_ID=5",
			"GITHUB_STEP_SUMMARY=" + filepath.Join(dir, "summary.md"), "PLANS=", "MIGRATIONS=", "FAIL_ON=", "CONFIG=", "COMMENT=true", "ID=default", "VERSION=v1.2.3",
			"TOKEN=secret", "BASE=" + base, "PULL_REQUEST=7",
		}, variables...)
		b, err := c.CombinedOutput()
		if c.ProcessState == nil {
			t.Fatal(err)
		}
		return string(b), c.ProcessState.ExitCode()
	}
	check := func(what string, ok bool, out string) {
		t.Helper()
		if !ok {
			t.Errorf("%s: %d comments, the last %.500q, printed\n%.1500s", what, len(g.comments), g.comments[len(g.comments)-1].Body, out)
		}
	}
	last := func() string { return g.comments[len(g.comments)-1].Body }
	const marker = "<!-- pgverdict default -->\n"

	out, status := action("PLANS=a plan.txt\n  exports/  \n\n", "MIGRATIONS=db/migrate", "FAIL_ON=high", "CONFIG=c.yaml")
	check("the first run", status == 0 && len(g.comments) == 151 &&
		strings.Contains(out, "[migration][--since]["+base+"][--config][c.yaml][--format][github][--fail-on][high][--][db/migrate]\n") &&
		strings.Contains(out, "[review][--config][c.yaml][--format][github][--fail-on][high][--][a plan.txt][exports/]\n") &&
		strings.HasPrefix(last(), marker+"[migration]") && strings.Contains(last(), `a line of the report, é and 'quotes' "too" $HOME`), out)

	out, status = action("PLANS=other.txt", "STATUS=1")
	check("a finding, and the comment is updated", status == 1 && len(g.comments) == 151 && strings.Contains(last(), "[other.txt]") && !strings.Contains(last(), "db/migrate"), out)

	out, status = action("PLANS=other.txt", "ID=second", "STATUS=2")
	check("another use", status == 2 && len(g.comments) == 152 && strings.HasPrefix(last(), "<!-- pgverdict second -->\n"), out)

	out, status = action("PLANS=other.txt", "MIGRATIONS=db", "ID=second", "SIZE=900")
	check("two long reports", status == 0 && len(g.comments) == 152 && len(last()) < 1000 && strings.Count(last(), "**The verdict.**") == 2 && strings.Contains(last(), "/o/r/actions/runs/5)"), out)
	if summary, err := os.ReadFile("summary.md"); err != nil || bytes.Count(summary, []byte("a line of the report")) < 1800 {
		t.Errorf("the summary has %d bytes: %v", len(summary), err)
	}

	g.closed = true
	out, status = action("PLANS=other.txt")
	check("a fork", status == 0 && strings.Contains(out, "::warning::pgverdict: the comment could not be written"), out)
	out, status = action("PLANS=other.txt", "PULL_REQUEST=")
	check("no pull request", status == 0 && !strings.Contains(out, "warning"), out)
	out, status = action()
	check("nothing to review", status == 2 && strings.Contains(out, "::error::"), out)
	out, status = action("PLANS=x", "VERSION=main")
	check("no release", status == 2 && strings.Contains(out, "expected a release in the input version"), out)
	g.spoiled = true
	out, status = action("PLANS=x")
	check("a wrong checksum", status != 0 && !strings.Contains(out, "[review]"), out)
	if strings.Contains(out, "secret") {
		t.Error("the token was printed")
	}
}
