package review

import (
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
)

// A partial index on a statement's literal is proposed without printing it.
func TestExclusionHidesItsLiteral(t *testing.T) {
	const plan = `Seq Scan on users  (cost=0.00..844969.99 rows=56087 width=8) (actual time=0.019..1265.883 rows=51833 loops=1)
  Filter: ((handle)::text <> 'PLANTED'::text)
  Rows Removed by Filter: 2487813
  Buffers: shared hit=202662
`
	for show, want := range map[bool]string{false: "ON users (handle) WHERE handle <> '?'", true: "ON users (handle) WHERE handle <> 'PLANTED'"} {
		r, errs := Run(input.Open([]string{"-"}, strings.NewReader(plan)), Options{ShowLiterals: show})
		if len(errs) > 0 || len(r.Recommendations) != 1 {
			t.Fatalf("%d recommendations, %v", len(r.Recommendations), errs)
		}
		if got := r.Recommendations[0].Statement; !strings.Contains(got, want) {
			t.Errorf("%s\nlacks %s", got, want)
		}
	}
}
