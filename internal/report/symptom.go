package report

import "slices"

// contextKeys are what a symptom can be told by, in the order of the page: the
// flag's values, their completion and every page follow from this table.
var contextKeys = []struct {
	key, label string
	reference  bool // names the incident and is not missed where it is not given
}{
	{"ticket", "ticket", true},
	{"database", "database", false},
	{"service", "service", false},
	{"how-often", "how often", false},
	{"slow", "how slow", false},
	{"since", "since", false},
}

// ContextKeys are the keys of --context.
func ContextKeys() []string {
	keys := make([]string, len(contextKeys))
	for i, k := range contextKeys {
		keys[i] = k.key
	}
	return keys
}

// WantedContext are the keys that a page says are not given.
func WantedContext() []string {
	var keys []string
	for _, k := range contextKeys {
		if !k.reference {
			keys = append(keys, k.key)
		}
	}
	return keys
}

// answers are the symptom's facts, a line a key: its label, and what is known
// by all that tell it.
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

// notGiven says in one line what nobody told; empty if nothing is open.
func (s Symptom) notGiven() string {
	var labels []string
	for _, k := range contextKeys {
		if slices.Contains(s.NotGiven, k.key) {
			labels = append(labels, k.label)
		}
	}
	return joinWords(labels)
}
