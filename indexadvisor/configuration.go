package indexadvisor

import "github.com/pgverdict/pgverdict/workload"

// Configuration is the set of indexes that are advised together: within a budget of
// storage, each under a name of its own.
type Configuration struct {
	advisor *Advisor
	budget  float64         // bytes; 0: no bound
	bytes   float64         // of the indexes, as far as their sizes are known
	names   map[string]bool // that were given, with their schemas
	avoided map[string]bool
}

// SizeMargin is the share of a storage budget that is kept: sizes of new indexes are
// estimates, most of them within it.
const SizeMargin = 0.03

// Configure starts an empty configuration; a budget of 0 is no bound.
func (a *Advisor) Configure(budget float64) *Configuration {
	return &Configuration{advisor: a, budget: (1 - SizeMargin) * budget, names: map[string]bool{}, avoided: map[string]bool{}}
}

// Avoid keeps names of indexes, in whatever schema they are, from being given again: those
// that a plan shows, where no catalog tells them.
func (c *Configuration) Avoid(names ...string) {
	for _, name := range names {
		c.avoided[name] = true
	}
}

// Take counts an index into the budget, and those that it replaces out of it. It
// reports false if the budget does not allow the index; bytes is what it would add.
func (c *Configuration) Take(ix Index, replaced ...*workload.Index) (bytes float64, fits bool) {
	bytes = c.advisor.SizeBytes(ix).Or(0)
	for _, old := range replaced {
		bytes -= old.SizeBytes.Or(0)
	}
	if c.budget > 0 && c.bytes+bytes > c.budget {
		return bytes, false
	}
	c.bytes += bytes
	return bytes, true
}
