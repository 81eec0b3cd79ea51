package workload

import (
	"fmt"
	"strings"

	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// ofLog returns a rule's function for a case with a server log.
func ofLog(run func(*rule.Case, *workload.Log, func(rule.Found))) func(*rule.Case, func(rule.Found)) {
	return func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot != nil && c.Snapshot.Log != nil {
			run(c, c.Snapshot.Log, found)
		}
	}
}

// statementNamed names a statement of a server log in a sentence.
func statementNamed(text redact.Text) string {
	if u := rule.UtilityOf(text.Raw()); u.Locks {
		return u.Named()
	}
	if q, err := sql.Parse(text.Raw()); err == nil && q.Kind != sql.Other && len(rule.OwnTables(q)) > 0 {
		return rule.StatementOn(q)
	}
	return "a statement"
}

// searchHolder says how to find out what the processes did that held a lock, or which they
// were.
func searchHolder(holders string) string {
	switch {
	case holders == "":
		return "Search the log for the process that held the lock: a long statement, or a session idle in transaction."
	case strings.Contains(holders, ","):
		return fmt.Sprintf("Search the log for processes %s, which held the lock: long statements, or sessions idle in transaction.", holders)
	}
	return fmt.Sprintf("Search the log for process %s, which held the lock: a long statement, or a session idle in transaction.", holders)
}
