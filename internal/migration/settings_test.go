package migration

import (
	"fmt"
	"strings"
	"testing"
)

// The settings in force at the last statement of a goose file, which is one
// transaction, and of a plain one, which is none.
func TestSettings(t *testing.T) {
	for _, test := range []struct{ sql, tool, plain string }{
		{"", "", ""},
		{"SET lock_timeout = '2s';", "lock 2000 by SET", "lock 2000 by SET"},
		{"SET LOCAL lock_timeout TO 500;", "lock 500 by SET LOCAL, local", ""},
		{"SET lock_timeout = '1min'; SET LOCAL lock_timeout = '1s'; COMMIT;", "lock 60000 by SET", "lock 60000 by SET"},
		{"BEGIN; SET lock_timeout = '1s'; ROLLBACK;", "", ""},
		{"BEGIN; SET LOCAL statement_timeout = '1s';", "statement 1000", "statement 1000"},
		{"SET lock_timeout = 0; RESET lock_timeout;", "", ""},
		{"SET statement_timeout = '1h'; SET SESSION TIME ZONE 'UTC'; RESET ALL;", "", ""},
		{"SET statement_timeout = '1h'; DISCARD ALL;", "", ""},
		{"SET lock_timeout TO DEFAULT;", "", ""},
		{"SELECT set_config('lock_timeout', '3s', false);", "lock 3000 by set_config", "lock 3000 by set_config"},
		{"SELECT pg_catalog.set_config('lock_timeout', '3s', true);", "lock 3000 by set_config, local", ""},
		{"SELECT set_config('search_path', 'app, \"Other\"', false);", "path app Other", "path app Other"},
		{"SET search_path = app, \"$user\", public; SET TIME ZONE 'UTC';", "zone UTC, path app public", "zone UTC, path app public"},
		{"SET session_replication_role = replica;", "replica", "replica"},
		{"SET idle_in_transaction_session_timeout = '10s'; SET transaction_timeout = '1min';", "idle 10000, tx 60000", "idle 10000, tx 60000"},
	} {
		for name, want := range map[string]string{"-- +goose Up\n": test.tool, "": test.plain} {
			set := Read([]*Source{{Path: "1_a.sql", Text: name + test.sql + "\nSELECT 1;"}}, Options{})
			last := set.Files[0].Statements[len(set.Files[0].Statements)-1]
			if got := said(last.In); got != want {
				t.Errorf("%s%s: %q, want %q", name, test.sql, got, want)
			}
		}
	}
	// A file begins with what the user said of the role.
	set := Read([]*Source{
		{Path: "1_a.sql", Text: "-- +goose Up\nSET lock_timeout = '9s';"},
		{Path: "2_a.sql", Text: "-- +goose Up\nSELECT 1;\nSET lock_timeout = '1s';\nRESET lock_timeout;\nSELECT 2;"},
	}, Options{LockTimeout: "2s", StatementTimeout: "1min"})
	for _, at := range []int{0, 3} {
		if got := said(set.Files[1].Statements[at].In); got != "lock 2000 by --lock-timeout, statement 60000" {
			t.Errorf("statement %d of the second file: %s", at, got)
		}
	}
}

func said(s Settings) string {
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if v, ok := s.LockTimeout.Get(); ok {
		add("lock %g by %s", v, s.LockBy)
	}
	if s.Local {
		add("local")
	}
	if v, ok := s.StatementTimeout.Get(); ok {
		add("statement %g", v)
	}
	if v, ok := s.IdleTimeout.Get(); ok {
		add("idle %g", v)
	}
	if v, ok := s.TxTimeout.Get(); ok {
		add("tx %g", v)
	}
	if s.TimeZone != "" {
		add("zone %s", s.TimeZone)
	}
	if len(s.Path) > 0 {
		add("path %s", strings.Join(s.Path, " "))
	}
	if s.Replica {
		add("replica")
	}
	return strings.Join(list, ", ")
}
