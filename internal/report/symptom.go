package report

import (
	"slices"
	"strings"
)

// contextKeys lists the facts of a symptom in the order of the report. The values
// of --context, their completion and all formats use this table.
var contextKeys = []struct {
	key, label string
	reference  bool // names the incident and is not reported as missing
}{
	{"ticket", "ticket", true},
	{"database", "database", false},
	{"service", "service", false},
	{"how-often", "how often", false},
	{"slow", "how slow", false},
	{"since", "since when", false},
}

// ContextKeys returns the keys of --context.
func ContextKeys() []string {
	keys := make([]string, len(contextKeys))
	for i, k := range contextKeys {
		keys[i] = k.key
	}
	return keys
}

// WantedContext returns the keys that a report lists as not given.
func WantedContext() []string {
	var keys []string
	for _, k := range contextKeys {
		if !k.reference {
			keys = append(keys, k.key)
		}
	}
	return keys
}

// answers returns the known facts of the symptom, one label and text per key.
func (s Symptom) answers() (labels, texts []string) {
	for _, k := range contextKeys {
		var said string
		for _, f := range s.Facts {
			if f.Key != k.key {
				continue
			}
			if said != "" {
				said += "; "
			}
			said += f.Text
		}
		if said != "" {
			labels, texts = append(labels, k.label), append(texts, said)
		}
	}
	return labels, texts
}

// answersBeside is answers without what the headline of a ticket has: the database of a
// workload, and the time of the only plan.
func (s Symptom) answersBeside(r *Report) (labels, texts []string) {
	s.Facts = slices.DeleteFunc(slices.Clone(s.Facts), func(f Fact) bool {
		return f.Source == "plan" && len(r.Plans) == 1 || f.Key == "database" && s.Query == "" && len(s.Facts) == 1
	})
	return s.answers()
}

// notGiven names the facts that are not given; empty if there are none.
func (s Symptom) notGiven() string {
	var labels []string
	for _, k := range contextKeys {
		if slices.Contains(s.NotGiven, k.key) {
			labels = append(labels, k.label)
		}
	}
	return strings.Join(labels, ", ")
}
