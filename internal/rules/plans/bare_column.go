package plans

import (
	"cmp"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/account"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// bareInstead says how an index can serve a condition on an expression of columns.
func bareInstead(f *rule.Found, e *rule.Evidence, n *rule.Node, cond sql.Cond) {
	rewritten, known := rewrites[cond.Func]
	ix := expressionIndex(n, cond)
	switch {
	case ix != nil:
		expressionIndexed(f, ix, e)
	case byMeasure(cond):
		f.Detail = redact.Append(f.Detail, "The distance of every row is computed: an index finds the rows that are near, but not how far each one is.")
		f.Fix = withinInstead(cond)
	case known:
		f.Detail = redact.Append(f.Detail, bareColumn)
		if cond.Op == sql.Range {
			rewritten = strings.ReplaceAll(rewritten, "column = ", "column "+cond.Operator+" ")
		}
		f.Fix = redact.Plain(strings.ReplaceAll(rewritten, "column", lex.QuoteIdent(cond.ExprColumns[0].Name)))
	case immutable[cond.Func] || rule.OfDocument(cond) || remainder(cond):
		f.Detail = redact.Append(f.Detail, bareColumn)
		onExpression(f, indexOn(n, cond))
	case len(cond.ExprColumns) > 1:
		f.Detail = redact.Append(f.Detail, "No condition on one of the columns is the same as one on both.")
		f.Fix = redact.Plain("Create an index on the expression if it is immutable: calculating with numbers is, with timestamptz and intervals it is not. Run ANALYZE afterwards.")
	case cond.Func != "" && !ofTime[cond.Func]:
		f.Detail = redact.Append(f.Detail, "An index on the bare column cannot serve the condition, and an index on the expression can only if %s is immutable.", cond.Func)
		f.Fix = redact.Sprintf("If %s returns the same value for the same arguments whatever the settings and the other tables are (its definition says IMMUTABLE), create an index on the expression and run ANALYZE. Otherwise keep its value in a column of %s, with an index.", cond.Func, n.RelationName())
	default:
		f.Detail = redact.Append(f.Detail, "An index on the bare column cannot serve the condition, and an index on the expression can only if it is immutable.")
		onBare(f, n, cond)
	}
}

// spans are the functions of one column whose value says in which span of time the column
// is: a comparison with one is a range of the column.
var spans = map[string]bool{"date": true, "date_trunc": true}

// onBare says how to write a condition on the bare column, and names the index that then
// serves it, or proposes it.
func onBare(f *rule.Found, n *rule.Node, cond sql.Cond) {
	column := cond.ExprColumns[0]
	if !spans[cmp.Or(cond.Func, cond.Cast)] {
		f.Fix = redact.Plain("Write the condition on the bare column: as a range, or with the inverse function on the other side.")
		return
	}
	f.Fix = redact.Sprintf("Write the condition as a range of the bare column: %[1]s >= start AND %[1]s < end.", lex.QuoteIdent(column.Name))
	if account.PartOf(n.Node) != "" {
		f.Index = redact.Sprintf("If %s divides the table into its partitions, those outside of the range are then not read.", lex.QuoteIdent(column.Name))
	} else if ix := leading(n.Table(), column.Name); ix != nil {
		f.Index = redact.Sprintf("The index %s then serves it.", ix.QName())
	} else {
		inForm(f, indexOn(n, sql.Cond{Left: column}))
	}
}

// inForm proposes an index that helps only once the query is rewritten.
func inForm(f *rule.Found, ix *indexadvisor.Index) {
	f.InForm = true
	f.Remedies = []rule.Remedy{{Create: &rule.Proposal{Index: ix, Method: "defaults"}}}
}

// ofTime are the functions of dates and times that a range of the column replaces.
var ofTime = map[string]bool{
	"date_trunc": true, "date_part": true, "date_bin": true, "extract": true, "to_char": true, "date": true, "timezone": true, "age": true,
	"to_timestamp": true, "to_date": true, "timestamp": true, "timestamptz": true, "make_date": true,
}

const bareColumn = "An index on the bare column cannot serve the condition."

// onExpression proposes an index on the expression of a condition.
func onExpression(f *rule.Found, ix *indexadvisor.Index) {
	f.Fix = redact.Plain("Run ANALYZE afterwards: an index on an expression has its own statistics.")
	f.Remedies = []rule.Remedy{{Create: &rule.Proposal{Index: ix, Method: "defaults"}}}
}

// rewrites says what to write instead of a function, so that an index can serve
// the condition.
var rewrites = map[string]string{
	"coalesce": "If the value is not the one that replaces NULL, write column = value, which an index on column serves. Otherwise write column = value OR column IS NULL.",
	"position": likeInstead,
	"strpos":   likeInstead,

	"extract":   partInstead,
	"date_part": partInstead,
}

const partInstead = "A part such as the month or the hour repeats, so no single range of column covers it (only the year is one range). Add the range of column that the query is about, or create an index on the expression, which has to be immutable: of a timestamptz only behind AT TIME ZONE. Run ANALYZE afterwards."

const likeInstead = "Write column LIKE '%' || value || '%'. A trigram index (CREATE EXTENSION pg_trgm; USING gin (column gin_trgm_ops)) serves it for three characters or more."
