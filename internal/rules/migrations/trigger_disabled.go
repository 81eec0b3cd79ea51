package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var triggerDisabled = rule.Rule{
	ID:      "trigger-disabled",
	Title:   "Triggers switched off",
	Sees:    "DISABLE TRIGGER, or session_replication_role = replica, in a migration.",
	Why:     "DISABLE TRIGGER ALL and the replica role also switch foreign keys off: rows that break them can be written, and nothing checks them later.",
	Silent:  "The table is new in this migration.",
	Fix:     "Disable one trigger by its name, enable it in the same transaction, and check the foreign keys afterwards.",
	Sources: []string{docAlter, manual + "runtime-config-client.html#GUC-SESSION-REPLICATION-ROLE"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.ToggleTrigger) {
			if a.To != "disabled" {
				continue
			}
			f := c.About(s, a.Table, finding.Concern, finding.High)
			f.Title = redact.Sprintf("Triggers of %s are switched off for all sessions", rule.TableWords(a.Table))
			f.Detail = redact.Plain("Writes of other sessions do not run them either, until they are enabled again.")
			if a.Name == "ALL" {
				f.Detail = redact.Append(f.Detail, "ALL includes the foreign keys: rows that break them are accepted, and nothing checks them later.")
			}
			f.Decide("Is every write in this time allowed to skip the trigger?", "what the trigger does", "leave the trigger on, or run the change in one transaction with ENABLE TRIGGER at its end.")
			f.Fix = redact.Plain("Name the trigger, enable it in the same transaction, and check the rows afterwards.")
			found(f)
		}
		for _, a := range done(s, ddl.Set) {
			if a.Name != "session_replication_role" || a.To != "replica" {
				continue
			}
			f := c.About(s, nil, finding.Concern, finding.High)
			f.Title = redact.Plain("session_replication_role = replica switches triggers and foreign keys off")
			f.Detail = redact.Plain("Rows that break a foreign key are accepted, and nothing checks them later.")
			f.Decide("Do the rows that are written keep all foreign keys?", "a query for rows without a parent, after the migration", "leave the setting out.")
			f.Fix = redact.Plain("Leave it out. If it is needed, reset it in the same transaction and check the foreign keys afterwards.")
			found(f)
		}
	},
}
