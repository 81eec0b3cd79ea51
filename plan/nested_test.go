package plan_test

import (
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/plan"
)

// TestNested holds that a plan with more levels than any server makes is refused at once,
// on one line or on many, and that one with many levels is read.
func TestNested(t *testing.T) {
	for _, sep := range []string{"", "\n"} {
		nested := func(levels int) string {
			open, end := `{"Node Type": "Limit",`+sep+`"Plans": [`+sep, "]"+sep+"}"+sep
			return `[{"Plan": ` + strings.Repeat(open, levels) + `{"Node Type": "Result"}` + strings.Repeat(end, levels) + "}]"
		}
		plans, err := plan.Parse([]byte(nested(4_000)))
		if err != nil || len(plans) != 1 || plans[0].Len() != 4_001 {
			t.Errorf("4,000 levels: %d plans, %v", len(plans), err)
		}
		if _, err := plan.Parse([]byte(nested(100_000))); err == nil || !strings.Contains(err.Error(), "at most 5,000 levels") {
			t.Errorf("100,000 levels: %v", err)
		}
	}
}
