package cli

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/pgverdict/pgverdict/internal/report"
)

// facts holds the facts of --context key=value, which can be given several
// times.
type facts map[string]string

func (c facts) String() string {
	var pairs []string
	for key, value := range c {
		pairs = append(pairs, key+"="+value)
	}
	sort.Strings(pairs)
	return strings.Join(pairs, ",")
}

func (c facts) Type() string { return "KEY=VALUE" }

// Set takes one fact, or several separated by commas.
func (c facts) Set(text string) error {
	for _, key := range report.ContextKeys() {
		if i := strings.LastIndex(text, ","+key+"="); i > 0 {
			return errors.Join(c.Set(text[:i]), c.Set(text[i+1:]))
		}
	}
	key, value, ok := strings.Cut(text, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if !ok || value == "" || !slices.Contains(report.ContextKeys(), key) {
		return fmt.Errorf("expected KEY=VALUE with one of these keys: %s", strings.Join(report.ContextKeys(), ", "))
	}
	c[key] = value
	return nil
}
