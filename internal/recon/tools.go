package recon

// tools tell which tool runs the migrations, by its configuration, its files, or a
// command that calls it.
var tools = signs(
	sign{files: "db/*migrate/[0-9]*.rb", value: "Rails"},
	sign{files: "manage.py", text: `DJANGO_SETTINGS_MODULE`, value: "Django"},
	sign{files: "alembic.ini", value: "Alembic"},
	sign{files: "versions/*.py", text: `(?m)^down_revision\b`, value: "Alembic"},
	sign{files: "migration_lock.toml", value: "Prisma"},
	sign{files: "drizzle.config.ts drizzle.config.js drizzle.config.mjs _journal.json", value: "Drizzle"},
	sign{files: "supabase/migrations/*.sql", value: "Supabase"},
	sign{files: "flyway.conf flyway.toml", value: "Flyway"},
	sign{files: "V[0-9]*__*.sql", value: "Flyway"},
	sign{files: "liquibase.properties", value: "Liquibase"},
	sign{files: "*.sql", text: `(?i)\A\s*--\s*liquibase formatted sql`, value: "Liquibase"},
	sign{files: "*.xml *.yml *.yaml", text: `<databaseChangeLog|(?m:^databaseChangeLog:)`, value: "Liquibase"},
	sign{files: "diesel.toml", value: "Diesel"},
	sign{files: "[0-9]*-[0-9]*-[0-9]*_*/up.sql", value: "Diesel"},
	sign{files: "sqitch.plan sqitch.conf", value: "Sqitch"},
	sign{files: "atlas.sum", value: "Atlas"},
	sign{files: "migrations/[0-9]*.sql *.sql", text: `(?mi)^[ \t]*--[ \t]*\+goose[ \t]+up\b`, value: "goose"},
	sign{files: "*.sql", text: `(?mi)^[ \t]*--[ \t]*\+migrate[ \t]+up\b`, value: "sql-migrate"},
	sign{files: "*.sql", text: `(?m)^[ \t]*--[ \t]*migrate:up\b`, value: "dbmate"},
	sign{files: "go.mod", text: `(?m)\b(?:github\.com/maragudk|maragu\.dev)/migrate\b`, value: "maragudk/migrate"},
	sign{files: "[0-9]*.up.sql", value: "golang-migrate"},
	sign{files: "priv/repo/migrations/*.exs priv/*/migrations/*.exs", value: "Ecto"},
	sign{files: "database/migrations/*.php", value: "Laravel"},
	sign{files: "knexfile.js knexfile.ts", value: "Knex"},
	sign{files: ".sequelizerc", value: "Sequelize"},
	sign{files: "migrations/[0-9]*.js migrations/[0-9]*.ts", text: `\bqueryInterface\b`, value: "Sequelize"},
	sign{files: "*.ts", text: `\bimplements\s+MigrationInterface\b`, value: "TypeORM"},
	sign{files: "migrations/[0-9]*.js migrations/[0-9]*.ts migrations/[0-9]*.cjs", text: `\bpgm\.\w+\(`, value: "node-pg-migrate"},
	sign{files: "*.cs", text: `:\s*Migration\b[\s\S]*?\bMigrationBuilder\b`, value: "Entity Framework"},
	sign{files: "Cargo.toml", text: `(?m)^\s*sqlx\s*[.=]`, value: "sqlx"},
	sign{files: "migrations/[0-9]*.sql", text: `(?m)^---- create above / drop below ----`, value: "tern"},
	sign{files: "metadata/databases/databases.yaml", value: "Hasura"},
	sign{files: ".pgroll.yaml pgroll.yaml", value: "pgroll"},
)

// readBy are the tools whose files look like those of another one.
var readBy = map[string][]string{"golang-migrate": {"sqlx", "maragudk/migrate"}}

// tools finds the migration tools. Two of them in one repository are a question.
func (r *Report) tools(t *tree) {
	var found []hit
	count := map[string]int{}
	for _, h := range told(t.find(tools)) {
		if count[h.value]++; count[h.value] == 1 {
			found = append(found, h)
		}
	}
	for tool, others := range readBy {
		for _, other := range others {
			if count[other] > 0 {
				count[tool] = 0
			}
		}
	}
	var first *Item
	for _, h := range found {
		if count[h.value] == 0 {
			continue
		}
		i := r.add(Tools, h.value, h)
		switch {
		case first == nil:
			first = &i
		default:
			r.conflict("migration tool", *first, i, "Two migration tools are set up: %s (%s) and %s (%s). Which one applies these files decides about their transactions.",
				first.Value, first.Basis, i.Value, i.Basis)
		}
	}
}
