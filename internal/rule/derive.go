package rule

import (
	"sync"
)

// Derived is a value that several rules need, worked out from a Case or a Plan
// when one of them first asks for it. It keeps rules from writing into what is
// built once and then only read.
type Derived[O owner, T any] struct{ from func(O) T }

// owner is what values are derived from; memo holds them.
type owner interface{ memo() *sync.Map }

func (c *Case) memo() *sync.Map { return c.derived }

func (p *Plan) memo() *sync.Map { return &p.derived }

// Derive declares a value that is worked out by a function.
func Derive[O owner, T any](from func(O) T) *Derived[O, T] { return &Derived[O, T]{from} }

// Of gives the value for its owner. It is safe for concurrent use.
func (d *Derived[O, T]) Of(o O) T {
	once, known := o.memo().Load(d)
	if !known {
		once, _ = o.memo().LoadOrStore(d, sync.OnceValue(func() any { return d.from(o) }))
	}
	return once.(func() any)().(T)
}
