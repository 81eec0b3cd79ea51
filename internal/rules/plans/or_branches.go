package plans

import (
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// branches returns the conditions by which the branches of an OR can use an index,
// one for each column or expression; none if a branch has none, or if one B-tree
// serves all.
func branches(n *rule.Node, cond sql.Cond) []sql.Cond {
	if cond.Op != sql.Or {
		return nil
	}
	var list []sql.Cond
	for _, branch := range cond.Any {
		i := slices.IndexFunc(branch, func(b sql.Cond) bool {
			return b.Sargable() && b.Value != sql.Runtime && b.Op != sql.NotNull || byPattern(b) && (b.Op == sql.Like || hasTrigram(n.Plan.Case, b)) || contained(n, b) != nil
		})
		if i < 0 {
			return nil
		}
		switch same := slices.IndexFunc(list, func(l sql.Cond) bool { return compared(l).Raw() == compared(branch[i]).Raw() }); {
		case same < 0:
			list = append(list, branch[i])
		case branch[i].Op == sql.LikeAny:
			list[same] = branch[i] // a trigram index serves the others as well
		}
	}
	if len(list) == 1 && list[0].Op != sql.LikeAny && list[0].Op != sql.Contains {
		return nil
	}
	return list
}

// contained returns the GIN or GiST index that serves a containment; nil if it is none.
func contained(n *rule.Node, c sql.Cond) *indexadvisor.Index {
	def, ok := conditions.ContainerIndex(conditions.TableOf(n.Plan.Case.Snapshot, n.Node), c)
	if !ok {
		return nil
	}
	ix := indexOn(n, c)
	ix.IndexDef = def
	return ix
}

// methodThere reports whether the table has an index of the same method on the column.
func methodThere(n *rule.Node, ix *indexadvisor.Index) bool {
	t := n.Table()
	return t != nil && slices.ContainsFunc(t.Indexes, func(have *workload.Index) bool {
		return rule.Usable(have) && have.Def.Method == ix.Method && len(have.Def.Keys) > 0 && have.Def.Keys[0].Column == ix.Keys[0].Column
	})
}

// walkedFirst returns the first column of the index that a scan uses, as far as the name
// of the index tells it; empty otherwise.
func walkedFirst(n *rule.Node) string {
	if n.Index == "" {
		return ""
	}
	if columns := indexadvisor.ColumnsByName(n.Index, n.Relation, columnsSeen(n)); len(columns) > 0 {
		return columns[0]
	}
	return ""
}

// branchIndexes proposes an index for each branch that has none: a B-tree, a GIN or GiST
// index for a containment, a trigram index for a pattern with a leading wildcard.
func branchIndexes(f *rule.Found, n *rule.Node, looked []sql.Cond) {
	t := n.Table()
	for _, c := range looked {
		if f.Fix = noTrigram(n, c); !f.Fix.Empty() {
			return
		}
	}
	extension := ""
	for _, c := range looked {
		ix := indexOn(n, c)
		switch {
		case c.Op == sql.Contains:
			if ix = contained(n, c); methodThere(n, ix) {
				continue
			}
		case c.Op == sql.LikeAny && trigramThere(n, c) != nil, c.Op != sql.LikeAny && (leads(t, c.Left.Name) || c.Left.Name != "" && walkedFirst(n) == c.Left.Name), c.Left.Name == "" && expressionIndex(n, c) != nil:
			continue
		case c.Op == sql.LikeAny:
			ix, extension = trigram(n, c), " First run CREATE EXTENSION IF NOT EXISTS pg_trgm: the pattern with a leading wildcard needs a trigram index."
		}
		f.Remedies = append(f.Remedies, rule.Remedy{Create: &rule.Proposal{Index: ix, Method: "defaults"}})
	}
	switch {
	case len(f.Remedies) == 0:
		f.Detail = redact.Append(f.Detail, "Each branch already has an index, but the plan does not combine them.")
		f.Fix = redact.Plain("Write a UNION ALL of one SELECT per branch, the second without the rows of the first." + aroundUnion(n.Node))
	default:
		f.Detail = redact.Append(f.Detail, "The server can combine one index lookup per branch (BitmapOr), but only if every branch has an index.")
		f.Fix = redact.Plain("Create all of these, or write a UNION ALL of one SELECT per branch." + aroundUnion(n.Node) + extension)
	}
}
