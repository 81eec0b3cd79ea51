package recon

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

var (
	dumpHead = re(`(?m)^-- PostgreSQL database dump\b`)
	// dumped are the versions that a dump's own table of migrations has.
	dumpedTable = re(`(?i)\bINSERT\s+INTO\s+(?:"?\w+"?\.)?"?(?:schema_migrations|flyway_schema_history|_sqlx_migrations|goose_db_version)"?[^;]*;`)
	dumpedCopy  = re(`(?i)\bCOPY\s+(?:"?\w+"?\.)?"?(?:schema_migrations|flyway_schema_history|_sqlx_migrations|goose_db_version)"?[^;]*;\n([\s\S]*?)\n\\\.`)
)

// dumps returns the schema dumps of a repository.
func (t *tree) dumps() []*file {
	var list []*file
	for _, f := range t.files {
		if strings.HasSuffix(f.base, ".sql") && f.stage() != example && dumpName().MatchString(f.path) && dumpHead().MatchString(head(f.content())) {
			list = append(list, f)
		}
	}
	return list
}

func head(text string) string { return text[:min(len(text), 4096)] }

// models are files that a tool makes SQL of, with the command that prints it.
var models = signs(
	sign{files: "schema.prisma *.prisma", text: `(?m)^\s*model\s+\w+\s*\{`, value: "Prisma schema: npx prisma migrate diff --from-migrations DIR/migrations --to-schema-datamodel FILE --script"},
	sign{files: "schema.rb", text: `ActiveRecord::Schema\b`, value: "Rails schema: config.active_record.schema_format = :sql, then bin/rails db:schema:dump"},
	sign{files: "models.py models/*.py", text: `\(models\.Model\)`, value: "Django models: python manage.py sqlmigrate APP NAME"},
	sign{files: "*.py", text: `\bmapped_column\(|\(DeclarativeBase\)|\bdeclarative_base\(`, value: "SQLAlchemy models: alembic upgrade BASE:HEAD --sql"},
	sign{files: "*.entity.ts *.entity.js", value: "TypeORM entities: npx typeorm schema:log -d DATASOURCE"},
	sign{files: "schema.ts schema/*.ts schemas/*.ts *.schema.ts", text: `\bpgTable\(`, value: "Drizzle schema: npx drizzle-kit generate"},
	sign{files: "schema.rs", text: `(?m)^(?:diesel::)?table!\s*\{|\bdiesel::table!`, value: "Diesel schema: diesel migration run on a copy, then pg_dump --schema-only"},
	sign{files: "*Context.cs *DbContext.cs", text: `:\s*(?:\w+)?DbContext\b`, value: "Entity Framework model: dotnet ef migrations script"},
)

// schema finds dumps and models, and the migrations that the newest dump lacks.
func (r *Report) schema(t *tree) {
	dumps := t.dumps()
	for i, f := range dumps {
		if i == 2 {
			break
		}
		r.Items = append(r.Items, Item{Schema, "schema dump " + f.base, f.path, Stated})
	}
	told := map[string]bool{}
	for _, h := range t.find(models) {
		if told[h.value] || h.file.stage() == example || kindOf(h.file) != nil {
			continue
		}
		told[h.value] = true
		r.add(Schema, strings.NewReplacer("FILE", h.file.path, "DIR", path.Dir(h.file.path)).Replace(h.value), h)
	}
	r.seeds(t)
	if r.dumped = len(dumps) > 0; r.dumped {
		r.behind(t, dumps[0])
	}
}

// seeded matches a file in a folder of seeds, fixtures or factories, and a file of seeds.
var seeded = re(`(?i)^(?:.*/)?(?:seeds?|seeders?|fixtures|factories)(?:\.|/.*\.)(?:sql|csv|json|ya?ml|rb|py|[jt]s|php|exs)$`)

// seeds names where the rows are that a new database gets: at most two places.
func (r *Report) seeds(t *tree) {
	told := map[string]bool{}
	for _, f := range t.files {
		if at := path.Dir(f.path); len(told) < 2 && !told[at] && seeded().MatchString(f.path) {
			told[at] = true
			r.Items = append(r.Items, Item{Seeds, at, f.path, Inferred})
		}
	}
}

// behind finds the migrations that a dump does not have, by the versions in it. A
// dump without versions tells nothing.
func (r *Report) behind(t *tree, dump *file) {
	text := dump.content()
	var said string
	for _, m := range dumpedTable().FindAllString(text, -1) {
		said += m
	}
	for _, m := range dumpedCopy().FindAllStringSubmatch(text, -1) {
		said += m[1]
	}
	has := digits().FindAllString(said, -1)
	if len(has) == 0 {
		return
	}
	slices.SortFunc(has, compareDigits)
	newest := has[len(has)-1]
	for _, f := range t.files {
		k := kindOf(f)
		if k == nil || isDown(f) || f.stage() == example || t.review[f.path] {
			continue
		}
		if n := numbersOf(f.path); len(n) > 0 && len(n[0]) == len(newest) && !slices.Contains(has, n[0]) && compareDigits(n[0], newest) > 0 {
			r.Behind = append(r.Behind, f.path)
		}
	}
	if len(r.Behind) == 0 {
		return
	}
	slices.SortFunc(r.Behind, byVersion)
	last := r.Behind[len(r.Behind)-1]
	r.conflict("newest migration", Item{Schema, "schema dump " + dump.base + " up to " + newest, dump.path, Stated}, Item{Schema, "newer migration", last, Stated},
		"%s", fmt.Sprintf("%s ends with version %s. The repository has %s, up to %s.", dump.path, newest, migrations(len(r.Behind)), last))
}

func migrations(n int) string {
	if n == 1 {
		return "1 newer migration"
	}
	return fmt.Sprintf("%d newer migrations", n)
}

func compareDigits(a, b string) int { return compareNumbers([]string{a}, []string{b}) }
