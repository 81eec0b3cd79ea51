package recon

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
)

const (
	code  = "*.rb *.py *.ts *.js *.mjs *.go *.ex *.exs *.java *.kt *.cs *.php *.rs"
	shell = "*.sh Makefile justfile Taskfile.yml *.yml *.yaml Dockerfile* Procfile entrypoint* release*"
	// duration is a value with its unit in the languages of configuration: group 1.
	duration = `["']?(\d+(?:\.\d+)?(?:\.?(?:seconds?|minutes?|hours?|milliseconds?)|\s?(?:ms|s|min|h))?)`
)

// timeouts tell what sets a timeout for every migration: "WHO|VALUE". What a
// migration sets itself is not among it. NAME is lock_timeout or statement_timeout.
var timeouts = []struct {
	sign
	by string
}{
	{sign{files: "*.sql *.sh *.tf *.yml *.yaml", text: `(?i)\bALTER\s+(?:ROLE|USER)\s+"?([\w:${}]+)"?\s+(?:IN\s+DATABASE\s+\S+\s+)?SET\s+NAME\s*(?:=|\bTO\b)\s*` + duration, value: "$1|$2"}, "role "},
	{sign{files: "*.sql *.sh *.tf *.yml *.yaml", text: `(?i)\bALTER\s+DATABASE\s+"?([\w:${}]+)"?\s+SET\s+NAME\s*(?:=|\bTO\b)\s*` + duration, value: "$1|$2"}, "database "},
	{sign{files: settings + " " + code, text: `(?i)(?:options|PGOPTIONS)["']?\s*(?:[:=]|=>|%3D)\s*["']?[^\n]*?-c(?:\s|%20|\+)*NAME(?:=|%3D)` + duration, value: "|$1"}, "connection options"},
	{sign{files: settings + " " + code, text: `(?i)\b(?:postgres|postgresql)(?:\+\w+)?://\S*[?&]NAME=` + duration, value: "|$1"}, "connection string"},
	{sign{files: "database.yml database.yml.*", text: `(?m)^\s+NAME:\s*` + duration, value: "|$1"}, "database.yml"},
	{sign{files: "*.rb", text: `\bStrongMigrations\.NAME\s*=\s*` + duration, value: "|$1"}, "strong_migrations"},
	{sign{files: "*.rb", text: `(?s)\bSafePgMigrations\.config\.(?:safe_timeout|NAME)\s*=\s*` + duration, value: "|$1"}, "safe-pg-migrations"},
	{sign{files: "*.rb", text: `\bActiveRecord::SaferMigrations\.default_NAME\s*=\s*` + duration, value: "|$1"}, "activerecord-safer_migrations"},
	{sign{files: "migration_timeouts.rb migration_lock_timeout.rb", text: `\bdefault_(?:NAME|timeout)\s*=\s*` + duration, value: "|$1"}, "an initializer"},
	{sign{files: "online_migrations.rb", text: `\bNAME[:=]\s*` + duration, value: "|$1"}, "online_migrations"},
	{sign{files: "online_migrations.rb", text: `\bconfig\.NAME\s*=\s*` + duration, value: "|$1"}, "online_migrations"},
	{sign{files: "*.py", text: `\bZERO_DOWNTIME_MIGRATIONS_NAME\s*=\s*` + duration, value: "|$1"}, "django-pg-zero-downtime-migrations"},
	{sign{files: "*.exs *.ex", text: `\bparameters:\s*\[[^\]]*\bNAME:\s*` + duration, value: "|$1"}, "the repository's configuration"},
	{sign{files: "env.py config.exs runtime.exs knexfile.js knexfile.ts flyway.conf flyway.toml *.properties application*.yml migrate.* migration.* migrator.* migrate*.sh migrate*.go", text: `(?i)\bSET\s+(?:SESSION\s+|LOCAL\s+)?NAME\s*(?:=|\bTO\b)\s*\\?` + duration, value: "|$1"}, "the migration runner"},
	{sign{files: shell + " .env .env.*", text: `(?i)\bPGROLL_NAME=` + duration, value: "|$1"}, "pgroll"},
	{sign{files: shell, text: `\bpgroll\b[^\n]*--lock-timeout[ =]` + duration, value: "|$1"}, "pgroll"},
}

// settled are packages that set a lock_timeout by themselves, in ms.
var settled = map[string]float64{"safe-pg-migrations": 5000, "activerecord-safer_migrations": 750, "pgroll": 500, "pg_ha_migrations": 5000}

// retries tell what runs a migration again that did not get its lock.
var retries = signs(
	sign{files: "*.rb", text: `\block_timeout_retries\s*=\s*([1-9]\d*)`, value: "strong_migrations, $1 retries"},
	sign{files: "*.rb", text: `\block_retrier\s*=\s*OnlineMigrations::(?:Exponential|Constant)LockRetrier`, value: "online_migrations' lock retrier"},
	sign{files: "*.rb *.py *.ts *.js *.go", text: `\bwith_lock_retries\b|\bwithLockRetr(?:y|ies)\b`, value: "$0"},
	sign{files: "Gemfile.lock", text: `(?m)^\s+safe-pg-migrations \(`, value: "safe-pg-migrations"},
	sign{files: "Gemfile.lock", text: `(?m)^\s+pg_ha_migrations \(`, value: "pg_ha_migrations"},
	sign{files: shell, text: `\bpgroll (?:start|migrate)\b`, value: "pgroll"},
	sign{files: "*.sh Makefile justfile entrypoint*", text: `(?m)^[ \t]*(?:until|while|for)\b[^\n]*(?:\n[^\n]*){0,6}?` + runs, value: "a loop in the script", weak: true},
	sign{files: yaml, text: `(?m)\buses:\s*nick-fields/retry[\s\S]{0,300}?` + runs, value: "a step that is retried", weak: true},
	sign{files: code, text: `\b55P03\b|\bLockNotAvailable\b|\bLockWaitTimeout\b`, value: "code that handles 55P03", weak: true},
)

// runs matches a command that applies migrations.
const runs = `(?:\b(?:rails|rake)\s+db:(?:migrate|prepare)\b|\bmanage\.py\s+migrate\b|\balembic\b[^\n]*\bupgrade\b|\bprisma\s+(?:migrate\s+deploy|db\s+push)\b|\bprisma:migrate\S*|\bdrizzle-kit\s+(?:migrate|push)\b|\bflyway\b[^\n]*\bmigrate\b|\bliquibase\b[^\n]*\bupdate\b|\bgoose\b[^\n]*\bup\b|\bdbmate\b[^\n]*\b(?:up|migrate)\b|\bmigrate\b[^\n]*-(?:database|path|source)\b[^\n]*\bup\b|\bsqlx\s+migrate\s+run\b|\bdiesel\s+migration\s+run\b|\bnode-pg-migrate\b[^\n]*\bup\b|\bknex\b[^\n]*\bmigrate:(?:latest|up)\b|\bsequelize(?:-cli)?\s+db:migrate\b|\btypeorm\b[^\n]*\bmigration:run\b|\bmix\s+ecto\.migrate\b|\bartisan\s+migrate\b|\bsupabase\s+(?:db\s+push|migration\s+up)\b|\bsqitch\s+deploy\b|\batlas\s+migrate\s+apply\b|\btern\s+migrate\b|\bdotnet\s+ef\s+database\s+update\b)`

// timeoutSigns are the signs of each timeout.
var timeoutSigns = map[string]table{"lock_timeout": timeoutsOf("lock_timeout"), "statement_timeout": timeoutsOf("statement_timeout")}

func timeoutsOf(name string) table {
	var rows []sign
	for _, r := range timeouts {
		r.text = strings.ReplaceAll(r.text, "NAME", name)
		if strings.Contains(r.sign.text, "ZERO_DOWNTIME") || strings.Contains(r.sign.text, "PGROLL") {
			r.text = strings.ReplaceAll(r.sign.text, "NAME", strings.ToUpper(name))
		}
		rows = append(rows, r.sign)
	}
	return signs(rows...)
}

// timeouts finds what sets timeouts outside of the migrations, and what retries.
func (r *Report) timeouts(t *tree) {
	r.LockTimeout = r.timeout(t, "lock_timeout")
	r.StatementTimeout = r.timeout(t, "statement_timeout")
	if list := told(t.find(retries)); len(list) > 0 {
		best := list[0]
		for _, h := range list {
			if best.weak && !h.weak {
				best = h
			}
		}
		i := r.add(Timeouts, "retries: "+best.value, best)
		r.Retry = &i
		if ms, known := settled[best.value]; known && r.LockTimeout == nil {
			r.LockTimeout = &Setting{opt.Of(ms), best.value, i.Basis}
			r.Items = append(r.Items, Item{Timeouts, fmt.Sprintf("lock_timeout %s by default (%s)", spokenMs(ms), best.value), i.Basis, Inferred})
		}
	}
}

func (r *Report) timeout(t *tree, name string) *Setting {
	for _, h := range told(t.find(timeoutSigns[name])) {
		k := kindOf(h.file)
		if k != nil && timeouts[h.row].by != "role " && timeouts[h.row].by != "database " {
			continue // a migration's own
		}
		who, value, _ := strings.Cut(h.value, "|")
		s := &Setting{milliseconds(value, timeouts[h.row].by), timeouts[h.row].by + who, h.place()}
		if ms, known := s.Ms.Get(); known && ms == 0 {
			continue // none
		}
		words := name
		if ms, known := s.Ms.Get(); known {
			words += " " + spokenMs(ms)
		}
		r.add(Timeouts, fmt.Sprintf("%s (%s)", words, s.By), h)
		return s
	}
	return nil
}

var amount = re(`^(\d+(?:\.\d+)?)\W*([a-z]*)`)

// milliseconds reads a duration. A bare number is in ms to the server, and in seconds
// to libraries of Ruby.
func milliseconds(s, by string) opt.Float {
	m := amount().FindStringSubmatch(strings.ToLower(s))
	if m == nil {
		return opt.Float{}
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return opt.Float{}
	}
	switch {
	case m[2] == "ms" || strings.HasPrefix(m[2], "milli"):
	case m[2] == "s" || strings.HasPrefix(m[2], "sec"):
		n *= 1000
	case strings.HasPrefix(m[2], "min"):
		n *= 60_000
	case strings.HasPrefix(m[2], "h"):
		n *= 3_600_000
	case by == "strong_migrations" || by == "safe-pg-migrations" || by == "online_migrations":
		n *= 1000
	}
	return opt.Of(n)
}

func spokenMs(ms float64) string {
	for _, unit := range []struct {
		ms   float64
		name string
	}{{3_600_000, " h"}, {60_000, " min"}, {1000, " s"}} {
		if ms >= unit.ms {
			return strconv.FormatFloat(ms/unit.ms, 'f', -1, 64) + unit.name
		}
	}
	return strconv.FormatFloat(ms, 'f', -1, 64) + " ms"
}
