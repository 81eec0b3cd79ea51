package migration

import (
	"cmp"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// models are the kinds of files that tools make SQL of, and the command that prints
// it.
var models = []struct {
	kind, command string
	extensions    string
	text          *regexp.Regexp
}{
	{"Prisma schema", "npx prisma migrate diff --from-migrations prisma/migrations --to-schema-datamodel prisma/schema.prisma --script", ".prisma", regexp.MustCompile(`(?m)^\s*(?:model|datasource)\s+\w+\s*\{`)},
	{"Django migrations", "python manage.py sqlmigrate APP NAME", ".py", regexp.MustCompile(`migrations\.Migration\b`)},
	{"Django models", "python manage.py makemigrations && python manage.py sqlmigrate APP NAME", ".py", regexp.MustCompile(`\(models\.Model\)`)},
	{"Alembic revisions", "alembic upgrade BASE:HEAD --sql", ".py", regexp.MustCompile(`(?m)^down_revision\b`)},
	{"SQLAlchemy models", "alembic revision --autogenerate && alembic upgrade BASE:HEAD --sql", ".py", regexp.MustCompile(`\bmapped_column\(|\bDeclarativeBase\b|\bdeclarative_base\(`)},
	{"Rails schema", "config.active_record.schema_format = :sql, then bin/rails db:schema:dump", ".rb", regexp.MustCompile(`ActiveRecord::Schema\b`)},
	{"Rails migrations", `bin/rails runner 'ActiveRecord::Base.logger = Logger.new(STDOUT); ActiveRecord::MigrationContext.new("db/migrate").migrate' on a copy of the database`, ".rb", regexp.MustCompile(`ActiveRecord::Migration\b`)},
	{"TypeORM entities", "npx typeorm schema:log -d DATASOURCE", ".ts .js", regexp.MustCompile(`@Entity\(`)},
	{"TypeORM migrations", "npx typeorm migration:run -d DATASOURCE on a copy of the database, with logging: [\"query\"]", ".ts .js", regexp.MustCompile(`\bMigrationInterface\b`)},
	{"Drizzle schema", "npx drizzle-kit generate", ".ts .js", regexp.MustCompile(`\bpgTable\(`)},
	{"Sequelize migrations", "npx sequelize-cli db:migrate on a copy of the database, with logging: console.log", ".ts .js", regexp.MustCompile(`\bqueryInterface\.`)},
	{"Knex migrations", "DEBUG=knex:query npx knex migrate:up on a copy of the database", ".ts .js", regexp.MustCompile(`\bknex\.schema\.|exports\.up\s*=.*\bknex\b`)},
	{"node-pg-migrate migrations", "npx node-pg-migrate up --dry-run", ".ts .js", regexp.MustCompile(`\bpgm\.\w+\(`)},
	{"Liquibase changelog", "liquibase update-sql", ".xml .yaml .yml .json", regexp.MustCompile(`(?i)<databaseChangeLog|["']?databaseChangeLog["']?\s*:`)},
	{"Flyway Java migrations", "flyway migrate -dryRunOutput=dry-run.sql", ".java .kt", regexp.MustCompile(`\bBaseJavaMigration\b`)},
	{"Ecto migrations", "mix ecto.migrate --log-migrations-sql on a copy of the database", ".exs", regexp.MustCompile(`\buse Ecto\.Migration\b`)},
	{"Laravel migrations", "php artisan migrate --pretend", ".php", regexp.MustCompile(`\bSchema::(?:create|table)\(`)},
	{"Entity Framework migrations", "dotnet ef migrations script", ".cs", regexp.MustCompile(`\bMigrationBuilder\b`)},
	{"goose migrations in Go", "goose up on a copy of the database, with log_statement = 'ddl'", ".go", regexp.MustCompile(`\bgoose\.AddMigration`)},
}

// wholeSchema are the commands that print the DDL of all tables, of kinds for which that is
// another command than the one for a migration.
var wholeSchema = map[string]string{
	"Prisma schema":     "npx prisma migrate diff --from-empty --to-schema-datamodel prisma/schema.prisma --script",
	"Django models":     "python manage.py migrate on an empty database, then pg_dump -s",
	"Django migrations": "python manage.py migrate on an empty database, then pg_dump -s",
	"SQLAlchemy models": "alembic upgrade head --sql",
	"Alembic revisions": "alembic upgrade head --sql",
	"Drizzle schema":    "npx drizzle-kit export",
	"Rails migrations":  "config.active_record.schema_format = :sql, then bin/rails db:schema:dump",
}

// MayBeModel reports whether a file can be one of these, by its name.
func MayBeModel(path string) bool {
	ext := filepath.Ext(path)
	for _, k := range models {
		if ext != "" && slices.Contains(strings.Fields(k.extensions), ext) {
			return true
		}
	}
	return false
}

// IsLog reports whether a text is a log of the statements of Rails or TypeORM.
func IsLog(head string) bool {
	for _, t := range Tools {
		if t.basis != "" && t.marks.MatchString(head) {
			return true
		}
	}
	return false
}

// ModelOf returns what a file that is no SQL is, by its name's extension and the
// beginning of its text.
func ModelOf(path string, head []byte) (Model, bool) {
	ext := filepath.Ext(path)
	for _, k := range models {
		if ext != "" && slices.Contains(strings.Fields(k.extensions), ext) && k.text.Match(head) {
			return Model{path, k.kind, k.command, cmp.Or(wholeSchema[k.kind], k.command)}, true
		}
	}
	return Model{}, false
}

// included matches the commands of psql that read something else.
var included = regexp.MustCompile(`(?m)^[ \t]*\\(?:i|ir|include|include_relative|copy|gexec)\b.*$`)

// commands notes the commands of psql that the statements depend on.
func (s *Source) commands() {
	for _, at := range included.FindAllStringIndex(s.Text, 3) {
		s.note("not followed: " + strings.TrimSpace(s.Text[at[0]:at[1]]))
	}
}
