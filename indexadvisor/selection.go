package indexadvisor

import (
	"cmp"
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/internal/planner"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// parsed is a statement of the workload with its text as it was parsed.
type parsed struct {
	*workload.Statement
	query *sql.Query
}

// parsedOf reads the statements that the advisor can judge.
func (a *Advisor) parsedOf(statements []*workload.Statement) []parsed {
	var list []parsed
	for _, st := range statements {
		if q, err := sql.Parse(st.Query.Raw()); err == nil && q.Kind != sql.Other && a.knowsIndexes(q) {
			list = append(list, parsed{st, q})
		}
	}
	return list
}

// knowsIndexes reports whether all indexes of a query's tables are known.
func (a *Advisor) knowsIndexes(q *sql.Query) bool {
	for part := range q.All {
		for _, of := range part.Tables {
			if t := a.snap.Table(of.Schema, of.Name); t != nil && !a.snap.IndexesKnown(t) {
				return false
			}
		}
	}
	return true
}

// Limits bound a selection.
type Limits struct {
	Bytes    float64 // storage of the new indexes; 0: no bound
	Indexes  int     // of them; 0: the default
	PerTable int
	// MayDrop says which existing indexes may go once a wider one is there;
	// nil: none.
	MayDrop func(*workload.Index) bool
}

// Choice is an index that the selection took, with what it does for whom.
type Choice struct {
	Index  Index
	Serves []Served
	Gain   float64 // planner units over all calls, its writes taken off
	Writes float64 // what its writes take, in planner units
	Bytes  Float
	// Replaces are indexes that exist and that it makes needless: its writes
	// are those that it adds to theirs.
	Replaces []*workload.Index
}

// Served is a statement that an index makes cheaper: its cost without and with
// all the chosen indexes that it uses, in planner units a call. The costs are
// those of a generic plan; Drawn are the costs in the mean over the values that
// its parameter may have, where these make a difference.
type Served struct {
	Statement     *workload.Statement
	Before, After float64
	Drawn         *struct{ Before, After float64 }
}

// saved is what all calls are spared.
func (s Served) saved() float64 {
	if s.Drawn != nil {
		return s.Statement.Calls.Or(0) * (s.Drawn.Before - s.Drawn.After)
	}
	return s.Statement.Calls.Or(0) * (s.Before - s.After)
}

// Spared is the share of a call's cost that goes, by the mean over the
// parameter's values where that is known.
func (s Served) Spared() float64 {
	if s.Drawn != nil {
		return 1 - s.Drawn.After/s.Drawn.Before
	}
	return 1 - s.After/s.Before
}

// What a choice has to bring.
const (
	defaultIndexes  = 20
	defaultPerTable = 5
	leastGain       = 0.0005 // of the workload's whole cost
	leastTold       = 0.0001 // of it: what saves less is not worth a word
	leastShare      = 0.1    // of what a statement costs without it: less is noise
	leastPart       = 0.02   // of what it cost at first
	walPerUnit      = 24     // bytes of WAL that weigh as much as one unit of cost
	assumedWAL      = 600    // bytes an entry, for choosing alone, where the model has no figure
	keptStatements  = 2000
	severalTables   = 3    // from so many on only the best index of each table is tried with those of the others
	manyTables      = 4    // from so many on indexes by one first key are planned as one, and have to help alone
	leastHelp       = 0.01 // of the cost: that much
	keptJoins       = 100  // of many tables: those that take the most time
)

// Select chooses the indexes that make the workload cheapest, writes counted:
// greedily, then with exchanges until none helps. Statements on a table whose indexes
// are not all known are left out, for one that is not known may serve them already.
func (a *Advisor) Select(statements []*workload.Statement, limits Limits) ([]Choice, []Rejected) {
	if a.snap == nil {
		return nil, nil
	}
	s := a.newSelection(a.parsedOf(statements), limits)
	s.search()
	return s.choices(), s.rejected()
}

// search takes what gains most, and under a bound of storage tries what gains
// most for its size as well: the better of the two stands.
func (s *selection) search() {
	s.fill(func(_, gain float64) float64 { return gain })
	if s.limits.Bytes <= 0 {
		return
	}
	chosen, cost := s.chosen, s.cheapest()
	s.start()
	s.fill(func(bytes, gain float64) float64 { return gain / math.Max(bytes, indexcost.BlockSize) })
	if s.cheapest() >= cost {
		s.start()
		for _, c := range chosen {
			s.take(c)
		}
	}
}

func (s *selection) fill(first func(bytes, gain float64) float64) {
	s.greedy(first)
	for range 3 {
		if !s.exchange() {
			break
		}
	}
}

// start goes back to where nothing is chosen.
func (s *selection) start() {
	s.chosen = nil
	for _, w := range s.work {
		w.now = w.first
	}
}

// cheapest is what the workload costs with what is chosen, and its writes.
func (s *selection) cheapest() float64 {
	sum := s.left()
	for i, c := range s.chosen {
		_, writes := c.extra(slices.Delete(slices.Clone(s.chosen), i, i+1))
		sum += writes
	}
	return sum
}

// selection is a search under way.
type selection struct {
	a      *Advisor
	limits Limits
	work   []*work
	on     map[*workload.Table][]*work
	have   map[*workload.Table][]*planner.Index // indexes that exist
	ideas  []*idea
	groups [][]*idea // ideas that serve together alone
	chosen []*idea
	total  float64 // cost of the workload without any choice
}

// work is a level of a statement with what it costs now.
type work struct {
	st    *workload.Statement
	calls float64
	level *planner.Level
	first float64 // cost a call without any choice
	now   float64
	most  float64            // a cost beyond it is out of proportion to the statement's time; 0: not known
	costs map[string]float64 // by the ideas that it may use
	stand map[string]*idea   // of a join of many tables: the idea that stands for all by one first key
}

// idea is a candidate.
type idea struct {
	*planner.Index
	index  Index
	bytes  float64
	writes float64 // planner units over the statements' window
	name   string
	works  []*work // those that may use it
	of     map[*work]bool
	id     int
	first  string  // its method, first key and predicate
	most   float64 // its gain with no other idea, its writes left out, and what will be noise until others are there counted; of one of a group the group's

	replaces []needless
}

func (a *Advisor) newSelection(statements []parsed, limits Limits) *selection {
	limits.Indexes, limits.PerTable = cmp.Or(limits.Indexes, defaultIndexes), cmp.Or(limits.PerTable, defaultPerTable)
	s := &selection{a: a, limits: limits, on: map[*workload.Table][]*work{}, have: map[*workload.Table][]*planner.Index{}}
	ranked := slices.Clone(statements)
	slices.SortStableFunc(ranked, func(x, y parsed) int {
		return cmp.Or(cmp.Compare(y.TotalMs.Or(0), x.TotalMs.Or(0)), cmp.Compare(x.QueryID, y.QueryID))
	})
	known := map[string]*idea{}
	joins := 0
	for _, st := range ranked[:min(len(ranked), keptStatements)] {
		levels, _ := a.planner.ReadParts(st.query, planner.CallOf(st.Statement))
		for _, l := range levels {
			if l.LargestJoin() >= manyTables {
				if joins++; joins > keptJoins {
					continue
				}
			}
			l.ChooseParameter()
			w := &work{st: st.Statement, calls: st.Calls.Or(0), level: l, costs: map[string]float64{}, stand: map[string]*idea{}}
			for of := range l.All {
				for i, u := range of.Relations {
					if u.Scan != "" {
						continue
					}
					if s.have[u.Table] == nil {
						s.have[u.Table] = a.planner.Existing(u.Table)
					}
					if on := s.on[u.Table]; len(on) == 0 || on[len(on)-1] != w {
						s.on[u.Table] = append(s.on[u.Table], w)
					}
					for _, def := range candidates(of, i) {
						if c := s.consider(u.Table, def, known); c != nil && w.stand[c.first] == nil {
							w.stand[c.first] = c
						}
					}
					for _, set := range indexUnions(of, i) {
						s.together(u.Table, set, known)
					}
				}
			}
			s.work = append(s.work, w)
		}
	}
	for _, w := range s.work {
		w.first = s.cost(w, nil)
		w.now = w.first
	}
	s.temper()
	for _, w := range s.work {
		s.total += w.weight(w.first)
	}
	for _, c := range s.ideas {
		for _, w := range s.on[c.Table] {
			if !w.level.MayUse(c.Index) {
				continue
			}
			c.of[w] = true
			if w.level.LargestJoin() >= manyTables && s.cost(w, []*idea{c}) > (1-leastHelp)*w.first {
				delete(c.of, w)
				continue
			}
			c.works = append(c.works, w)
		}
		s.replace(c)
	}
	slices.SortFunc(s.ideas, func(x, y *idea) int { return cmp.Compare(x.name, y.name) })
	return s
}

// together notes the ideas of candidates that serve each other; those that are
// served by an index that exists need none.
func (s *selection) together(t *workload.Table, set []workload.IndexDef, known map[string]*idea) {
	var group []*idea
	for _, def := range set {
		if c := s.consider(t, def, known); c != nil {
			group = append(group, c)
		}
	}
	if len(group) > 1 && !slices.ContainsFunc(s.groups, func(o []*idea) bool { return slices.Equal(o, group) }) {
		s.groups = append(s.groups, group)
	}
}

// consider gives the idea of a candidate; nil where an index of the kind exists.
func (s *selection) consider(t *workload.Table, def workload.IndexDef, known map[string]*idea) *idea {
	name := signature(t, def)
	if known[name] != nil || redundant(t, def) {
		return known[name]
	}
	c := &idea{Index: s.a.planner.Hypothetical(t, def), index: Index{Schema: t.Schema, Table: t.Name, IndexDef: def}, name: name}
	c.bytes = c.Pages * indexcost.BlockSize
	c.writes = s.a.writeUnits(t, s.a.WriteCost(c.index), nil)
	c.id, c.of = len(s.ideas), map[*work]bool{}
	c.first = signature(t, workload.IndexDef{Method: def.Method, Keys: def.Keys[:1], Where: def.Where})
	known[name] = c
	s.ideas = append(s.ideas, c)
	return c
}

// writeUnits is what an index's upkeep weighs over the statements' window:
// the WAL of the rows that they inserted and updated, as units of cost.
func (a *Advisor) writeUnits(t *workload.Table, w WriteCost, existing *workload.Index) float64 {
	inserted, updated := a.costs.RowsWritten(t)
	lost := w.HOTUpdatesLostShare.Or(0) * updated
	stay := updated
	if all, hot := t.Updated.Or(0), t.HotUpdated.Or(0); all > 0 {
		stay = updated * math.Max(1-hot/all, 0)
	}
	others := len(t.Indexes)
	if existing != nil { // its HOT updates are lost already
		stay = math.Max(stay-lost, 0)
		others--
	}
	update := w.WALBytesPerNonHOTUpdate.Or(assumedWAL)
	bytes := inserted*w.WALBytesPerInsert.Or(assumedWAL) + stay*update
	bytes += lost * (update + float64(others)*indexcost.EntryRecord) // into every index of the table
	return bytes / walPerUnit
}

// gain is what one more idea saves over all calls, its writes taken off; below 0
// where it is not worth them.
func (s *selection) gain(c *idea, with []*idea) float64 { return s.gainOf([]*idea{c}, with) }

// gainOf is the same of several at once.
func (s *selection) gainOf(group, with []*idea) float64 {
	saved, writes := s.weigh(group, with)
	if saved < worthIt*writes {
		return saved - worthIt*writes
	}
	return saved - writes
}

// weigh is what ideas save over all calls beside others, and what their writes
// take.
func (s *selection) weigh(group, with []*idea) (saved, writes float64) {
	for _, c := range group {
		_, more := c.extra(with)
		writes += more
		with = append(slices.Clip(with), c)
	}
	return s.saved(group, with, leastShare), writes
}

// saved is what the statements that may use one of several ideas are spared
// with all that is chosen.
func (s *selection) saved(group, with []*idea, least float64) float64 {
	sum := 0.0
	for n, c := range group {
		for _, w := range c.works {
			if !slices.ContainsFunc(group[:n], func(o *idea) bool { return o.of[w] }) {
				sum += w.saved(w.now, s.cost(w, with), least)
			}
		}
	}
	return sum
}

// served gives a level's costs without and with all that is chosen.
func (s *selection) served(w *work) Served {
	if len(w.level.ParamValues) == 0 {
		return Served{w.st, w.first, w.now, nil}
	}
	return Served{
		w.st, s.a.planner.Cost(w.level, s.usable(w, nil)), s.a.planner.Cost(w.level, s.usable(w, s.chosen)),
		&struct{ Before, After float64 }{w.first, w.now},
	}
}

// choices words the result: for each index the statements that it serves when
// it is added to the others, the largest gain first.
func (s *selection) choices() []Choice {
	var list []Choice
	for i, c := range s.chosen {
		others := slices.Delete(slices.Clone(s.chosen), i, i+1)
		_, writes := c.extra(others)
		choice := Choice{Index: c.index, Writes: writes, Gain: -writes, Bytes: s.a.SizeBytes(c.index)}
		for _, n := range c.replaces {
			if !slices.ContainsFunc(list, func(o Choice) bool { return slices.Contains(o.Replaces, n.index) }) {
				choice.Replaces = append(choice.Replaces, n.index)
			}
		}
		for _, w := range c.works {
			without := s.cost(w, others)
			saved := w.saved(without, w.now, leastShare)
			if saved == 0 {
				continue
			}
			choice.Gain += saved
			choice.Serves = append(choice.Serves, s.served(w))
		}
		if len(choice.Serves) > 0 {
			slices.SortStableFunc(choice.Serves, func(x, y Served) int {
				return cmp.Compare(y.saved(), x.saved())
			})
			list = append(list, choice)
		}
	}
	slices.SortStableFunc(list, func(x, y Choice) int { return cmp.Compare(y.Gain, x.Gain) })
	return list
}
