package migrations

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var enumRecreated = rule.Rule{
	ID:      "enum-recreated",
	Title:   "Enum created again instead of changed",
	Sees:    "An enum is renamed away or dropped, a new one gets its name, and columns change to the new one.",
	Why:     "The type change rewrites each table under ACCESS EXCLUSIVE. ADD VALUE takes no lock on a table at all.",
	Silent:  "The type is new in this migration.",
	Fix:     "Run ALTER TYPE ... ADD VALUE for each new value, with BEFORE or AFTER. To remove values, add a new column and backfill, or leave them unused.",
	Sources: []string{docType},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range done(s, ddl.CreateType) {
			old := replacedEnum(c, s)
			if old == nil || a.Type == nil || a.Type.Kind != 'e' || len(old.Type.Labels) == 0 {
				continue
			}
			var gone []string
			for _, label := range old.Type.Labels {
				if !slices.Contains(a.Type.Labels, label) {
					gone = append(gone, label)
				}
			}
			f := c.About(s, nil, finding.Confirmed, finding.High)
			if len(gone) > 0 {
				f.Title = redact.Sprintf("Enum %s is created again without %s: each column of the type is rewritten", old.Type.Name.Short(), rule.Words(rule.FirstFew(gone)))
				f.Detail = redact.Plain("A row with a removed value makes the type change fail. The rewrite holds ACCESS EXCLUSIVE.")
				f.Fix = redact.Plain("Leave the value unused, or add a column of the new type, backfill, switch the code, and drop the old column.")
			} else {
				f.Title = redact.Sprintf("Enum %s is created again with more values: ADD VALUE does this without a lock", old.Type.Name.Short())
				f.Detail = redact.Plain("The type change rewrites each table under ACCESS EXCLUSIVE. ALTER TYPE ... ADD VALUE touches no table.")
				f.Fix = redact.Plain(addValues(old.Type, a.Type))
			}
			found(f)
		}
	},
}

// addValues writes the ADD VALUE statements that make one list of values the other.
func addValues(old, new *catalog.Type) string {
	var list []string
	for i, label := range new.Labels {
		if slices.Contains(old.Labels, label) {
			continue
		}
		where := ""
		if i > 0 {
			where = " AFTER '" + strings.ReplaceAll(new.Labels[i-1], "'", "''") + "'"
		} else if len(new.Labels) > 1 {
			where = " BEFORE '" + strings.ReplaceAll(new.Labels[1], "'", "''") + "'"
		}
		list = append(list, "ALTER TYPE "+old.Name.Short()+" ADD VALUE '"+strings.ReplaceAll(label, "'", "''")+"'"+where+";")
	}
	return "Run " + strings.Join(list, " ")
}
