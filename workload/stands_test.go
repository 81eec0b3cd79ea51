package workload

import "testing"

// Of the texts that stand for a statement, none is passed over, and of statements nearly all are.
func TestMayStand(t *testing.T) {
	for _, text := range []string{"", "<query>", "...", "…", "---", "***", "xxx", "XXXX", "redacted", "[REDACTED]", `"hidden"`, "query 12", "Statement3", "n/a", "N/A", "no query", "(no query)", "  null ", "unknown*", "`text`"} {
		if stands.MatchString(text) && !mayStand(text) {
			t.Errorf("%q stands for a statement", text)
		}
	}
	for _, text := range []string{"SELECT $1", "select a from s.t", "UPDATE t SET a = $1", "BEGIN;", "INSERT INTO t (a) VALUES ($1)"} {
		if mayStand(text) {
			t.Errorf("%q is tried", text)
		}
	}
}
