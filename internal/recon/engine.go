package recon

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

const (
	yaml    = "*.yml *.yaml *.yml.j2 *.yaml.tpl"
	image   = `(?mi)^[ \t-]*(?:image|imageName)["']?:[ \t]*["']?(?:[\w.-]+(?::\d+)?/)*`
	tag     = `(?::(?:\$\{[\w.]+:?-)?([\w.-]*)[^\s"']*|@[^\s"']+)?(?:["'\s]|$)` // no word may follow: postgres-exporter
	version = `(\d+(?:\.\d+)*)`
)

// versions tell the engine and often its version: "ENGINE VERSION". An image's tag
// is read by tagged.
var versions = signs(
	sign{files: "*.tf *.tfvars", text: `(?m)^\s*engine\s*=\s*"(?:aurora-)?(postgres|mysql|mariadb)(?:ql)?"`, value: "$1"},
	sign{files: "*.tf", text: `(?m)^\s*engine\s*=\s*"(?:aurora-)?(postgres|mysql|mariadb)(?:ql)?"(?:[^}]*\n)?\s*engine_version\s*=\s*"` + version, value: "$1 $2"},
	sign{files: "*.tf", text: `(?m)^\s*engine_version\s*=\s*"` + version + `[^"]*"(?:[^}]*\n)?\s*engine\s*=\s*"(?:aurora-)?(postgres|mysql|mariadb)(?:ql)?"`, value: "$2 $1"},
	sign{files: "*.tf *.tfvars", text: `(?m)^\s*database_version\s*=\s*"(POSTGRES|MYSQL)_` + `(\d+(?:_\d+)?)`, value: "$1 $2"},
	sign{files: "*.tf", text: `"azurerm_(postgresql|mysql)_(?:flexible_)?server"[^}]*?\n\s*version\s*=\s*"` + version, value: "$1 $2"},
	sign{files: "*.tf", text: `"digitalocean_database_cluster"[^}]*?\n\s*engine\s*=\s*"(pg|mysql)"[^}]*?\n\s*version\s*=\s*"` + version, value: "$1 $2"},
	sign{files: "*.tfvars *.tf", text: `(?mi)^\s*"?(postgres|mysql)(?:ql)?_(?:engine_)?version"?\s*=\s*"` + version, value: "$1 $2"},
	sign{files: yaml + " *.json *.template", text: `(?mi)^\s*["']?Engine["']?:\s*["']?(?:aurora-)?(postgres|mysql|mariadb)(?:ql)?["']?,?\s*\n\s*["']?EngineVersion["']?:\s*["']?` + version, value: "$1 $2"},
	sign{files: "*.ts *.py *.java *.go *.cs", text: `\b(?:Aurora)?(Postgres|Mysql)EngineVersion\.VER_(\d+(?:_\d+)?)`, value: "$1 $2"},
	sign{files: yaml, text: `(?m)^kind:\s*["']?(postgres)ql["']?\s[\s\S]*?^\s+version:\s*["']?` + version, value: "$1 $2"},
	sign{files: yaml, text: `(?m)^\s*(postgres)(?:ql)?(?:Major)?Version:\s*["']?` + version, value: "$1 $2"},
	sign{files: "values*.yaml values*.yml", text: `(?m)^(postgres)ql:\s*\n(?:[ \t]+.*\n|\s*\n)*?[ \t]+image:\s*\n(?:[ \t]+.*\n)*?[ \t]+tag:\s*["']?` + version, value: "$1 $2"},
	sign{files: "supabase/config.toml", text: `(?m)^\s*major_version\s*=\s*(\d+)`, value: "postgres $1"},
	sign{files: "app.json", text: `heroku-(postgres)ql[\s\S]{0,200}?"version"\s*:\s*"` + version, value: "$1 $2"},

	sign{files: "*.sql", text: `(?m)^-- Dumped from database version ` + version, value: "postgres $1"},
	sign{files: "*.sql", text: `(?m)^-- (MySQL|MariaDB) dump[^\n]*\n(?:--[^\n]*\n)*-- Server version\s+` + version, value: "$1 $2"},

	sign{files: yaml, text: image + `(postgresql-repmgr|postgresql|postgres|postgis|pgvector|pgautoupgrade|timescaledb-ha|timescaledb|spilo-\d+|citus|mysql-server|mysql|mariadb)` + tag, value: "$1 $2"},
	sign{files: yaml, text: `(?m)^\s*-\s*(?:name:\s*)?["']?(?:[\w.-]+(?::\d+)?/)*(postgres|postgis|pgvector|timescaledb|mysql|mariadb):([\w.-]+)`, value: "$1 $2"},
	sign{files: "Dockerfile* *.Dockerfile Containerfile", text: `(?mi)^FROM\s+(?:--platform=\S+\s+)?(?:[\w.-]+(?::\d+)?/)*(postgresql|postgres|postgis|pgvector|timescaledb|mysql|mariadb)` + tag, value: "$1 $2"},
	sign{files: yaml + " Makefile *.sh *.toml", text: `\bdocker run\b[^\n]*?\s(postgres|mysql|mariadb):([\w.-]+)`, value: "$1 $2"},
	sign{files: yaml, text: `(?m)^\s*-?\s*["']?(postgres|mysql|mariadb)(?:ql)?(?:[-_]?(?:version|image)s?)?["']?:\s*\[([^\]]+)\]`, value: "$1 $2"},
	sign{files: ".tool-versions", text: `(?m)^(postgres|mysql)\s+` + version, value: "$1 $2"},
	sign{files: ".mise.toml mise.toml", text: `(?m)^\s*"?(postgres|mysql)"?\s*=\s*"` + version, value: "$1 $2"},
	sign{files: "flake.nix shell.nix default.nix devbox.json devenv.nix Brewfile", text: `\b(postgresql|mysql)[_@](\d+)`, value: "$1 $2"},
	sign{files: ".squawk.toml", text: `(?m)^\s*pg_version\s*=\s*"` + version, value: "postgres $1"},

	sign{files: "*.prisma", text: `(?m)^\s*provider\s*=\s*"(postgresql|mysql|sqlite|cockroachdb|sqlserver)"`, value: "$1"},
	sign{files: "*.py", text: `['"]ENGINE['"]\s*:\s*['"][\w.]*\.(postgresql|postgis|postgres|mysql|sqlite3)['"]`, value: "$1"},
	sign{files: "database.yml database.yml.* database.example.yml", text: `(?m)^\s*adapter:\s*["']?(postgresql|postgis|mysql2|trilogy|sqlite3)`, value: "$1"},
	sign{files: "drizzle.config.ts drizzle.config.js drizzle.config.mjs", text: `(?m)^\s*(?:dialect|driver):\s*["'](postgresql|pg|mysql|mysql2|sqlite|better-sqlite|turso)["']`, value: "$1"},
	sign{files: "sqlc.yaml sqlc.yml sqlc.json", text: `(?m)["']?engine["']?:\s*["']?(postgresql|mysql|sqlite)`, value: "$1"},
	sign{files: "knexfile.js knexfile.ts", text: `\bclient:\s*["'](pg|postgres|postgresql|mysql2?|sqlite3|better-sqlite3)["']`, value: "$1"},
	sign{files: "ormconfig.json ormconfig.js ormconfig.ts data-source.ts datasource.ts", text: `["']?type["']?\s*:\s*["'](postgres|mysql|mariadb|sqlite|better-sqlite3)["']`, value: "$1"},
	sign{files: "diesel.toml Cargo.toml", text: `\bdiesel\b[^\n]*"(postgres|mysql|sqlite)"`, value: "$1"},
	sign{files: "repo.ex", text: `Ecto\.Adapters\.(Postgres|MyXQL|SQLite3)`, value: "$1"},
	sign{files: ".env .env.* *.env application*.yml application*.yaml application*.properties alembic.ini flyway.conf flyway.toml liquibase.properties atlas.hcl dbconfig.yml " + yaml + " Makefile justfile", text: `\b(?:jdbc:)?(postgres|postgresql|mysql|mariadb|sqlite)(?:\+\w+)?:(?://|[\w./]+\.db)`, value: "$1", weak: true},
)

// engines are the names of an engine by what sources call it.
var engines = map[string]string{
	"postgres": "postgresql", "postgresql": "postgresql", "pg": "postgresql", "postgis": "postgresql", "pgvector": "postgresql", "timescaledb": "postgresql", "pgautoupgrade": "postgresql",
	"timescaledb-ha": "postgresql", "postgresql-repmgr": "postgresql", "citus": "postgresql",
	"mysql": "mysql", "mysql2": "mysql", "trilogy": "mysql", "mysql-server": "mysql", "mariadb": "mysql", "myxql": "mysql",
	"sqlite": "sqlite", "sqlite3": "sqlite", "better-sqlite": "sqlite", "better-sqlite3": "sqlite", "turso": "sqlite",
}

// spoken are the names of engines in a report.
var spoken = map[string]string{"postgresql": "PostgreSQL", "mysql": "MySQL", "sqlite": "SQLite"}

// stage is what a source describes, the one that counts most first.
type stage int

const (
	production stage = iota
	dump             // of the server that it was made on
	config           // of the application
	ci
	development
	example // of others: tests, documentation
)

var stageWords = []string{"production", "the server of the schema dump", "the application", "CI", "development"}

// stages tell the stage of a file. The first row that matches counts; a file that
// none matches is configuration.
var stages = []struct {
	stage stage
	path  expression
}{
	{ci, re(`(?i)^\.(?:ci|github|gitlab|circleci|buildkite|woodpecker)\b|(?:^|/)(?:\.gitlab-ci|\.travis|\.drone|\.woodpecker|azure-pipelines|bitbucket-pipelines|cloudbuild|appveyor)[^/]*$|(?:^|/)Jenkinsfile|(?:compose|docker-compose)[^/]*[.-](?:ci|test|tests|e2e)\b`)},
	{example, re(`(?i)(?:^|/)(?:examples?|samples?|docs?|documentation|tests?|__tests__|spec|specs|fixtures?|testdata|test_data|e2e|benchmarks?|bench|demos?|tutorials?|testing|test[_-]?files|mocks?|__mocks__|stubs?|cypress|stories)/|(?:^|/)test[_.-][^/]*$|(?:_test|_spec|\.test|\.spec|Tests?)\.\w+$`)},
	{production, re(`(?i)\.tf$|\.tfvars$|(?:^|/)(?:terraform|infra|infrastructure|k8s|kubernetes|helm|charts?|deploy|deployment|deployments|manifests|production|prod|pulumi|cdk|cloudformation)/|(?:^|/)(?:render\.ya?ml|app\.json|fly\.toml|values[^/]*prod[^/]*)$|[.-]prod(?:uction)?\b[^/]*$|(?:^|/)supabase/config\.toml$`)},
	{dump, re(`\.sql$`)},
	{development, re(`(?i)(?:compose|docker-compose)[^/]*$|(?:^|/)(?:\.tool-versions|\.?mise\.toml|[^/]*Dockerfile[^/]*|Containerfile|flake\.nix|shell\.nix|default\.nix|devenv\.nix|devbox\.json|Brewfile|Makefile)$|^\.devcontainer/|\.sh$|(?:^|/)\.env`)},
}

func (f *file) stage() stage {
	if !f.staged {
		f.staged, f.of = true, config
		for _, s := range stages {
			if s.path().MatchString(f.path) {
				f.of = s.stage
				break
			}
		}
	}
	return f.of
}

// source is what one place says of the server.
type source struct {
	hit
	engine   string
	product  string   // another name of it
	versions []string // several: a matrix
	stage    stage
}

func (s source) lowest() string {
	if len(s.versions) == 0 {
		return ""
	}
	return slices.MinFunc(s.versions, compareVersions)
}

func (s source) item() Item {
	value := cmp.Or(s.product, spoken[s.engine])
	if len(s.versions) > 0 {
		value += " " + strings.Join(s.versions, ", ")
	}
	i := s.hit.item(Engine, value)
	if s.stage != production && s.stage != dump && len(s.versions) > 0 {
		i.Confidence = Inferred // production may have another one
	}
	return i
}

// engine finds the engine and the version that production has.
func (r *Report) engine(t *tree) {
	var all []source
	for _, h := range t.find(versions) {
		name, said, _ := strings.Cut(h.value, " ")
		if strings.IndexByte("0123456789", (name + "x")[0]) >= 0 { // the two stand in the other order
			name, said = said, name
		}
		s := source{hit: h, engine: engines[strings.ToLower(name)], stage: h.file.stage()}
		if strings.HasPrefix(name, "spilo-") {
			s.engine, said = "postgresql", strings.TrimPrefix(name, "spilo-")
		}
		if s.engine == "" || s.stage == example {
			continue
		}
		if strings.EqualFold(name, "mariadb") {
			s.product = "MariaDB"
		}
		s.versions = tagged(said)
		all = append(all, s)
	}
	if len(all) == 0 {
		return
	}
	slices.SortStableFunc(all, func(a, b source) int {
		return cmp.Or(cmp.Compare(a.stage, b.stage), versionsFirst(a, b), compareVersions(a.lowest(), b.lowest()))
	})
	r.Engine = theEngine(all)
	var best *source
	for i := range all {
		if all[i].engine == r.Engine && (best == nil || len(best.versions) == 0 && len(all[i].versions) > 0) {
			best = &all[i]
		}
	}
	r.Version = best.lowest()
	i := best.item()
	r.VersionBy, r.Items = i, append(r.Items, i)
	r.otherEngine(all, i)
	r.otherVersions(all, best)
}

func versionsFirst(a, b source) int {
	return cmp.Compare(min(len(b.versions), 1), min(len(a.versions), 1))
}

// theEngine returns the engine that the sources that count most name; of several,
// PostgreSQL, and SQLite last: tests often run on it.
func theEngine(all []source) string {
	top := all[0].stage
	for _, name := range []string{"postgresql", "mysql", "sqlite"} {
		if slices.ContainsFunc(all, func(s source) bool {
			return s.engine == name && (s.stage == top || name == "postgresql" && s.stage < ci)
		}) {
			return name
		}
	}
	return all[0].engine
}

func (r *Report) otherEngine(all []source, first Item) {
	for _, s := range all {
		if s.engine != r.Engine && s.engine != "sqlite" && s.stage < ci && !s.weak {
			r.conflict("engine", first, s.item(), "%s says %s, %s says %s: name the engine of these migrations with --engine.",
				first.Basis, spoken[r.Engine], s.place(), spoken[s.engine])
			return
		}
	}
}

// otherVersions finds the stages whose major version differs from the one that the
// migrations are judged for. A matrix that has it agrees.
func (r *Report) otherVersions(all []source, best *source) {
	told, twice := map[stage]bool{best.stage: true}, false
	for _, s := range all {
		if s.engine != r.Engine || len(s.versions) == 0 || len(best.versions) == 0 {
			continue
		}
		same := slices.ContainsFunc(s.versions, func(v string) bool { return major(v) == major(r.Version) })
		if s.stage == best.stage {
			// Two servers, or one that is being upgraded.
			if !same && s.stage == production && !twice {
				twice = true
				r.conflict("server version", best.item(), s.item(), "Two versions are named for production: %s in %s and %s in %s. Migrations are judged for the lower one.",
					r.Version, best.place(), s.lowest(), s.place())
			}
			continue
		}
		if told[s.stage] {
			continue
		}
		told[s.stage] = true
		if !same {
			r.conflict("server version", best.item(), s.item(), "Judged for %s %s (%s), but %s runs %s (%s): locks and rewrites differ between versions.",
				spoken[r.Engine], r.Version, best.place(), stageWords[s.stage], strings.Join(s.versions, ", "), s.place())
		}
	}
}

var (
	leading   = re(`^v?(\d+(?:[._]\d+)*)`)
	postfixed = re(`(?:^|[^a-z])pg(\d+)(?:\.\d+)*`)
	listed    = re(`\d+(?:\.\d+)*`)
)

// tagged reads the versions of an image's tag, of a name, or of a list: "16.3-alpine",
// "latest-pg16", "POSTGRES_15", "[13, 14, 15]".
func tagged(tag string) []string {
	tag = strings.TrimSpace(strings.ToLower(tag))
	if strings.ContainsAny(tag, ", ") {
		return slices.Compact(listed().FindAllString(tag, -1))
	}
	if m := postfixed().FindStringSubmatch(tag); m != nil {
		return []string{m[1]}
	}
	if m := leading().FindStringSubmatch(tag); m != nil {
		v := strings.ReplaceAll(m[1], "_", ".")
		if parts := strings.Split(v, "."); len(parts) > 2 && len(parts[0]) > 1 {
			v = strings.Join(parts[:2], ".") // the image's own number follows
		}
		if n, _ := strconv.Atoi(strings.Split(v, ".")[0]); n < 100 {
			return []string{v}
		}
	}
	return nil
}

func major(v string) string {
	head, _, _ := strings.Cut(v, ".")
	return head
}

func compareVersions(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		n, _ := strconv.Atoi(x[i])
		m, _ := strconv.Atoi(y[i])
		if c := cmp.Compare(n, m); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x), len(y))
}
