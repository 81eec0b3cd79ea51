package report

import "testing"

// TestDialectLocks has the words in the place of locks for other engines.
func TestDialectLocks(t *testing.T) {
	mysql, sqlite := &Migration{Engine: "mysql"}, &Migration{Engine: "sqlite"}
	for _, c := range []struct {
		m    *Migration
		s    DDL
		want string
	}{
		{mysql, DDL{Supported: true, Online: &OnlineDDL{Algorithm: "COPY"}}, "ALGORITHM=COPY: blocks writes, not reads."},
		{mysql, DDL{Supported: true, Online: &OnlineDDL{Algorithm: "INSTANT", DML: true}}, "ALGORITHM=INSTANT: the metadata lock for a moment."},
		{mysql, DDL{Supported: true, Online: &OnlineDDL{Algorithm: "INPLACE", DML: true}}, "ALGORITHM=INPLACE: does not block reads or writes, but for a moment at its begin and end."},
		{mysql, DDL{Online: &OnlineDDL{Algorithm: "COPY"}}, ""},
		{mysql, DDL{Supported: true, Kind: "drop-table"}, "the metadata lock: reads and writes wait."},
		{sqlite, DDL{Supported: true, Kind: "drop-table"}, "the database: no other connection writes meanwhile."},
	} {
		if got := c.m.lockSentences(&c.s); got != c.want {
			t.Errorf("%s, %+v: %q, not %q", c.m.Engine, c.s, got, c.want)
		}
	}
}
