package sql

import "fmt"

// Aggregate is a call of an aggregate in the outputs or in HAVING.
type Aggregate struct {
	Name     string
	Args     string   // as written; calls that differ have different ones
	Columns  []Column // in them
	Computed int      // operators and functions of them and of FILTER that are evaluated for each row
	Sorted   bool     // DISTINCT or ORDER BY: it needs the rows of a group in order
}

// aggregated adds the aggregates of an expression, each once.
func (q *Query) aggregated(r Result) {
	callsOf(r, isAggregate, func(call Result) {
		n := Node{"FuncCall", call}
		args, filter := n.List("args"), n.Child("agg_filter")
		a := Aggregate{Name: lastName(call), Sorted: call.Get("agg_distinct").Exists() || call.Get("agg_order").Exists()}
		text, ok := renderAll(args)
		if a.Args = text; !ok || filter.Kind != "" || a.Sorted {
			a.Args = fmt.Sprint(text, " #", len(q.Aggregated))
		}
		for _, e := range append(args, filter) {
			count, _ := computed(e)
			a.Computed += count
			a.Columns = columnsIn(e, a.Columns)
		}
		for _, o := range q.Aggregated {
			if o.Name == a.Name && o.Args == a.Args {
				return
			}
		}
		q.Aggregated = append(q.Aggregated, a)
	})
}
