package design

import (
	"fmt"
	"testing"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/lex"
)

// A gap is what lies between the end of a partition and the next beginning.
func TestPartitionGaps(t *testing.T) {
	for _, one := range []struct{ key, parts, want string }{
		{"RANGE (k)", "FROM (1) TO (10); FROM (10) TO (20)", "[]"},
		{"RANGE (k)", "FROM (9) TO (10); FROM (20) TO (30); FROM (100) TO (200)", "[{10 to 20 FOR VALUES FROM (10) TO (20)} {30 to 100 FOR VALUES FROM (30) TO (100)}]"},
		{"RANGE (k)", "FROM (MINVALUE) TO (10); FROM (20) TO (MAXVALUE)", "[{10 to 20 FOR VALUES FROM (10) TO (20)}]"},
		{"RANGE (k, l)", "FROM (1, 1) TO (2, 1); FROM (3, 1) TO (4, 1)", "[]"},
		{"HASH (k)", "WITH (MODULUS 3, REMAINDER 0); WITH (MODULUS 3, REMAINDER 2)", "[{remainder 1 of modulus 3 FOR VALUES WITH (modulus 3, remainder 1)}]"},
		{"HASH (k)", "WITH (MODULUS 2, REMAINDER 0); WITH (MODULUS 4, REMAINDER 1); WITH (MODULUS 4, REMAINDER 3)", "[]"},
		{"LIST (k)", "IN (1); IN (3)", "[]"},
	} {
		c := catalog.New()
		text := "CREATE TABLE t (k bigint, l bigint) PARTITION BY " + one.key + ";"
		for i, p := range lex.Split(one.parts) {
			text += fmt.Sprintf("CREATE TABLE t%d PARTITION OF t FOR VALUES %s;", i, p.Text)
		}
		for _, p := range lex.Split(text) {
			s, err := ddl.Parse(p.Text)
			if err != nil {
				t.Fatal(err)
			}
			ddl.Run(c, s)
		}
		c.Complete = true
		if got := fmt.Sprint(New(c, false).Tables[0].PartitionGaps()); got != one.want {
			t.Errorf("%s %s: %s, want %s", one.key, one.parts, got, one.want)
		}
	}
}
