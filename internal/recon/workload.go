package recon

import (
	"slices"
	"strings"
)

// Hint is a table that something in the repository uses at times or often. Exports
// say more.
type Hint struct {
	Table string // as the file names it
	Why   string // "read by a queue: SKIP LOCKED"
	Basis string
}

// signals tell of jobs and queues: what is done to tables besides requests.
var signals = signs(
	sign{files: "*.sql", text: `(?i)\bcron\.schedule\w*\(\s*'([^']*)'`, value: "pg_cron job $1"},
	sign{files: yaml, text: `(?m)^kind:\s*CronJob[\s\S]{0,200}?^\s+name:\s*["']?([\w.-]+)`, value: "CronJob $1"},
	sign{files: "crontab *.cron schedule.rb crontab.* vercel.json", text: `(?m)(?:^|["'])((?:[\d*/,-]+\s+){4}[\d*/,-]+)`, value: "cron $1"},
	sign{files: "Gemfile.lock", text: `(?m)^    (sidekiq|sidekiq-cron|resque|good_job|delayed_job|que|solid_queue) \(`, value: "$1"},
	sign{files: "requirements*.txt pyproject.toml Pipfile", text: `(?mi)^\s*["']?(celery|dramatiq|rq|procrastinate|huey|arq)\b["'\[~=<> ]`, value: "$1"},
	sign{files: "package.json", text: `"(bull|bullmq|pg-boss|graphile-worker|agenda|@trigger\.dev/sdk|inngest)"\s*:`, value: "$1"},
	sign{files: "mix.exs", text: `\{:(oban|exq|quantum)\b`, value: "$1"},
	sign{files: "go.mod", text: `\b(riverqueue/river|hibiken/asynq|vgarvardt/gue)\b`, value: "$1"},
	sign{files: "composer.json", text: `"(laravel/horizon)"`, value: "$1"},
	sign{files: code + " *.sql", text: `(?i)\bSKIP\s+LOCKED\b|\bskip_locked\s*=\s*True\b|\block\(\s*["']FOR UPDATE SKIP LOCKED`, value: "queue (SKIP LOCKED)"},
)

// most is how many signals are listed.
const most = 5

// from matches the table of a query that stands shortly before SKIP LOCKED, or in a
// job.
var from = re(`(?is)\bselect\b[^;]{0,400}?\bfrom\s+["\x60]?(?:\w+["\x60]?\.["\x60]?)?([a-z_]\w+)|\b(?:update|refresh materialized view|delete from|insert into|vacuum|analyze)\s+(?:concurrently\s+)?["\x60]?(?:\w+["\x60]?\.["\x60]?)?([a-z_]\w+)["\x60]?(?:\s+(?:set|where|select|values|\()|\s*'|\s*;|\s*$)`)

// workload finds jobs and queues, and the tables that are named near them.
func (r *Report) workload(t *tree) {
	told := map[string]bool{}
	for _, h := range t.find(signals) {
		if h.file.stage() == example {
			continue
		}
		what := h.value
		if strings.HasPrefix(what, "queue") || strings.HasPrefix(what, "pg_cron") {
			if table := r.hint(h); table != "" {
				what += ", table " + table
			}
		}
		if !told[what] && len(told) < most {
			told[what] = true
			h.weak = true
			r.add(Workload, what, h)
		}
	}
}

// hint notes the table of the statement that a signal is in, and returns it.
func (r *Report) hint(h hit) string {
	text := h.file.content()
	before := text[max(0, h.at-800):h.at]
	why := h.value
	if strings.HasPrefix(why, "pg_cron") {
		before = text[h.at:min(len(text), h.at+800)]
		before, _, _ = strings.Cut(before, ";\n")
	}
	found := from().FindAllStringSubmatch(before, -1)
	if len(found) == 0 {
		return ""
	}
	last := found[len(found)-1]
	table := last[1] + last[2]
	if table == "select" || table == "set" {
		return ""
	}
	if !slices.ContainsFunc(r.Hints, func(x Hint) bool { return x.Table == table }) {
		r.Hints = append(r.Hints, Hint{table, why, h.place()})
	}
	return table
}
