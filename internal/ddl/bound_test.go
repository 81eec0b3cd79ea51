package ddl

import (
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// Which bounds PostgreSQL 15 takes beside the partitions that are there.
func TestBounds(t *testing.T) {
	const parted = `
CREATE TABLE r (k int) PARTITION BY RANGE (k); CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (0) TO (10);
CREATE TABLE l (k text) PARTITION BY LIST (k); CREATE TABLE l1 PARTITION OF l FOR VALUES IN ('a', 'b', NULL);
CREATE TABLE h (k int) PARTITION BY HASH (k); CREATE TABLE h1 PARTITION OF h FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE d (k date) PARTITION BY RANGE (k); CREATE TABLE d1 PARTITION OF d FOR VALUES FROM ('2026-01-01') TO ('2026-02-01'); CREATE TABLE apart (k date);
`
	for sql, want := range map[string]string{
		"CREATE TABLE r2 PARTITION OF r FOR VALUES FROM (5) TO (15)":                            "overlaps",
		"CREATE TABLE r2 PARTITION OF r FOR VALUES FROM (10) TO (20)":                           "",
		"CREATE TABLE r2 PARTITION OF r FOR VALUES FROM (30) TO (30)":                           "empty",
		"CREATE TABLE r2 PARTITION OF r FOR VALUES FROM (MINVALUE) TO (0)":                      "",
		"CREATE TABLE r2 PARTITION OF r FOR VALUES FROM (9) TO (MAXVALUE)":                      "overlaps",
		"CREATE TABLE l2 PARTITION OF l FOR VALUES IN ('b', 'c')":                               "overlaps",
		"CREATE TABLE l2 PARTITION OF l FOR VALUES IN ('c', NULL)":                              "overlaps",
		"CREATE TABLE l2 PARTITION OF l FOR VALUES IN ('c', 'd')":                               "",
		"CREATE TABLE h2 PARTITION OF h FOR VALUES WITH (MODULUS 4, REMAINDER 1)":               "overlaps",
		"CREATE TABLE h2 PARTITION OF h FOR VALUES WITH (MODULUS 4, REMAINDER 2)":               "",
		"CREATE TABLE h2 PARTITION OF h FOR VALUES WITH (MODULUS 3, REMAINDER 0)":               "multiple",
		"CREATE TABLE h2 PARTITION OF h FOR VALUES WITH (MODULUS 4, REMAINDER 4)":               "less than",
		"CREATE TABLE d2 PARTITION OF d FOR VALUES FROM ('2026-01-15') TO ('2026-02-15')":       "overlaps",
		"CREATE TABLE d2 PARTITION OF d FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')":       "",
		"ALTER TABLE d ATTACH PARTITION apart FOR VALUES FROM ('2026-01-31') TO ('2026-02-01')": "overlaps",
		"CREATE TABLE d2 PARTITION OF d DEFAULT":                                                "",
	} {
		c := catalog.New()
		playAll(t, c, parted, 15)
		if e := playAll(t, c, sql, 15); want == "" && e.Refused != "" || !strings.Contains(e.Refused, want) {
			t.Errorf("%s: refused %q, want %q", sql, e.Refused, want)
		}
	}
}
