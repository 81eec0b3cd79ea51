package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/report"
)

// TestCredentialsAreShownToNobody: a credential in any input, two of them in one
// text, comes out in no format, with whatever flags, in no message and in no
// file that is written.
func TestCredentialsAreShownToNobody(t *testing.T) {
	const url, word, token = "Zq1UrlSecret", "Zq2WordSecret", "ghp_" + "Zq3TokenSecretZq3TokenSecretZq3TokenSecret"
	both := "postgres://app:" + url + "@db/shop password=" + word + " " + token
	dir := t.TempDir()
	files := map[string]string{
		"plan.txt": "LOG:  duration: 2000.000 ms  plan:\n\tQuery Text: SELECT dblink('" + both + "'), a FROM t WHERE note = '" + both + "'\n" +
			"\tSeq Scan on t  (cost=0.00..90000.00 rows=4 width=60) (actual time=0.200..1900.000 rows=4 loops=1)\n\t  Filter: (note = '" + both + "'::text)\n\t  Rows Removed by Filter: 4000000\n",
		"s.csv": "queryid,query,calls,total_exec_time,mean_exec_time,rows\n7,\"ALTER ROLE app PASSWORD '" + word + "' /* " + both + " */\",9,90000,10000,0\n8,\"SELECT x FROM t WHERE c = '" + both + "'\",900,90000,100,0\n",
		"a.csv": "pid,datname,usename,application_name,state,wait_event_type,wait_event,xact_start,query_start,state_change,query,blocked_by\n" +
			"1,shop,app," + both + ",idle in transaction,Client,ClientRead,2026-01-01 10:00:00+00,2026-01-01 10:00:00+00,2026-01-01 10:00:00+00,SELECT '" + both + "',{}\n" +
			"2,shop,app," + both + ",active,Lock,relation,2026-01-01 10:10:00+00,2026-01-01 10:10:00+00,2026-01-01 10:10:00+00,LOCK TABLE t /* " + both + " */,{1}\n",
		"i.csv":      "schemaname,tablename,indexname,indexdef\npublic,t,t_c,CREATE INDEX t_c ON public.t USING btree (c) WHERE (c = '" + both + "'::text)\npublic,t,t_c2,CREATE INDEX t_c2 ON public.t USING btree (c) WHERE (c = '" + both + "'::text)\n",
		"broken.csv": "queryid,query,calls,total_exec_time\n9,SELECT '" + both + "',many " + both + ",soon\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	check := func(how, text string) {
		t.Helper()
		for _, secret := range []string{url, word, token} {
			if at := strings.Index(text, secret); at >= 0 {
				t.Errorf("%s shows %s: ...%s", how, secret, text[max(0, at-120):at+len(secret)])
			}
		}
	}
	for _, format := range report.FormatNames() {
		for _, flags := range [][]string{nil, {"--show-literals"}, {"--show-literals", "--detail", "full", "--context", "since=" + both, "--context", "ticket=" + token + " " + both}} {
			emitted := filepath.Join(t.TempDir(), "out")
			got := run("", append([]string{"review", dir, "--format", format, "--emit", emitted}, flags...)...)
			if got.out == "" {
				t.Fatalf("%s: nothing: %s", format, got.err)
			}
			check(format+" "+strings.Join(flags[:min(len(flags), 2)], " "), got.out+got.err)
			entries, _ := os.ReadDir(emitted)
			for _, e := range entries {
				b, err := os.ReadFile(filepath.Join(emitted, e.Name()))
				if err != nil {
					t.Fatal(err)
				}
				check("--emit "+e.Name(), string(b))
			}
		}
	}
	// The names of files and folders are shown as well, and those that are written.
	named := filepath.Join(t.TempDir(), "password="+word)
	if err := os.CopyFS(named, os.DirFS(testdata+"/demo")); err != nil {
		t.Fatal(err)
	}
	for _, format := range report.FormatNames() {
		got := run("", "review", named, "--format", format, "--emit", filepath.Join(named, "out", format))
		check(format+" of a folder", got.out)
		check(format+" of a folder, messages", got.err)
		if !strings.Contains(got.err, "wrote") {
			t.Errorf("%s: no file is named: %s", format, got.err)
		}
	}
	for _, args := range [][]string{{"review", dir, "--budget", "password=" + word}, {"rules", "password=" + word}, {"postgres://app:" + word + "@db/shop"}} {
		check(strings.Join(args[:1], " "), run("", args...).err)
	}
	check("a message", run("", "review", filepath.Join(dir, "password="+word)).err)
	if got := run("", "review", dir, "--show-literals"); !strings.Contains(got.out, "********") {
		t.Error("nothing was hidden: the test shows nothing")
	}
}
