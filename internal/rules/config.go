package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Choice is what a user has settled for one rule.
type Choice struct {
	Off        bool               `yaml:"off"`
	Thresholds map[string]float64 `yaml:"thresholds"`
	Reason     string             `yaml:"reason"`
}

// Find gives the rule of an ID; nil if there is none.
func Find(id string) *Rule {
	for _, r := range All {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// Configure sets thresholds and checks the choices: each is of a rule and of
// a threshold that exist, and has its reason. It is called once, before a
// run; undo puts the thresholds back.
func Configure(choices map[string]Choice) (undo func(), err error) {
	type change struct {
		t   *Threshold
		was float64
	}
	var changed []change
	undo = func() {
		for _, c := range changed {
			c.t.Value = c.was
		}
	}
	for _, id := range slices.Sorted(maps.Keys(choices)) {
		choice, r := choices[id], Find(id)
		switch {
		case r == nil:
			return undo, fmt.Errorf("no rule %q: pgverdict rules lists them", id)
		case strings.TrimSpace(choice.Reason) == "":
			return undo, fmt.Errorf("rule %s: want a reason, which the report gives", id)
		}
		for _, name := range slices.Sorted(maps.Keys(choice.Thresholds)) {
			t := r.threshold(name)
			if t == nil {
				return undo, fmt.Errorf("rule %s has no threshold %q: pgverdict rules %s lists them", id, name, id)
			}
			changed = append(changed, change{t, t.Value})
			t.Value = choice.Thresholds[name]
		}
	}
	return undo, nil
}

func (r *Rule) threshold(name string) *Threshold {
	for _, t := range r.Thresholds {
		if t.Name == name {
			return t
		}
	}
	return nil
}
