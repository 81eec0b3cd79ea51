package recon

import (
	"regexp"
	"strings"
	"sync"
)

// dialect is how migrations of a language are read: by expressions, for their
// habits only. An expression that is not there never matches.
type dialect struct {
	down         expression // where the applied part ends
	makes        expression // a table that the file creates: group 1
	builds       expression // an index on a table that is there
	concurrent   expression // on the same call
	changes      expression // any other change of a table
	constraints  expression
	notValid     expression
	fills        expression
	untransacted expression
	sql          expression // a statement in SQL: group 1
}

var lockTimeout = re(`(?i)\block_timeout\b`)

// expression gives a regular expression, which is compiled when a migration is read.
type expression func() *regexp.Regexp

func re(s string) expression {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(s) })
}

var rails = dialect{
	down: re(`(?m)^\s*def down\b`), makes: re(`\bcreate_table[ (]+:?["']?(\w+)`),
	builds: re(`(?m)^\s*(?:safety_assured \{ )?(?:add_index|add_concurrent_index|add_reference|add_belongs_to)\b[ (]+:?["']?(\w+).*(?:\n\s{4,}(?:\w+:|:\w+ =>).*)*`), concurrent: re(`:concurrently|add_concurrent_index`),
	changes:     re(`(?m)^\s*(?:safety_assured \{ )?(?:add_column|remove_column|remove_columns|rename_column|change_column\w*|add_timestamps|rename_table|drop_table|change_table)\b[ (]+:?["']?(\w+)`),
	constraints: re(`(?m)^\s*(?:add_foreign_key|add_check_constraint|add_concurrent_foreign_key)\b[ (]+:?["']?(\w+).*(?:\n\s{4,}(?:\w+:|:\w+ =>).*)*`), notValid: re(`validate: false|add_concurrent_foreign_key`),
	fills:        re(`\.(?:update_all|delete_all|in_batches|find_each|update_columns?)\b|\b(?:UPDATE\s+\S+\s+SET|DELETE\s+FROM)\b`),
	untransacted: re(`\bdisable_ddl_transaction!`), sql: re(`<<[~-]?['"]?SQL['"]?.*\n([\s\S]*?)\n\s*SQL\b`),
}

var django = dialect{
	builds: re(`\b(?:AddIndex|AddIndexConcurrently)\(`), concurrent: re(`AddIndexConcurrently`),
	changes:     re(`\bmigrations\.(?:AddField|AlterField|RemoveField|RenameField|RenameModel|DeleteModel|AlterUniqueTogether)\(`),
	constraints: re(`\b(?:AddConstraint|AddConstraintNotValid)\(`), notValid: re(`AddConstraintNotValid`),
	fills: re(`\bmigrations\.RunPython\(`), untransacted: re(`(?m)^\s*atomic\s*=\s*False`), sql: re(`RunSQL\(\s*(?:sql=)?(?:r?"""|r?')([\s\S]*?)(?:"""|')`),
}

var alembic = dialect{
	down: re(`(?m)^def downgrade\b`), makes: re(`\bop\.create_table\(\s*["'](\w+)`),
	builds: re(`\bop\.create_index\(\s*(?:op\.f\()?[^,]*,\s*["'](\w+)[^\n]*(?:\n\s{8,}\S[^\n]*)*`), concurrent: re(`postgresql_concurrently\s*=\s*True`),
	changes:     re(`\b(?:op|batch_op)\.(?:add_column|drop_column|alter_column|rename_table|drop_table)\(\s*["']?(\w*)`),
	constraints: re(`\bop\.(?:create_foreign_key|create_check_constraint)\(\s*(?:op\.f\()?[^,]*,\s*["'](\w+)[^\n]*(?:\n\s{8,}\S[^\n]*)*`), notValid: re(`postgresql_not_valid\s*=\s*True`),
	fills: re(`(?i)\bUPDATE\s+\S+\s+SET\b|\bDELETE\s+FROM\b|\.update\(\)|\bsession\.(?:commit|bulk)`), untransacted: re(`\bautocommit_block\(`), sql: re(`op\.execute\(\s*(?:sa\.text\(\s*)?(?:f?"""|f?["'])([\s\S]*?)(?:"""|["']\s*\))`),
}

var script = dialect{
	down: re(`(?m)\bdown\b\s*(?:[:=(])`), makes: re(`\bcreateTable\(\s*["'](\w+)`),
	builds: re(`\b(?:addIndex|createIndex)\(\s*["'](\w+)[^;]*`), concurrent: re(`\bconcurrently\s*:\s*true`),
	changes:     re(`\b(?:addColumns?|removeColumn|dropColumns?|changeColumn|alterColumn|renameColumn|renameTable|alterTable|table)\(\s*["'](\w+)`),
	constraints: re(`\b(?:addConstraint|createForeignKey|foreign)\(\s*["'](\w+)[^;]*`), notValid: re(`NOT VALID|\bnotValid\s*:\s*true`),
	fills: re(`\bbulkUpdate\(|\bbulkDelete\(|\bUPDATE\s+\S+\s+SET\b|\bDELETE\s+FROM\b`), untransacted: re(`noTransaction\(\)|\btransaction\s*[:=]\s*false|transaction:\s*false`), sql: re("(?:query|raw|sql)\\(\\s*[`\"']([\\s\\S]*?)[`\"']\\s*[,)]"),
}

var ecto = dialect{
	down: re(`(?m)^\s*def down\b`), makes: re(`\bcreate(?:_if_not_exists)?[ (]+table\(:?"?(\w+)`),
	builds: re(`\bcreate(?:_if_not_exists)?[ (]+(?:unique_)?index\(\s*:?"?(\w+)[^\n]*(?:\n\s{6,}\S[^\n]*)*`), concurrent: re(`concurrently:\s*true`),
	changes:     re(`\balter[ (]+table\(:?"?(\w+)|\b(?:drop|rename)[ (]+table\(:?"?(\w+)`),
	constraints: re(`\bcreate[ (]+constraint\(\s*:?"?(\w+)[^\n]*(?:\n\s{6,}\S[^\n]*)*`), notValid: re(`validate:\s*false`),
	fills: re(`\bupdate_all\b|\bdelete_all\b|\bUPDATE\s+\S+\s+SET\b`), untransacted: re(`@disable_ddl_transaction\s+true`), sql: re(`execute[ (]+(?:"""|")([\s\S]*?)"`),
}

var laravel = dialect{
	down: re(`function down\(`), makes: re(`Schema::create\(\s*["'](\w+)`),
	changes: re(`Schema::(?:table|rename|drop\w*)\(\s*["'](\w+)`),
	fills:   re(`DB::table\([^;]*->(?:update|delete)\(|\bUPDATE\s+\S+\s+SET\b`), untransacted: re(`\$withinTransaction\s*=\s*false`), sql: re(`DB::(?:statement|unprepared)\(\s*["']([\s\S]*?)["']\s*\)`),
}

// read adds what a migration does.
func (d dialect) read(m *Migration, text string) {
	m.NoTransaction = find(d.untransacted, text) != nil
	if at := find(d.down, text); at != nil {
		text = text[:at[0]]
	}
	text = blankComments(text)
	line := func(at int) int { return 1 + strings.Count(text[:at], "\n") }
	made := map[string]bool{}
	for _, x := range all(d.makes, text) {
		made[group(text, x)], m.DDL = true, true
	}
	for _, x := range all(d.builds, text) {
		call := text[x[0]:x[1]]
		if m.DDL = true; made[group(text, x)] || strings.Contains(call, "index: false") {
			continue
		}
		if m.Builds++; find(d.concurrent, call) != nil {
			m.Concurrent++
		} else if m.BuildLine == 0 {
			m.BuildLine = line(x[0])
			m.changed(m.BuildLine)
		}
	}
	for _, x := range all(d.changes, text) {
		if m.DDL = true; !made[group(text, x)] {
			m.changed(line(x[0]))
		}
	}
	for _, x := range all(d.constraints, text) {
		if m.DDL = true; !made[group(text, x)] {
			m.changed(line(x[0]))
			m.Constraints++
			m.NotValid += one(find(d.notValid, text[x[0]:x[1]]) != nil)
		}
	}
	for _, x := range all(d.fills, text) {
		if m.Fills == 0 {
			m.Fills = line(x[0])
		}
	}
	m.LockTimeout = lockTimeout().MatchString(text)
	for _, x := range all(d.sql, text) {
		of := Migration{}
		of.statements(text[x[2]:x[3]])
		m.join(&of, line(x[2])-1)
	}
}

func (m *Migration) changed(line int) {
	if m.Changes == 0 || line < m.Changes {
		m.Changes = line
	}
}

// join adds what a statement in SQL does that begins after a line.
func (m *Migration) join(of *Migration, after int) {
	m.Builds, m.Concurrent = m.Builds+of.Builds, m.Concurrent+of.Concurrent
	m.Constraints, m.NotValid = m.Constraints+of.Constraints, m.NotValid+of.NotValid
	m.DDL, m.LockTimeout = m.DDL || of.DDL, m.LockTimeout || of.LockTimeout
	m.names = append(m.names, of.names...)
	if of.Changes > 0 {
		m.changed(after + of.Changes)
	}
	if m.BuildLine == 0 && of.BuildLine > 0 {
		m.BuildLine = after + of.BuildLine
	}
	if m.Fills == 0 && of.Fills > 0 {
		m.Fills = after + of.Fills
	}
}

func find(re expression, text string) []int {
	if re == nil {
		return nil
	}
	return re().FindStringIndex(text)
}

func all(re expression, text string) [][]int {
	if re == nil {
		return nil
	}
	return re().FindAllStringSubmatchIndex(text, -1)
}

// group returns the first group that matched; empty if there is none.
func group(text string, x []int) string {
	for i := 2; i < len(x); i += 2 {
		if x[i] >= 0 {
			return text[x[i]:x[i+1]]
		}
	}
	return ""
}

var fullComment = re(`(?m)^[ \t]*(?:#|//|\*).*$`)

// blankComments blanks lines that are comments, and keeps all positions.
func blankComments(text string) string {
	return fullComment().ReplaceAllStringFunc(text, func(s string) string { return strings.Repeat(" ", len(s)) })
}
