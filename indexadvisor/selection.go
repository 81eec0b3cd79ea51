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
	Bytes    float64 // storage of the new indexes, of which SizeMargin is kept; 0: no bound
	Indexes  int     // their number; 0: the default
	PerTable int
	// MayDrop reports which existing indexes may be dropped once a wider one exists;
	// nil: none.
	MayDrop func(*workload.Index) bool
}

// Choice is an index that the selection chose, with the statements that it serves.
type Choice struct {
	Index  Index
	Serves []Served
	Gain   float64 // planner units over all calls, less its writes
	Writes float64 // cost of its writes, in planner units
	Bytes  Float
	// Replaces are existing indexes that it replaces: its writes are those that it adds
	// to theirs.
	Replaces []*workload.Index
	// Reached is the share of what all choices save that it saves with the choices before
	// it.
	Reached float64
}

// Served is a statement that an index makes cheaper: its cost without and with all
// chosen indexes that it uses, in planner units per call. The costs are those of a
// generic plan; OverValues are the average costs over likely values of its parameter, or
// widths of its ranges, if these make a difference.
type Served struct {
	Statement     *workload.Statement
	Before, After float64
	OverValues    *struct{ Before, After float64 }
}

// saved is the savings over all calls.
func (s Served) saved() float64 {
	if s.OverValues != nil {
		return s.Statement.Calls.Or(0) * (s.OverValues.Before - s.OverValues.After)
	}
	return s.Statement.Calls.Or(0) * (s.Before - s.After)
}

// SavedShare is the share of a call's cost that is saved, on average over the
// parameter's values if that is known.
func (s Served) SavedShare() float64 {
	if s.OverValues != nil {
		return 1 - s.OverValues.After/s.OverValues.Before
	}
	return 1 - s.After/s.Before
}

// What a choice has to save, and the bounds of the search.
const (
	defaultIndexes  = 20
	defaultPerTable = 8
	minGain         = 0.0005 // of the workload's whole cost
	minReported     = 0.0001 // of it: less is not reported
	minShare        = 0.1    // of a statement's cost without it: less is noise
	minPart         = 0.02   // of its cost without any choice
	storageShare    = 0.04   // of the workload's cost: what an index has to save that is as large as all tables
	granted         = 0.5    // of that under a storage budget, which says what may be used
	ownCost         = 0.01   // of it: what one more index counts for in the order of the choices, beside its storage and writes
	copies          = 2      // times as much, if it has included columns: what they save is gone when the statement reads one column more
	walPerUnit      = 24     // bytes of WAL that weigh as much as one unit of cost
	assumedWAL      = 600    // bytes an entry, for choosing alone, where the model has no figure
	maxStatements   = 2000
	manyTables      = 4    // from this number of tables on a query is planned with one value of its parameters only
	minHelp         = 0.01 // of a join's cost: what a candidate has to save, alone or as part of its best plan
	maxTogether     = 4    // candidates that are taken at once because they help only together
	maxJoins        = 100  // of many tables: those with the most time
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

// search takes what gains most, and again what gains most for its size; under a storage
// budget also what it would take without the budget, shrunk. Which indexes it ends with
// depends on the first ones: in the end it exchanges and drops among all that it found.
// The best remains, with room made in it for others under a budget, and otherwise without
// the large ones that rest on a guess.
func (s *selection) search() {
	var found []*candidate
	searches := []func(){
		func() { s.fill(byGain) },
		func() { s.fill(byDensity) },
		func() {
			s.shrunk(func() {
				for _, c := range found {
					if s.fits(c) {
						s.take(c)
					}
				}
				s.exchanges()
			})
		},
	}
	if s.limits.Bytes > 0 {
		searches = slices.Insert(searches, 0, func() { s.shrunk(func() { s.fill(byGain) }) })
	}
	var best []*candidate
	least := math.Inf(1)
	for _, search := range searches {
		s.reset()
		search()
		found = append(found, s.chosen...)
		if s.totalCost() < least {
			best, least = s.chosen, s.totalCost()
		}
	}
	s.choose(best)
	if s.limits.Bytes > 0 {
		s.makeRoom()
	} else {
		s.justify()
	}
}

func byGain(_, gain float64) float64 { return gain }

func byDensity(bytes, gain float64) float64 { return gain / math.Max(bytes, indexcost.BlockSize) }

// When a choice rests on a guess: a large index, of which the planner's own assumption on
// ranges and patterns pays for less than half.
const (
	largeIndex = 0.05 // of all tables
	paidFor    = 0.5
)

// justify drops large choices that are worth their cost only if ranges and patterns are
// wider than the planner assumes.
func (s *selection) justify() {
	large := largeIndex * s.advisor.tableBytes()
	for _, c := range slices.Clone(s.chosen) {
		others := slices.DeleteFunc(slices.Clone(s.chosen), func(o *candidate) bool { return o == c })
		stored, writes := s.upkeep(c, others)
		if c.bytes < large || s.savedNarrow(c, others) >= paidFor*(stored+writes) {
			continue
		}
		s.chosen = others
		s.updateCosts(c)
	}
}

// savedNarrow is what a choice saves beside others if ranges and patterns are as narrow as
// the planner assumes.
func (s *selection) savedNarrow(c *candidate, others []*candidate) float64 {
	sum := 0.0
	for _, q := range c.queries {
		without, with := s.cost(q, others), q.now
		if q.level.Guessed() {
			without = s.advisor.planner.NarrowCost(q.level, s.indexesFor(q, q.useful(others)))
			with = s.advisor.planner.NarrowCost(q.level, s.indexesFor(q, q.useful(s.chosen)))
		}
		sum += q.saved(without, with, minShare)
	}
	return sum
}

// shrunk searches without the storage budget, and brings the result within it.
func (s *selection) shrunk(search func()) {
	within := s.limits.Bytes
	s.limits.Bytes = 0
	search()
	s.limits.Bytes = within
	s.shrink(nil)
	s.exchanges()
}

func (s *selection) fill(first func(bytes, gain float64) float64) {
	s.greedy(first)
	s.exchanges()
}

// choose sets what is chosen.
func (s *selection) choose(list []*candidate) {
	s.reset()
	for _, c := range list {
		s.take(c)
	}
}

func (s *selection) exchanges() {
	for range 3 {
		merged := s.mergeChosen()
		if !s.exchange() && !merged {
			break
		}
	}
}

// reset goes back to no choice.
func (s *selection) reset() {
	s.chosen = nil
	for _, q := range s.queries {
		q.now = q.before
	}
}

// totalCost is the cost of the workload with the chosen indexes, of their writes and of
// their storage.
func (s *selection) totalCost() float64 {
	sum := s.remaining()
	for i, c := range s.chosen {
		stored, writes := s.upkeep(c, s.chosen[:i])
		sum += writes + stored
	}
	return sum
}

// selection is a search in progress.
type selection struct {
	advisor    *Advisor
	limits     Limits
	queries    []*query
	byTable    map[*workload.Table][]*query
	existing   map[*workload.Table][]*planner.Index // indexes that exist
	candidates []*candidate
	known      map[string]*candidate            // by their names
	onTable    map[*workload.Table][]*candidate // with those that are lacking, the smallest first
	lacking    []*candidate                     // candidates that need an extension which is not installed
	groups     [][]*candidate                   // candidates that are of use only together
	chosen     []*candidate
	total      float64 // cost of the workload without any choice
	perByte    float64 // what a byte of storage has to save
}

// query is one statement's query level with its present cost.
type query struct {
	statement *workload.Statement
	calls     float64
	level     *planner.Level
	before    float64 // cost per call without any choice
	now       float64
	maxCost   float64            // a higher cost is out of proportion to the statement's time; 0: not known
	costs     map[string]float64 // by the candidates that it may use
	plans     [][]planned        // for each of its values
	least     float64            // cost with all candidates
	branches  bool               // an OR needs several candidates at once
}

// candidate is an index that may be chosen.
type candidate struct {
	*planner.Index
	index    Index
	bytes    float64
	writes   float64 // planner units over the statements' window
	name     string
	queries  []*query              // those that may use it
	mayServe map[*query]*candidate // for each of them, the candidate that stands for all that are as good
	id       int
	maxGain  float64 // its gain alone, without its writes and with small savings counted; of one of a group the group's

	replaces []replaced
}

func (a *Advisor) newSelection(statements []parsed, limits Limits) *selection {
	limits.Bytes *= 1 - SizeMargin
	limits.Indexes, limits.PerTable = cmp.Or(limits.Indexes, defaultIndexes), cmp.Or(limits.PerTable, defaultPerTable)
	s := &selection{advisor: a, limits: limits, byTable: map[*workload.Table][]*query{}, existing: map[*workload.Table][]*planner.Index{}, onTable: map[*workload.Table][]*candidate{}, known: map[string]*candidate{}}
	ranked := slices.Clone(statements)
	slices.SortStableFunc(ranked, func(x, y parsed) int {
		return cmp.Or(cmp.Compare(y.TotalMs.Or(0), x.TotalMs.Or(0)), cmp.Compare(x.QueryID, y.QueryID))
	})
	joins := 0
	for _, st := range ranked[:min(len(ranked), maxStatements)] {
		levels, _ := a.planner.ReadParts(st.query, planner.CallOf(st.Statement))
		for _, l := range levels {
			large := l.LargestJoin() >= manyTables
			if large {
				joins++
			}
			if large && joins > maxJoins {
				continue
			}
			a.planner.ChooseParameter(l, large)
			q := &query{statement: st.Statement, calls: st.Calls.Or(0), level: l, costs: map[string]float64{}, plans: make([][]planned, len(l.Values()))}
			for of := range l.All {
				for i, u := range of.Relations {
					if u.Scan != "" {
						continue
					}
					if s.existing[u.Table] == nil {
						s.existing[u.Table] = a.planner.Existing(u.Table)
					}
					if on := s.byTable[u.Table]; len(on) == 0 || on[len(on)-1] != q {
						s.byTable[u.Table] = append(s.byTable[u.Table], q)
					}
					for _, def := range candidateDefs(of, i) {
						s.candidateOf(u.Table, def)
					}
					for _, set := range indexUnions(of, i) {
						q.branches = true
						s.addGroup(u.Table, set)
					}
				}
			}
			s.queries = append(s.queries, q)
		}
	}
	for _, q := range s.queries {
		q.before = s.cost(q, nil)
		q.now = q.before
	}
	s.capCosts()
	for _, q := range s.queries {
		s.total += q.weighted(q.before)
	}
	if stored := a.tableBytes(); stored > 0 {
		s.perByte = storageShare * s.total / stored
		if limits.Bytes > 0 {
			s.perByte *= granted
		}
	}
	for _, list := range s.onTable {
		slices.SortFunc(list, func(x, y *candidate) int { return cmp.Or(cmp.Compare(x.bytes, y.bytes), cmp.Compare(x.name, y.name)) })
	}
	for _, q := range s.queries {
		s.findCandidates(q)
	}
	for _, c := range s.candidates {
		s.replace(c)
	}
	s.unite()
	for _, c := range s.candidates {
		c.maxGain = s.saved([]*candidate{c}, []*candidate{c}, minPart)
	}
	slices.SortFunc(s.candidates, func(x, y *candidate) int { return cmp.Compare(x.name, y.name) })
	return s
}

// findCandidates finds the candidates that a query may use.
func (s *selection) findCandidates(q *query) {
	standIns := map[string]*candidate{}
	var all, list []*candidate
	joins := q.level.LargestJoin() > 1
	for _, t := range q.level.Tables() {
		for _, c := range s.onTable[t] {
			if !q.level.MayUse(c.Index) {
				continue
			}
			is := c
			if joins {
				key := s.advisor.planner.AccessKey(q.level, c.Index, s.existing[t])
				if key == "" && !q.branches {
					continue
				}
				if key != "" && standIns[key] == nil {
					standIns[key] = c
				}
				is = cmp.Or(standIns[key], c)
			}
			c.mayServe[q] = is
			if list = append(list, c); is == c {
				all = append(all, c)
			}
		}
	}
	slices.SortFunc(all, byID)
	least, used := s.plan(q, all)
	q.least = least
	s.addPair(q, used)
	for _, c := range list {
		is := c.mayServe[q]
		if joins && !slices.Contains(used, is) && s.cost(q, []*candidate{is}) > (1-minHelp)*q.before {
			delete(c.mayServe, q)
			continue
		}
		c.queries = append(c.queries, q)
	}
}

// addPair records the candidates of a query's best plan as a group, if they are few and
// all that they save one by one is less than half of what they save together.
func (s *selection) addPair(q *query, used []*candidate) {
	if len(used) < 2 || len(used) > maxTogether || slices.ContainsFunc(used, func(c *candidate) bool { return slices.Contains(s.lacking, c) }) {
		return
	}
	alone := 0.0
	for _, c := range used {
		alone += q.before - s.cost(q, []*candidate{c})
	}
	if alone < (q.before-q.least)/2 {
		s.groups = append(s.groups, used)
	}
}

// addGroup records candidates that are of use only together. An index that exists is
// not among them.
func (s *selection) addGroup(t *workload.Table, set []workload.IndexDef) {
	var group []*candidate
	for _, def := range set {
		if c := s.candidateOf(t, def); c != nil {
			group = append(group, c)
		}
	}
	if len(group) > 1 && !slices.ContainsFunc(s.groups, func(o []*candidate) bool { return slices.Equal(o, group) }) {
		s.groups = append(s.groups, group)
	}
}

// candidateOf is the candidate for a definition; nil if such an index exists, or finds too
// much of the table.
func (s *selection) candidateOf(t *workload.Table, def workload.IndexDef) *candidate {
	name := signature(t, def)
	if s.known[name] != nil || existsAlready(t, def) || findsMuch(t, def) {
		return s.known[name]
	}
	c := &candidate{Index: s.advisor.planner.Hypothetical(t, def), index: Index{Schema: t.Schema, Table: t.Name, IndexDef: def}, name: name}
	c.bytes = c.Pages * indexcost.BlockSize
	if s.limits.Bytes > 0 && !indexcost.CoveredShare(t, def.Where).Known() {
		c.bytes /= indexcost.AssumedShare(t, def.Where) // nobody knows how many rows it has: all of them have room
	}
	c.writes = s.advisor.writeUnits(t, s.advisor.WriteCost(c.index), nil)
	c.id, c.mayServe = len(s.known), map[*query]*candidate{}
	s.known[name] = c
	s.onTable[t] = append(s.onTable[t], c)
	if s.advisor.snap.Lacks(extensionOf(def)) {
		s.lacking = append(s.lacking, c)
		return c
	}
	if len(def.Include) <= maxUnited { // a wider one is priced on the way to one that is not
		s.candidates = append(s.candidates, c)
	}
	return c
}

// writeUnits is the upkeep of an index over the statements' window: the WAL of the rows
// that were inserted and updated, as units of cost.
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

// gain is what one more candidate saves over all calls, less its writes and its storage;
// below 0 if it is not worth them.
func (s *selection) gain(c *candidate, with []*candidate) float64 {
	return s.gainOf([]*candidate{c}, with)
}

// gainOf is the gain of several at once.
func (s *selection) gainOf(group, with []*candidate) float64 {
	saved, writes, stored := s.weigh(group, with)
	net := saved - writes - stored
	if saved < worthIt*writes {
		return min(net, saved-worthIt*writes)
	}
	return net
}

// weigh is what candidates save over all calls beside others, the cost of their writes,
// and what their storage has to save.
func (s *selection) weigh(group, with []*candidate) (saved, writes, stored float64) {
	for _, c := range group {
		storage, written := s.upkeep(c, with)
		writes, stored = writes+written, stored+storage
		with = append(slices.Clip(with), c)
	}
	return s.saved(group, with, minShare), writes, stored
}

// upkeep is what the storage of a candidate has to save beside others, and the cost of
// its writes.
func (s *selection) upkeep(c *candidate, with []*candidate) (stored, writes float64) {
	bytes, writes := c.extra(with)
	if stored = s.perByte * bytes; len(c.Def.Include) > 0 {
		stored *= copies
	}
	return stored, writes
}

// saved is the savings of the queries that may use one of several candidates, with all
// chosen ones.
func (s *selection) saved(group, with []*candidate, least float64) float64 {
	sum := 0.0
	for n, c := range group {
		for _, q := range c.queries {
			if q.saved(q.now, q.least, least) == 0 {
				continue // no candidate helps any more
			}
			if !slices.ContainsFunc(group[:n], func(o *candidate) bool { return o.mayServe[q] != nil }) {
				sum += q.saved(q.now, s.cost(q, with), least)
			}
		}
	}
	return sum
}

// served gives a query's costs without and with all chosen indexes.
func (s *selection) served(q *query) Served {
	if len(q.level.ParamValues) == 0 {
		return Served{q.statement, q.before, q.now, nil}
	}
	return Served{
		q.statement, s.advisor.planner.Cost(q.level, s.indexesFor(q, nil)), s.advisor.planner.Cost(q.level, s.indexesFor(q, s.chosen)),
		&struct{ Before, After float64 }{q.before, q.now},
	}
}

// choices are the result: for each index the statements that it serves when added to
// the others, in the order of what each gains for its cost.
func (s *selection) choices() []Choice {
	type ranked struct {
		Choice
		of    *candidate
		worth float64
	}
	var list []ranked
	for i, c := range s.chosen {
		others := slices.Delete(slices.Clone(s.chosen), i, i+1)
		stored, writes := s.upkeep(c, others)
		choice := Choice{Index: c.index, Writes: writes, Gain: -writes, Bytes: s.advisor.SizeBytes(c.index)}
		for _, n := range c.replaces {
			if !slices.ContainsFunc(list, func(o ranked) bool { return slices.Contains(o.Replaces, n.index) }) {
				choice.Replaces = append(choice.Replaces, n.index)
			}
		}
		for _, q := range c.queries {
			without := s.cost(q, others)
			saved := q.saved(without, q.now, minShare)
			if saved == 0 {
				continue
			}
			choice.Gain += saved
			choice.Serves = append(choice.Serves, s.served(q))
		}
		if len(choice.Serves) > 0 {
			slices.SortStableFunc(choice.Serves, func(x, y Served) int {
				return cmp.Compare(y.saved(), x.saved())
			})
			list = append(list, ranked{choice, c, choice.Gain / (math.Max(writes+stored, 0) + ownCost*s.total)})
		}
	}
	slices.SortStableFunc(list, func(x, y ranked) int { return cmp.Compare(y.worth, x.worth) })
	choices := make([]Choice, len(list))
	var with []*candidate
	for i := range list {
		with = append(with, list[i].of)
		choices[i] = list[i].Choice
		choices[i].Reached = s.reached(with)
	}
	return choices
}

// reached is the share of what all chosen candidates save that some of them save.
func (s *selection) reached(with []*candidate) float64 {
	saved, all := 0.0, 0.0
	for _, q := range s.queries {
		before := q.weighted(q.before)
		saved, all = saved+before-q.weighted(s.cost(q, with)), all+before-q.weighted(q.now)
	}
	return saved / all
}

// tableBytes is the storage of all tables whose size is known.
func (a *Advisor) tableBytes() float64 {
	sum := 0.0
	for _, t := range a.snap.Tables {
		sum += t.SizeBytes.Or(t.Pages.Or(0) * indexcost.BlockSize)
	}
	return sum
}
