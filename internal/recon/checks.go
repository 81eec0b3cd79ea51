package recon

import (
	"strings"
)

// linters tell of checks of migrations that the repository has.
var linters = signs(
	sign{files: ".squawk.toml", value: "squawk"},
	sign{files: yaml + " package.json Makefile *.sh pyproject.toml", text: `\bsquawk(?:-cli|-action|hq)?\b`, value: "squawk"},
	sign{files: "eugene.toml", value: "eugene"},
	sign{files: yaml + " Makefile *.sh", text: `\beugene (?:lint|trace)\b`, value: "eugene"},
	sign{files: "atlas.hcl", text: `(?m)^\s*lint\s*\{`, value: "atlas lint"},
	sign{files: yaml, text: `\batlas migrate lint\b|ariga/atlas-action`, value: "atlas lint"},
	sign{files: "Gemfile.lock Gemfile", text: `(?m)^\s*(?:gem ["'])?(strong_migrations|online_migrations|safe-pg-migrations|pg_ha_migrations|zero_downtime_migrations)\b`, value: "$1"},
	sign{files: "requirements*.txt pyproject.toml setup.cfg Pipfile poetry.lock uv.lock *.py", text: `\bdjango[-_]migration[-_]linter\b`, value: "django-migration-linter"},
	sign{files: "requirements*.txt pyproject.toml Pipfile poetry.lock uv.lock", text: `\bdjango-pg-zero-downtime-migrations\b`, value: "django-pg-zero-downtime-migrations"},
	sign{files: "package.json " + yaml, text: `\bmigrationpilot\b`, value: "migrationpilot"},
	sign{files: "package.json " + yaml, text: `\bpgfence\b`, value: "pgfence"},
	sign{files: "mix.exs mix.lock", text: `\bexcellent_migrations\b`, value: "excellent_migrations"},
	sign{files: ".sqlfluff", value: "sqlfluff"},
	sign{files: ".pre-commit-config.yaml", text: `(?m)^\s*-\s*id:\s*["']?([\w-]*(?:sql|migrat|squawk|schema)[\w-]*)`, value: "pre-commit hook $1"},
	sign{files: ".github/workflows/*.yml .github/workflows/*.yaml .gitlab-ci.yml .gitlab/*.yml .circleci/*.yml .buildkite/*.yml azure-pipelines.yml bitbucket-pipelines.yml Jenkinsfile .travis.yml .drone.yml .woodpecker.yml .woodpecker/*.yml", text: runs, value: "CI runs the migrations"},
	sign{files: ".github/workflows/*.yml .github/workflows/*.yaml .gitlab-ci.yml .circleci/*.yml .buildkite/*.yml", text: `\bpg_dump\b|\bprisma migrate diff\b|\bschema:verify\b|\bmakemigrations\b[^\n]*--check|\balembic check\b|\bdb:schema:(?:dump|load)\b[^\n]*\n?[^\n]*git diff|\bdrizzle-kit check\b|\batlas schema diff\b`, value: "CI compares the schema ($0)"},
	sign{files: ".pgverdict.yaml", value: "pgverdict"},
)

// checks finds linters, hooks and steps of CI.
func (r *Report) checks(t *tree) {
	told := map[string]bool{}
	for _, h := range t.find(linters) {
		if told[h.value] || h.file.stage() == example {
			continue
		}
		told[h.value] = true
		r.add(Checks, h.value, h)
	}
}

// silencers are comments and calls that switch off another linter.
var silencers = re(`(?m)^.*?(\bsquawk-(?:ignore|disable)[\w-]*[ \t]*[\w, -]*|\bsafety_assured\b|\batlas:nolint\b[^\n]*|--\s*nolint\b[^\n]*|\beugene: ignore\b[^\n]*|\bmigration-linter[:_-]?\s*ignore\w*|\bIgnoreMigration\(\)|\bexcellent_migrations:\s*safety-assured[^\n]*|\bpgfence[: -]ignore\b[^\n]*|\bmigrationpilot[-: ]disable\b[^\n]*|\bnoqa:\s*(?:disable=)?[A-Z]{2}\d+[^\n]*)`)

// accepted lists what the files under review have accepted before: by whom is not
// known.
func (r *Report) accepted(under []*file) {
	for _, f := range under {
		text := f.content()
		for _, m := range silencers().FindAllStringSubmatchIndex(text, -1) {
			n, _ := f.line(m[2])
			h := hit{file: f, line: n}
			said := strings.TrimSpace(text[m[2]:m[3]])
			r.Accepted = append(r.Accepted, h.item(Checks, said))
			r.add(Checks, "accepted before, by whom is not known: "+said, h)
		}
	}
}
