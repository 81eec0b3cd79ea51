package plans

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/account"
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// ownKeys reports whether an index on the scan's table can have all keys: they are its
// columns, or immutable expressions of these.
func ownKeys(keys []sql.Key, scan *plan.Node) bool {
	ours := func(c sql.Column) bool {
		return c.Table == "" || c.Table == scan.Alias || c.Table == scan.Relation || c.Table == account.PartOf(scan)
	}
	for _, k := range keys {
		switch {
		case k.Column.Name != "" && ours(k.Column):
		case k.Column.Name == "" && len(k.Columns) > 0 && !slices.ContainsFunc(k.Columns, func(c sql.Column) bool { return !ours(c) }) && indexable(k.Expr.Raw()):
		default:
			return false
		}
	}
	return len(keys) > 0
}

// indexable reports whether an index can be built on an expression: it calls only
// functions that are immutable for all types, and does not depend on settings as
// arithmetic with dates and most casts do.
func indexable(expr string) bool {
	if expr == unwritten || comparesValue.MatchString(expr) {
		return false
	}
	for _, m := range callPattern.FindAllStringSubmatch(strings.ToLower(expr), -1) {
		if !immutable[m[1]] {
			return false
		}
	}
	return !strings.ContainsAny(settledCast.ReplaceAllString(expr, ""), "+-?$:") && !strings.Contains(expr, "SubPlan") && !strings.Contains(expr, " OVER ")
}

// unwritten is what sql.Key has for an expression that it cannot write, such as a CASE.
const unwritten = "(expression)"

// comparesValue matches the comparison with a value in the expression of a key: an index on
// it serves only the statements with this value.
var comparesValue = regexp.MustCompile(` (?:=|<>|!=|[<>]=?|!?~~?\*?|LIKE|ILIKE|IN) \(?(?:'|-?\d|\$\d|ANY \(|\?|true\b|false\b)`)

// byValue reports whether the keys are of the scan's table, and one of them compares a
// column with a value of the query: no index returns that order for every value.
func byValue(keys []sql.Key, scan *plan.Node) bool {
	compares := false
	for i, k := range keys {
		switch {
		case ownKeys(keys[i:i+1], scan):
		case k.Column.Name == "" && len(k.Columns) > 0 && !slices.ContainsFunc(k.Columns, func(c sql.Column) bool { return c.Table != "" && c.Table != scan.Alias && c.Table != scan.Relation }):
			compares = true
		default:
			return false
		}
	}
	return compares
}

// settledCast matches a cast that does not depend on settings, if it is none of a time.
var settledCast = regexp.MustCompile(`::(text|numeric(\([0-9, ]+\))?|smallint|integer|bigint|real|double precision)\b`)

// indexKey is a sort key as the key of an index.
func indexKey(k sql.Key) workload.IndexKey {
	key := workload.IndexKey{Column: k.Column.Name, Desc: k.Desc, NullsFirst: k.NullsFirst}
	if key.Column == "" {
		text := k.Expr.Raw()
		for _, c := range k.Columns {
			if c.Table != "" {
				text = strings.ReplaceAll(text, c.Table+".", "")
			}
		}
		within := strings.TrimSuffix(strings.TrimPrefix(text, "("), ")")
		if callPattern.FindStringIndex(strings.ToLower(text)) == nil && (len(within) != len(text)-2 || !unclosed(within)) {
			text = "(" + text + ")"
		}
		key.Expr = redact.SQL(text)
	}
	return key
}

// orderIndex proposes the index that returns the rows in an order, or names one that
// exists and is not used. It reports false if the plan finds the rows by that index
// already: then there is nothing to propose.
func orderIndex(f *rule.Found, n *rule.Node, keys []sql.Key) bool {
	var p rule.Proposal
	if !slices.ContainsFunc(keys, func(k sql.Key) bool { return k.Column.Name == "" }) {
		p = n.Plan.Case.Advisor.ForScanInOrder(n.Node, conditions.IndexKeys(keys))
	}
	if p.Index == nil && p.Serving == nil {
		p.Index, p.Ordered = inOrder(n, keys), true
	}
	if p.Serving == nil && !keepsConditions(n, p.Index) {
		return false
	}
	if p.Serving == nil {
		p.Serving = servesOrder(n.Table(), keys)
	}
	byServing := func(m *plan.Node) bool { return p.Serving != nil && m.Index == p.Serving.Name }
	if p.InUse != nil || slices.ContainsFunc(append(rule.BitmapParts(n), n.Node), byServing) {
		return false
	}
	if ix := p.Serving; ix != nil {
		f.Detail = redact.Append(f.Detail, "The index %s has that order, but the plan does not use it.", ix.QName())
		f.Fix = redact.Sprintf("Do not create another index. %s", whyNotUsed(n, p))
		f.Remedies = []rule.Remedy{rule.Exists(ix)}
		return true
	}
	f.Fix = redact.Text{}
	f.Remedies = []rule.Remedy{{Create: &p}}
	return true
}

// keepsConditions reports whether an index begins with the columns by which the scan
// finds its rows now: without these it would read the whole table in order. A range
// may become a filter behind an equality.
func keepsConditions(n *rule.Node, ix *indexadvisor.Index) bool {
	found := conditions.ByIndex(n.Node)
	if len(found) == 0 {
		return indexCond(n).Empty()
	}
	kept := 0
	for _, c := range found {
		switch {
		case slices.ContainsFunc(ix.Keys, func(k workload.IndexKey) bool { return k.Column != "" && k.Column == c.Left.Name }):
			kept++
		case c.Op != sql.Range:
			return false
		}
	}
	return kept > 0
}

// inOrder returns the index on the sort keys, behind the columns that the scan compares
// with one value: ascending if a backward scan serves.
func inOrder(n *rule.Node, keys []sql.Key) *indexadvisor.Index {
	schema := n.Schema
	if t := n.Table(); t != nil {
		schema = t.Schema
	}
	def := workload.IndexDef{Method: "btree"}
	for _, c := range conditions.Of(n.Node) {
		if c.Op == sql.Eq && c.Left.Name != "" && c.Value != sql.Runtime {
			def.Keys = append(def.Keys, workload.IndexKey{Column: c.Left.Name})
		}
	}
	allDesc := true
	for _, k := range keys {
		allDesc = allDesc && k.Desc
	}
	for _, k := range keys {
		key := indexKey(k)
		if allDesc {
			key.Desc, key.NullsFirst = false, !k.NullsFirst
		}
		def.Keys = append(def.Keys, key)
	}
	return &indexadvisor.Index{Schema: schema, Table: n.Relation, IndexDef: def}
}

// servesOrder returns an index whose keys begin with the sort keys, in the same or in
// the opposite directions; nil if there is none.
func servesOrder(t *workload.Table, keys []sql.Key) *workload.Index {
	if t == nil {
		return nil
	}
	sortKeys := make([]workload.IndexKey, len(keys))
	for i, k := range keys {
		sortKeys[i] = indexKey(k)
	}
	for _, ix := range t.Indexes {
		if rule.Usable(ix) && ix.Def.Method == "btree" && ix.Def.Where.Empty() && rule.PrefixOf(sortKeys, ix.Def.Keys) {
			return ix
		}
	}
	return nil
}
