package migration

import "strings"

// toolTables are the tables in which tools note what they applied.
var toolTables = map[string]bool{
	"alembic_version": true, "schema_migrations": true, "schema_migration": true, "schema_version": true, "__drizzle_migrations": true, "flyway_schema_history": true,
	"databasechangelog": true, "databasechangeloglock": true, "_prisma_migrations": true, "goose_db_version": true, "atlas_schema_revisions": true, "django_migrations": true,
	"_sqlx_migrations": true, "__diesel_schema_migrations": true, "ar_internal_metadata": true, "pgmigrations": true, "knex_migrations": true, "knex_migrations_lock": true,
	"gorp_migrations": true, "sequelizemeta": true, "typeorm_metadata": true, "__efmigrationshistory": true, "mikro_orm_migrations": true, "kysely_migration": true, "kysely_migration_lock": true,
}

// Bookkeeping reports whether a table is one in which a tool notes what it applied.
func Bookkeeping(table string) bool { return toolTables[strings.ToLower(table)] }
