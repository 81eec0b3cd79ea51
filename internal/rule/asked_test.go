package rule

import (
	"slices"
	"testing"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
)

// Of a large schema one question for ten tables is kept, the more severe ones and those
// with more places first; facts and what is medium stay whatever their number.
func TestAsked(t *testing.T) {
	c := &Case{Schema: &design.Schema{Tables: make([]*design.Table, 30)}}
	one := func(rule string, tag finding.Tag, severity finding.Severity, places int) Found {
		return Found{Finding: finding.Finding{Rule: rule, Tag: tag, Severity: severity, Places: make([]finding.Place, places)}}
	}
	all := []Found{
		one("fact", finding.Confirmed, finding.Nit, 0), one("few", finding.Concern, finding.Low, 0), one("nit", finding.Concern, finding.Nit, 9),
		one("many", finding.Concern, finding.Low, 7), one("grave", finding.Concern, finding.Medium, 0), one("some", finding.Concern, finding.Low, 3),
		one("grave2", finding.Concern, finding.High, 0), one("grave3", finding.Concern, finding.Medium, 0), one("grave4", finding.Concern, finding.Medium, 0),
	}
	rules := func(list []Found) (names []string) {
		for _, f := range list {
			names = append(names, f.Rule)
		}
		return names
	}
	kept, left := c.Asked(slices.Clone(all))
	if want := []string{"fact", "grave", "grave2", "grave3", "grave4"}; !slices.Equal(rules(kept), want) || !slices.Equal(left, []string{"many", "some", "few", "nit"}) {
		t.Errorf("kept %v, left %v", rules(kept), left)
	}
	c.Schema.Tables = append(c.Schema.Tables, make([]*design.Table, 20)...)
	if kept, _ = c.Asked(slices.Clone(all)); !slices.Contains(rules(kept), "many") || slices.Contains(rules(kept), "few") {
		t.Errorf("of 50 tables %v", rules(kept))
	}
	c.Schema.Tables = c.Schema.Tables[:29]
	if kept, left = c.Asked(slices.Clone(all)); len(kept) != len(all) || left != nil {
		t.Errorf("of 29 tables %v", left)
	}
}
