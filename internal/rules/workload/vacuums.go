package workload

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

// vacuumed returns the table of a vacuum that does not give way to a lock; not ok for any
// other statement.
func vacuumed(x *workload.Session) (ok bool, table string) {
	text, auto := strings.CutPrefix(x.Query.Raw(), "autovacuum: ")
	s := lex.Scan(text)
	if !s.Words("VACUUM") || auto && !strings.Contains(text, "to prevent wraparound") || !auto && x.State != "active" {
		return false, ""
	}
	s.Brackets()
	for s.Words("FULL") || s.Words("FREEZE") || s.Words("VERBOSE") || s.Words("ANALYZE") {
	}
	_, name, named := s.Qualified()
	return named, name
}

func kindOfVacuum(x *workload.Session) string {
	if strings.HasPrefix(x.Query.Raw(), "autovacuum: ") {
		return "an autovacuum that prevents wraparound"
	}
	return "a VACUUM"
}

// vacuumBefore returns the vacuum that holds a lock which a session's statement needs; nil if
// no session runs one.
func vacuumBefore(s *workload.Snapshot, x *workload.Session) *workload.Session {
	of := rule.UtilityOf(x.Query.Raw())
	if !of.Locks || x.State != "active" || of.Command == "VACUUM" || strings.HasPrefix(of.Command, "VACUUM") {
		return nil
	}
	index := ""
	if of.Table == "" {
		scan := lex.Scan(x.Query.Raw())
		scan.Words(strings.Fields(of.Command)...)
		_ = scan.Words("INDEX")
		_ = scan.Words("CONCURRENTLY")
		_ = scan.Words("IF", "EXISTS")
		_, index, _ = scan.Qualified()
	}
	for i := range s.Sessions {
		v := &s.Sessions[i]
		if ok, table := vacuumed(v); ok && v != x && (table == of.Table || of.Table == "" && strings.HasPrefix(index, table+"_")) {
			return v
		}
	}
	return nil
}
