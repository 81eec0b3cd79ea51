package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/rule"
)

// Choice is what a user has settled for one rule.
type Choice struct {
	Off        bool               `yaml:"off"`
	Fail       bool               `yaml:"fail"` // its findings end the run with status 1, whatever --fail-on says
	Thresholds map[string]float64 `yaml:"thresholds"`
	Reason     string             `yaml:"reason"`
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

// Check checks the choices: each is of a rule and of a threshold that exist,
// and has its reason.
func Check(choices map[string]Choice) error {
	for _, id := range slices.Sorted(maps.Keys(choices)) {
		choice, r := choices[id], Find(id)
		switch {
		case r == nil:
			return fmt.Errorf("no rule %q: pgverdict rules lists them", id)
		case choice.Off && choice.Fail:
			return fmt.Errorf("rule %s: off and fail exclude each other", id)
		case strings.TrimSpace(choice.Reason) == "":
			return fmt.Errorf("rule %s: a reason is required", id)
		}
		for _, name := range slices.Sorted(maps.Keys(choice.Thresholds)) {
			if r.Threshold(name) == nil {
				return fmt.Errorf("rule %s has no threshold %q: pgverdict rules %s lists them", id, name, id)
			}
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
