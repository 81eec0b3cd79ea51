package review

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// ofMaintenance says why VACUUM and ANALYZE take long, which is no trouble by itself; empty for
// other statements.
func ofMaintenance(text string) string {
	s := lex.Scan(text)
	vacuum := s.Words("VACUUM")
	if !vacuum && !s.Words("ANALYZE") && !s.Words("ANALYSE") {
		return ""
	}
	options, _ := s.Brackets()
	options = strings.ToUpper(options)
	full := strings.Contains(options, "FULL")
	for {
		switch {
		case vacuum && s.Words("FULL"):
			full = true
			continue
		case s.Words("FREEZE"), s.Words("VERBOSE"), vacuum && (s.Words("ANALYZE") || s.Words("ANALYSE")):
			continue
		}
		break
	}
	_, table, named := s.Qualified()
	every := ""
	if !named || table == "" {
		every = " Without a table's name, the command processes every table of the database."
	}
	switch {
	case full:
		return "VACUUM FULL writes the table and its indexes again. Reads and writes of the table wait until it ends." + every
	case vacuum:
		return "VACUUM reads the parts of a table that changed, and its indexes. With FREEZE it reads nearly the whole table. It blocks neither reads nor writes, but uses the storage and writes WAL, which replicas have to replay." + every +
			" If it disturbs others, run it at a quieter time, a table at a time, or with vacuum_cost_delay set in its session."
	}
	return "ANALYZE reads a sample of each table. It blocks neither reads nor writes." + every
}
