package ddl

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// shape reads a statement as a query; nil if it is none.
func shape(text string) *sql.Query {
	q, err := sql.Parse(text)
	if err != nil {
		return nil
	}
	return q
}

// write runs INSERT, UPDATE, DELETE and MERGE.
func (r *run) write(n sql.Node) {
	rel := plain(n, "relation", "RangeVar")
	word := map[string]string{"InsertStmt": "INSERT", "UpdateStmt": "UPDATE", "DeleteStmt": "DELETE", "MergeStmt": "MERGE"}[n.Kind]
	named := r.relation(nameOf(rel), catalog.Table, false)
	target := r.tableBehind(named, word)
	q := shape(r.s.Text)
	r.act(Action{Verb: Write, Target: "rows", Name: word, Table: target, Query: q, Node: n})
	r.e.Class = RowWrites
	for _, set := range n.List("targetList") {
		if word == "UPDATE" && r.e.Volatile == "" {
			r.e.Volatile = r.volatile(set)
		}
	}
	if word == "MERGE" {
		r.needs(15, "MERGE")
	}
	if target == nil {
		return
	}
	if target.Kind == catalog.MatView {
		r.refuse("the rows of the materialized view %s cannot be changed: run REFRESH MATERIALIZED VIEW", target.Name.Short())
		return
	}
	if named.OID == target.OID && len(target.Rules) == 0 {
		r.needsOwnValues(target, n)
	}
	if r.e.Refused != "" {
		return
	}
	at := len(r.e.Actions) - 1
	changed := r.written(target, q)
	if word == "INSERT" {
		changed = r.routed(target, n)
	}
	if !rel.Get("inh").Bool() {
		if target.Kind == catalog.Partitioned { // which has no rows
			r.lock(target, RowExclusive)
			return
		}
		changed = changed[:1]
	}
	for _, t := range changed {
		r.lock(t, RowExclusive)
	}
	for _, does := range actionsOf(n, word) {
		r.keysOf(target, does, q)
	}
	for _, s := range r.sources(n) {
		if s.OID == target.OID {
			continue
		}
		for _, part := range r.c.Tree(s) {
			r.lock(part, AccessShare)
		}
		if !r.filtered(s, q) {
			r.reads(r.c.Tree(s)...)
		}
	}
	r.lockRows(n, q)
	filtered := r.filtered(target, q)
	if named.OID != target.OID { // the condition has the columns of the view
		filtered = q == nil || len(q.Where) > 0
	}
	if word != "INSERT" && !filtered {
		r.reads(changed...)
		x := &r.e.Actions[at]
		x.Reads, x.Why = true, "no index serves the condition"
	}
	r.writesIn(n)
}

// needsOwnValues refuses INSERT and UPDATE that give a value to a column that makes its own:
// a generated one, or an identity that is ALWAYS generated.
func (r *run) needsOwnValues(t *catalog.Relation, write sql.Node) {
	given := func(name string, value sql.Node) {
		c := t.Column(name)
		if c == nil || value.Kind == "SetToDefault" {
			return
		}
		if override := write.Get("override").String(); c.Generated != "" || c.Identity == "ALWAYS" && (override == "" || override == "OVERRIDING_NOT_SET") {
			r.refuse("column %s of %s makes its own values: only DEFAULT can be written to it", name, t.Name.Short())
		}
	}
	if write.Kind == "UpdateStmt" {
		for _, set := range write.List("targetList") {
			given(set.Get("name").String(), set.Child("val"))
		}
	}
	if write.Kind != "InsertStmt" {
		return
	}
	rows := plain(write, "selectStmt.SelectStmt", "SelectStmt").List("valuesLists")
	for i, column := range write.List("cols") {
		for _, row := range rows {
			if values := row.List("items"); i < len(values) {
				given(column.Get("name").String(), values[i])
			}
		}
		if len(rows) == 0 && write.Get("selectStmt").Exists() {
			given(column.Get("name").String(), sql.Node{})
		}
	}
}

// tableBehind returns the table that a write to a view goes to, and locks the views before it.
func (r *run) tableBehind(t *catalog.Relation, word string) *catalog.Relation {
	for t != nil && t.Kind == catalog.View && len(t.Reads) == 1 && len(t.Rules) == 0 {
		instead := func(g catalog.Trigger) bool { return g.Timing == "INSTEAD OF" && slices.Contains(g.Events, word) }
		below := r.c.Get(t.Reads[0].OID)
		if below == nil || slices.ContainsFunc(t.Triggers, instead) {
			break
		}
		r.lock(t, RowExclusive)
		t = below
	}
	return t
}

// actionsOf are what a statement does to rows: of MERGE, what its branches do.
func actionsOf(n sql.Node, word string) []string {
	if word != "MERGE" {
		return []string{word}
	}
	var list []string
	for _, branch := range n.List("mergeWhenClauses") {
		if does := strings.TrimPrefix(branch.Get("commandType").String(), "CMD_"); does != "NOTHING" && !slices.Contains(list, does) {
			list = append(list, does)
		}
	}
	return list
}

// writesIn runs the writes in WITH.
func (r *run) writesIn(n sql.Node) {
	for _, part := range n.Get("withClause.ctes").Array() {
		if inner := sql.Unwrap(part).Child("ctequery"); writes[inner.Kind] {
			r.write(inner)
		}
	}
}

// writes are the statements that write rows.
var writes = map[string]bool{"InsertStmt": true, "UpdateStmt": true, "DeleteStmt": true, "MergeStmt": true}

// lockRows locks the tables whose rows SELECT ... FOR UPDATE locks: those of OF, or all in its
// FROM.
func (r *run) lockRows(n sql.Node, q *sql.Query) {
	sources := r.sources(n)
	Walk(n, func(s sql.Node) bool {
		for _, clause := range s.List("lockingClause") {
			var only []string
			for _, rel := range clause.List("lockedRels") {
				only = append(only, rel.Get("relname").String())
			}
			for _, from := range s.List("fromClause") {
				Walk(from, func(rel sql.Node) bool {
					alias := cmp.Or(rel.Get("alias.aliasname").String(), rel.Get("relname").String())
					if rel.Kind != "RangeVar" || only != nil && !slices.Contains(only, alias) {
						return rel.Kind != "SubLink"
					}
					for _, t := range sources {
						if t == r.c.Find(nameOf(rel)) {
							for _, part := range r.written(t, q) {
								r.lock(part, RowShare)
							}
							r.lockRead(t, RowShare)
						}
					}
					return true
				})
			}
		}
		return true
	})
}

// written are the tables whose rows a statement may touch: a table with its children, of a
// partitioned table those that the condition leaves.
func (r *run) written(t *catalog.Relation, q *sql.Query) []*catalog.Relation {
	all := r.c.Tree(t)
	if t.Kind != catalog.Partitioned {
		return all
	}
	if q == nil || len(t.Keys) != 1 || t.Keys[0] == "" {
		return all
	}
	return slices.DeleteFunc(all, func(p *catalog.Relation) bool {
		return p.OID != t.OID && slices.Contains(p.Parents, t.OID) && slices.ContainsFunc(q.Where, func(c sql.Cond) bool {
			if c.Left.Name != t.Keys[0] || c.Value != sql.Const {
				return false
			}
			if c.Op == sql.In {
				return len(c.List) > 0 && !slices.ContainsFunc(c.List, func(v redact.Text) bool { return !r.leaves(t, p, "=", literal(v.Raw())) })
			}
			return r.leaves(t, p, c.Operator, literal(c.Const.Raw()))
		})
	})
}

// leaves reports whether a comparison of the key with a value leaves no row of a partition.
func (r *run) leaves(t, part *catalog.Relation, op, value string) bool {
	if !part.Bound.Default {
		return misses(part.Bound, op, value)
	}
	return op == "=" && slices.ContainsFunc(t.Children, func(o catalog.OID) bool { // rows that another partition takes are not in it
		other := r.c.Get(o)
		return other != nil && strategy(other.Bound.Node) != "h" && !other.Bound.Default && other.Bound.Node.Kind != "" && value != "" && !misses(other.Bound, "=", value)
	})
}

// routed are the tables that INSERT may put rows into: of a partitioned table the partitions that
// the values of its key tell, or else all.
func (r *run) routed(t *catalog.Relation, insert sql.Node) []*catalog.Relation {
	if t.Kind != catalog.Partitioned {
		return []*catalog.Relation{t}
	}
	var columns []string
	for _, c := range insert.List("cols") {
		columns = append(columns, c.Get("name").String())
	}
	if columns == nil {
		for _, c := range t.Columns {
			columns = append(columns, c.Name)
		}
	}
	rows := plain(insert, "selectStmt.SelectStmt", "SelectStmt").List("valuesLists")
	if len(rows) == 0 {
		return r.c.Tree(t)
	}
	list := []*catalog.Relation{t}
	var route func(t *catalog.Relation, row []sql.Node)
	route = func(t *catalog.Relation, row []sql.Node) {
		for _, o := range t.Children {
			part := r.c.Get(o)
			if part == nil {
				continue
			}
			if len(t.Keys) == 1 {
				if i := slices.Index(columns, t.Keys[0]); i >= 0 && i < len(row) && r.leaves(t, part, "=", valueOf(row[i])) {
					continue
				}
			}
			if !holds(list, o) {
				list = append(list, part)
			}
			route(part, row)
		}
	}
	for _, row := range rows {
		route(t, row.List("items"))
	}
	return list
}

func literal(text string) string {
	if n, err := sql.Tree("SELECT " + text); err == nil {
		if list := n.List("targetList"); len(list) == 1 {
			return valueOf(list[0].Child("val"))
		}
	}
	return ""
}

// misses reports whether no row of a range or list partition meets a comparison of
// the key with a value.
func misses(b catalog.Bound, op, value string) bool {
	if b.Default || b.Node.Kind == "" || value == "" {
		return false
	}
	switch strategy(b.Node) {
	case "r":
		lower, upper := datum(b.Node, "lowerdatums"), datum(b.Node, "upperdatums")
		below := upper != "MAXVALUE" && upper != "" && order(upper, value) <= 0 // all keys are less than the value
		above := lower != "MINVALUE" && lower != "" && order(lower, value) > 0  // all keys are greater
		from := lower != "MINVALUE" && lower != "" && order(lower, value) >= 0  // none is less
		switch op {
		case "=":
			return below || above
		case "<":
			return from
		case "<=":
			return above
		case ">", ">=":
			return below
		}
	case "l":
		if op != "=" {
			return false
		}
		return !slices.ContainsFunc(b.Node.List("listdatums"), func(v sql.Node) bool { return valueOf(v) == value })
	}
	return false
}

// order compares two constants: as numbers, or as texts, which is right for ISO dates.
func order(a, b string) int {
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	if err1 == nil && err2 == nil {
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// keysOf locks the other ends of foreign keys that a write checks.
func (r *run) keysOf(t *catalog.Relation, word string, q *sql.Query) {
	sets := func(columns []string) bool {
		if word != "UPDATE" || q == nil {
			return true
		}
		return slices.ContainsFunc(q.Set, func(s sql.Set) bool { return slices.Contains(columns, s.Column) })
	}
	moves := t.Kind == catalog.Partitioned && sets(t.Keys) // a row to another partition, where it is inserted
	for _, k := range t.Constraints {
		if k.Type == catalog.ForeignKey && word != "DELETE" && (moves || sets(k.Columns)) {
			r.lockTree(r.c.Get(k.Ref), RowShare)
		}
	}
	if word == "INSERT" {
		return
	}
	for _, ref := range r.referring(t) {
		if word == "UPDATE" && !sets(ref.key.RefColumns) {
			continue
		}
		action := ref.key.OnDelete
		if word == "UPDATE" {
			action = ref.key.OnUpdate
		}
		mode := RowShare
		if action == "CASCADE" || action == "SET NULL" || action == "SET DEFAULT" {
			mode = RowExclusive
		}
		r.lockTree(ref.from, mode)
	}
}

// filtered reports whether an index can serve a condition on a table: it leads with
// a column that is compared. Of a table that is not known, id is taken for its key.
func (r *run) filtered(t *catalog.Relation, q *sql.Query) bool {
	if q == nil {
		return false
	}
	leads := func(column string) bool {
		if column == "ctid" {
			return true
		}
		if t.Assumed {
			return column == "id"
		}
		for _, o := range t.Indexes {
			if ix := r.c.Get(o); ix != nil && ix.Index != nil && len(ix.Index.Columns()) > 0 && ix.Index.Columns()[0] == column {
				return true
			}
		}
		return false
	}
	for one := range q.All {
		of := func(c sql.Column) bool {
			if c.Table != "" {
				return slices.ContainsFunc(one.Tables, func(x sql.Table) bool { return x.Ref() == c.Table && x.Name == t.Name.Name })
			}
			return t.Column(c.Name) != nil || t.Assumed && len(one.Tables) == 1
		}
		if !slices.ContainsFunc(one.Tables, func(x sql.Table) bool { return x.Name == t.Name.Name }) {
			continue
		}
		for _, c := range one.Where {
			if c.Sargable() && c.Op != sql.NotNull && of(c.Left) && leads(c.Left.Name) && c.Value != sql.NoValue {
				if c.Value == sql.Runtime && len(c.Subs) == 0 && !c.Joined && len(one.Tables) > 1 && c.Other.Name != "" {
					continue // a join: which side is read in full is the planner's choice
				}
				return true
			}
		}
	}
	return false
}

// copyRows runs COPY.
func (r *run) copyRows(n sql.Node) {
	rel := plain(n, "relation", "RangeVar")
	if rel.Kind == "" {
		r.act(Action{Verb: Select, Node: n})
		query := n.Child("query")
		for _, s := range r.sources(query) {
			r.lock(s, AccessShare)
			if !query.Get("whereClause").Exists() && !query.Get("limitCount").Exists() {
				r.reads(r.c.Tree(s)...)
			}
		}
		return
	}
	t := r.relation(nameOf(rel), catalog.Table, false)
	from := n.Get("is_from").Bool()
	x := Action{Verb: Write, Target: "rows", Name: "COPY", Table: t, Node: n}
	if !from {
		x.Verb = Select
	}
	r.act(x)
	if t == nil {
		return
	}
	switch {
	case t.Assumed:
	case !from && (t.Kind == catalog.Partitioned || t.Kind == catalog.View):
		r.refuse("COPY TO does not read the %s %s: give it a query", t.Kind, t.Name.Short())
	case from && t.Kind == catalog.MatView:
		r.refuse("COPY FROM does not write the materialized view %s", t.Name.Short())
	}
	if !from {
		r.lock(t, AccessShare)
		r.reads(r.c.Tree(t)...)
		return
	}
	r.e.Class = RowWrites
	for _, one := range r.routed(t, n) {
		r.lock(one, RowExclusive)
	}
	r.keysOf(t, "INSERT", nil)
}

// query runs SELECT: reads, the sequences of nextval and setval, and the writes in
// WITH.
func (r *run) query(n sql.Node) {
	if n.Get("intoClause").Exists() {
		r.selectInto(n)
		return
	}
	q := shape(r.s.Text)
	at := len(r.e.Actions)
	r.act(Action{Verb: Select, Query: q, Node: n})
	Walk(n, func(f sql.Node) bool {
		if f.Kind != "FuncCall" {
			return true
		}
		name, args := f.Strs("funcname"), f.List("args")
		if len(name) == 0 {
			return true
		}
		switch name[len(name)-1] {
		case "setval", "nextval":
			if len(args) > 0 && valueOf(args[0]) != "" {
				s := r.relation(nameIn(valueOf(args[0])), catalog.Sequence, false)
				r.lock(s, RowExclusive)
				if name[len(name)-1] == "setval" {
					x := &r.e.Actions[at]
					x.Verb, x.Target, x.Name, x.Table = Write, "sequence", "setval", s
					if s != nil && len(args) > 1 {
						r.c.Edit(s.OID, func(s *catalog.Relation) { s.Reached = wholeNumber(args[1]) })
					}
				}
			}
		case "set_config":
			if len(args) > 1 {
				r.act(Action{Verb: Set, Name: valueOf(args[0]), To: valueOf(args[1]), Only: len(args) > 2 && valueOf(args[2]) == "true", Node: f})
				if valueOf(args[0]) == "search_path" {
					r.c.Path = nil
				}
			}
		}
		return true
	})
	for _, t := range r.sources(n) {
		for _, part := range r.c.Tree(t) {
			r.lock(part, AccessShare)
		}
		if !r.filtered(t, q) && (q == nil || !q.Limit) {
			r.reads(r.c.Tree(t)...)
		}
	}
	r.lockRows(n, q)
	r.writesIn(n)
}

// selectInto is SELECT ... INTO, which creates a table.
func (r *run) selectInto(n sql.Node) {
	into := plain(n, "intoClause", "IntoClause")
	rel := plain(into, "rel", "RangeVar")
	name := r.c.Home(nameOf(rel))
	t := catalog.Relation{Name: name, Kind: catalog.Table, Assumed: true, Temporary: rel.Get("relpersistence").String() == "t"}
	for _, s := range r.sources(n) {
		if s.Name.Name == name.Name {
			continue
		}
		r.lock(s, AccessShare)
		r.reads(r.c.Tree(s)...)
	}
	x := r.act(Action{Verb: CreateRelationAs, Target: "table", Name: name.Short(), Query: shape(r.s.Text), Node: n})
	x.Other = r.c.Create(t)
}
