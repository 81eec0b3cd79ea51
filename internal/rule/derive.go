package rule

import (
	"sync"
)

// Derived is a value that several rules need. It is computed from a Case or a Plan on
// first use, so that rules need not write to either.
type Derived[O owner, T any] struct{ from func(O) T }

// owner is a Case or a Plan; memo holds its derived values.
type owner interface{ memo() *sync.Map }

func (c *Case) memo() *sync.Map { return c.derived }

func (p *Plan) memo() *sync.Map { return &p.derived }

// Derive declares a value that from computes.
func Derive[O owner, T any](from func(O) T) *Derived[O, T] { return &Derived[O, T]{from} }

// Of returns the value for its owner. It is safe for concurrent use.
func (d *Derived[O, T]) Of(o O) T {
	once, known := o.memo().Load(d)
	if !known {
		once, _ = o.memo().LoadOrStore(d, sync.OnceValue(func() any { return d.from(o) }))
	}
	return once.(func() any)().(T)
}
