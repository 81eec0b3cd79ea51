package recon

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/lex"
)

var (
	untransacted = re(`(?mi)^[ \t]*--[ \t]*(?:\+goose[ \t]+no[ \t]+transaction|\+migrate[ \t]+up[ \t]+notransaction|migrate:up[ \t]+transaction:false|no-transaction|atlas:txmode none|transactional:[ \t]*false|!?[ \t]*no-transaction)|^---- tern: disable-tx ----|runInTransaction:[ \t]*"?false`)
	// bookkeeping are the tables of tools.
	bookkeeping = re(`(?i)^(?:alembic_version|schema_migrations?|ar_internal_metadata|__drizzle_migrations|flyway_schema_history|databasechangelog(?:lock)?|_prisma_migrations|goose_db_version|atlas_schema_revisions|django_migrations|knex_migrations(?:_lock)?|pgmigrations|schema_version|_sqlx_migrations|__diesel_schema_migrations|gorp_migrations)$`)
	inBody      = re(`(?i)\bupdate\s+(?:only\s+)?([\w."]+)(?:\s+(?:as\s+)?\w+)?\s+set\b|\bdelete\s+from\s+(?:only\s+)?([\w."]+)|\binsert\s+into\s+([\w."]+)[^;]*?\bselect\b`)
)

// readSQL reads the applied part of a migration in SQL.
func readSQL(m *Migration, text string) {
	m.NoTransaction = untransacted().MatchString(text)
	if at := downMarks().FindStringIndex(text); at != nil && !strings.Contains(strings.ToLower(text[at[0]:at[1]]), "rollback") {
		text = text[:at[0]]
	}
	m.statements(text)
}

// statements adds what the statements of a text do.
func (m *Migration) statements(text string) {
	made := map[string]bool{}
	for _, p := range lex.Split(text) {
		m.statement(p, made)
	}
}

func (m *Migration) statement(p lex.Piece, made map[string]bool) {
	s := lex.Scan(p.Text)
	changes := func(table string) bool {
		m.DDL = true
		if made[table] {
			return false
		}
		if m.Changes == 0 {
			m.Changes = p.Line
		}
		return true
	}
	fills := func(table string) {
		if !made[table] && !bookkeeping().MatchString(table) && m.Fills == 0 {
			m.Fills = p.Line
		}
	}
	switch {
	case s.Words("create"):
		m.create(s, p, made, changes)
	case s.Words("alter", "table"):
		s.Words("if", "exists")
		s.Words("only")
		if _, table, ok := s.Qualified(); ok {
			m.alter(s.Rest(), table, changes(table))
		}
	case s.Words("drop", "index"), s.Words("reindex"):
		m.DDL = true
		if !has(s, "concurrently") && m.Changes == 0 {
			m.Changes = p.Line
		}
	case s.Words("drop", "table"), s.Words("truncate"):
		s.Words("table")
		s.Words("if", "exists")
		if _, table, ok := s.Qualified(); ok {
			changes(table)
		}
	case s.Words("alter", "type"), s.Words("drop"), s.Words("alter"):
		m.DDL = true
	case s.Words("set"):
		if !s.Words("local") {
			s.Words("session")
		}
		m.LockTimeout = m.LockTimeout || s.Words("lock_timeout")
	case s.Words("select"):
		m.LockTimeout = m.LockTimeout || strings.Contains(p.Text, "'lock_timeout'")
	case s.Words("update"):
		s.Words("only")
		if _, table, ok := s.Qualified(); ok {
			fills(table)
		}
	case s.Words("delete", "from"):
		s.Words("only")
		if _, table, ok := s.Qualified(); ok {
			fills(table)
		}
	case s.Words("insert", "into"):
		if _, table, ok := s.Qualified(); ok && has(s, "select") {
			fills(table)
		}
	case s.Words("do"):
		for _, found := range inBody().FindAllStringSubmatch(p.Text, -1) {
			fills(bare(found[1] + found[2] + found[3]))
		}
	}
}

func (m *Migration) create(s *lex.Scanner, p lex.Piece, made map[string]bool, changes func(string) bool) {
	for s.Words("or", "replace") || s.Words("unlogged") || s.Words("temporary") || s.Words("temp") || s.Words("global") || s.Words("local") {
	}
	kind := design.KindIndex
	if s.Words("unique") {
		kind = design.KindUniqueIndex
	}
	switch {
	case s.Words("table"):
		m.DDL = true
		s.Words("if", "not", "exists")
		if _, table, ok := s.Qualified(); ok {
			made[table] = true
			inside, _ := s.Brackets()
			for _, part := range lex.List(inside) {
				m.constraint(lex.Scan(part), table)
			}
		}
	case s.Words("index"):
		concurrent := s.Words("concurrently")
		s.Words("if", "not", "exists")
		var name string
		if !s.Words("on") {
			if _, name, _ = s.Qualified(); !s.Words("on") {
				return
			}
		}
		s.Words("only")
		_, table, ok := s.Qualified()
		if !ok {
			return
		}
		if name != "" {
			if s.Words("using") {
				s.Take()
			}
			columns, _ := s.Brackets()
			m.name(kind, name, table, lex.List(columns))
		}
		m.DDL = true
		if made[table] {
			return
		}
		if m.Builds++; concurrent {
			m.Concurrent++
		} else {
			changes(table)
			if m.BuildLine == 0 {
				m.BuildLine = p.Line
			}
		}
	case s.Words("trigger"), s.Words("constraint", "trigger"):
		m.DDL = true
		for !s.End() && !s.Words("on") {
			s.Take()
		}
		if _, table, ok := s.Qualified(); ok {
			changes(table)
		}
	default:
		m.DDL = true
	}
}

// alter reads the actions of ALTER TABLE.
func (m *Migration) alter(actions, table string, existing bool) {
	for _, action := range lex.List(actions) {
		s := lex.Scan(action)
		if !s.Words("add") {
			continue
		}
		if kind := m.constraint(s, table); existing && (kind == design.KindForeignKey || kind == design.KindCheck) {
			m.Constraints++
			m.NotValid += one(has(s, "valid"))
		}
	}
}

// constraint reads a constraint of a table, notes its name, and returns its kind.
func (m *Migration) constraint(s *lex.Scanner, table string) string {
	var name string
	if s.Words("constraint") {
		name, _ = s.Name()
	}
	kind := ""
	switch {
	case s.Words("foreign", "key"):
		kind = design.KindForeignKey
	case s.Words("check"):
		kind = design.KindCheck
	case s.Words("unique"):
		kind = design.KindUnique
	case s.Words("primary", "key"):
		kind = design.KindPrimaryKey
	default:
		return ""
	}
	columns, _ := s.Brackets()
	if kind == design.KindCheck {
		columns = ""
	}
	if name != "" {
		m.name(kind, name, table, lex.List(columns))
	}
	return kind
}

// has reports whether one of the words that follow is this one.
func has(s *lex.Scanner, word string) bool {
	for !s.End() {
		if s.Words(word) {
			return true
		}
		s.Take()
	}
	return false
}

// bare returns the last part of a name without quotes.
func bare(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	if strings.HasPrefix(name, `"`) {
		return strings.Trim(name, `"`)
	}
	return strings.ToLower(name)
}
