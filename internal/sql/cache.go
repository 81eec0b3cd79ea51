package sql

import "sync"

// The caches hold the result of each text, because rules and the planner's model
// read the same conditions many times. A full cache is emptied, which ordinary
// input never reaches.
var (
	queries     = cache[*Query]{}
	conds       = cache[[]Cond]{}
	sortKeys    = cache[Key]{}
	columnLists = cache[[]Column]{}
)

const (
	cachedTexts = 20_000
	cachedBytes = 64 << 20
)

type cache[T any] struct {
	mu    sync.Mutex
	done  map[string]parsed[T]
	bytes int
}

type parsed[T any] struct {
	value T
	err   error
}

func (c *cache[T]) get(text string, parse func(string) (T, error)) (T, error) {
	c.mu.Lock()
	p, ok := c.done[text]
	c.mu.Unlock()
	if ok {
		return p.value, p.err
	}
	v, err := parse(text)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil || len(c.done) >= cachedTexts || c.bytes >= cachedBytes {
		c.done, c.bytes = map[string]parsed[T]{}, 0
	}
	c.done[text] = parsed[T]{v, err}
	c.bytes += len(text)
	return v, err
}
