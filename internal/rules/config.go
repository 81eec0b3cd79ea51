package rules

import "github.com/pgverdict/pgverdict/internal/rule"

// Choice is what a user has settled for one rule.
type Choice struct {
	Off        bool
	Fail       bool // its findings end the run with status 1, whatever --fail-on says
	Thresholds map[string]float64
	Reason     string
}

// Find gives the rule of an ID; nil if there is none.
func Find(id string) *rule.Rule {
	for _, r := range All {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// Apply puts choices that were checked into a case.
func Apply(choices map[string]Choice, c *rule.Case) {
	c.Off, c.Thresholds = map[string]bool{}, map[*rule.Threshold]float64{}
	for id, choice := range choices {
		c.Off[id] = choice.Off
		for name, value := range choice.Thresholds {
			c.Thresholds[Find(id).Threshold(name)] = value
		}
	}
}
