package schemas

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var extendedStatisticsCandidate = rule.Rule{
	ID:    "extended-statistics-candidate",
	Title: "Columns that depend on each other, in one condition",
	Sees: "In a schema with queries: a query that compares two columns of one table with =, of which one follows from the other by their names, such as city and zip code. No " +
		"extended statistics are on both.",
	Why:     "The planner multiplies the shares of both conditions, as if they were independent. It expects far fewer rows than there are, and may choose a nested loop for many rows.",
	Silent:  "Extended statistics have both columns. No query beside the schema compares both.",
	Fix:     "Create extended statistics (dependencies) on the columns, then run ANALYZE.",
	Sources: []string{manual + "planner-stats.html#PLANNER-STATS-EXTENDED", manual + "sql-createstatistics.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		of := c.Stored(t)
		if of == nil || c.ExtentOfTable(t).Size() == rule.Tiny {
			return
		}
		said := map[string]bool{}
		for _, text := range c.Texts {
			rule.Levels(text.Shape, func(q *sql.Query) {
				a, b := dependentColumns(t, of, q)
				if a == "" || said[a+" "+b] || hasStatistics(t, a, b) {
					return
				}
				said[a+" "+b] = true
				f := c.InSchema(t, finding.Concern, finding.Low)
				f.AtColumn(t.Column(a))
				f.Title = redact.Sprintf("%s and %s of %s depend on each other, and a query compares both", quoted(a), quoted(b), t.Name.Short())
				f.Detail = redact.Plain("The planner treats both conditions as independent, so it expects far fewer rows than match.")
				f.Decide("Does the plan of such a query expect far fewer rows than it returns?", "EXPLAIN ANALYZE of the query", "leave the statistics as they are.")
				f.Fix = redact.Sprintf("If so, create extended statistics on (%s, %s), then run ANALYZE %s.", quoted(a), quoted(b), t.Name.Short())
				f.AddDDL("CREATE STATISTICS %s (dependencies) ON %s, %s FROM %s", quoted(t.Name.Name+"_"+a+"_"+b+"_stat"), quoted(a), quoted(b), t.Name.Short())
				found(f)
			})
		}
	},
}

// dependent are words of names of which the value of one follows from that of the
// other, or nearly does.
var dependent = [][2][]string{
	{{"city", "town", "municipality"}, {"zip", "zipcode", "postcode", "postal", "plz"}},
	{{"city", "town", "municipality"}, {"state", "province", "region", "county", "country"}},
	{{"state", "province", "region", "county"}, {"country"}},
	{{"model"}, {"make", "brand", "manufacturer"}},
	{{"subcategory"}, {"category"}},
	{{"zip", "zipcode", "postcode", "postal", "plz"}, {"state", "province", "region", "county", "country"}},
}

// dependentColumns returns two columns of a table that a level of a query compares with
// =, of which one follows from the other; empty if there are none.
func dependentColumns(t *design.Table, of *workload.Table, q *sql.Query) (a, b string) {
	var compared []string
	for _, cond := range q.Where {
		if (cond.Op == sql.Eq || cond.Op == sql.In) && cond.Value != sql.NoValue && cond.Value < sql.Runtime && t.Column(cond.Left.Name) != nil && rule.IsColumnOf(q, of, cond.Left) {
			compared = append(compared, cond.Left.Name)
		}
	}
	named := func(name string, words []string) bool {
		return slices.ContainsFunc(design.Words(name), func(w string) bool { return slices.Contains(words, w) })
	}
	for _, pair := range dependent {
		for _, x := range compared {
			for _, y := range compared {
				if x != y && named(x, pair[0]) && named(y, pair[1]) {
					return x, y
				}
			}
		}
	}
	return "", ""
}

// hasStatistics reports whether extended statistics of a table are on two columns.
func hasStatistics(t *design.Table, a, b string) bool {
	for _, o := range t.Schema.Others("statistics") {
		d, _ := t.Schema.Other(catalog.Other{Kind: o.Kind, Name: o.Name})
		if slices.Contains(d.Tables, t.OID) && strings.Contains(d.Text, a) && strings.Contains(d.Text, b) {
			return true
		}
	}
	return false
}
