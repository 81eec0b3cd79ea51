package queries

import (
	"regexp"
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var betweenTimestamps = rule.Rule{
	ID:     "between-timestamps",
	Title:  "BETWEEN on timestamps misses the last day",
	Sees:   "A timestamp column compared BETWEEN two days, or with >= and <= two days. The upper bound is a date without a time, or is cast to date.",
	Why:    "A date means its midnight, so only the first instant of the last day is in the range.",
	Silent: "The column type is not in the input, or is date. A bound has a time of day. Both bounds are the same day. The bounds are untyped parameters. CURRENT_DATE.",
	Fix:    "Use a half-open range: col >= first day AND col < day after the last.",
	Sources: []string{
		"https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_BETWEEN_.28especially_with_timestamps.29",
	},
	Rank:  rule.RankText,
	Forms: []*rewrite.Rewrite{rewrite.WholeLastDay},
	Text: func(c *rule.Case, t *rule.Text, found func(rule.Found)) {
		reported := false
		rule.Levels(t.Shape, func(q *sql.Query) {
			for _, high := range q.Where {
				table := c.TableOf(q, high.Left.Table)
				if reported || high.Operator != "<=" || table == nil || !isTimestamp(table.Column(high.Left.Name)) || !isDay(high) || !hasLowDay(q.Where, high) {
					continue
				}
				reported = true
				f := c.OnText(t, "misses the last day of its range on "+high.Left.Name,
					table.QName()+"."+high.Left.Name+" is a "+table.Column(high.Left.Name).Type+", and the upper bound is a date, which means midnight. Later rows of that day are left out.",
					"Write the range half open: "+high.Left.Name+" >= the first day AND "+high.Left.Name+" < the day after the last.")
				f.Decide("Should the range include the last day?", "the readers of the result", "write the range half open")
				f.Severity = finding.Nit
				found(f)
			}
		})
	},
}

func isTimestamp(col *workload.Column) bool {
	return col != nil && strings.HasPrefix(col.Type, "timestamp")
}

var day = regexp.MustCompile(`^'?\d{4}-\d{1,2}-\d{1,2}'?$`)

// isDay reports whether a condition compares with a date that has no time: a
// literal, or a value that is cast to date.
func isDay(c sql.Cond) bool {
	switch c.Value {
	case sql.Const:
		return day.MatchString(strings.TrimSpace(c.Const.Raw()))
	case sql.Param:
		return c.Cast == "date" && c.Expr.Empty()
	}
	return false
}

// hasLowDay reports whether another condition begins the range with another
// day.
func hasLowDay(conds []sql.Cond, high sql.Cond) bool {
	for _, low := range conds {
		if low.Operator == ">=" && low.Left == high.Left && isDay(low) && (low.Const.Empty() || low.Const.Raw() != high.Const.Raw()) {
			return true
		}
	}
	return false
}
