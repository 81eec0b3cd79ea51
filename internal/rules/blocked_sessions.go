package rules

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	blockedMs   = Threshold{"waiting", 1_000, "ms", "the longest wait: shorter ones come and go"}
	blockedHigh = Threshold{"waiting_high", 60_000, "ms", "the longest wait, or as many sessions as below"}
	blockedMany = Threshold{"sessions", 5, "sessions", "behind one: a queue, in which each new one has to stand"}
)

var blockedSessions = Rule{
	ID:     "blocked-sessions",
	Title:  "Sessions wait for a lock that another one holds",
	Sees:   "Sessions in pg_stat_activity that wait for a lock, and the one at the head of the queue that waits for nobody.",
	Why:    "Behind a strong lock everybody queues, readers as well. Nothing moves until the first one ends its transaction.",
	Silent: "Waits of less than a second; a waiting session whose blocker the export does not tell.",
	Fix:    "End the transaction at the head: in the application, or pg_cancel_backend, pg_terminate_backend. Then lock_timeout for migrations and idle_in_transaction_session_timeout.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/explicit-locking.html", "https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SESSION",
	},
	Thresholds: []*Threshold{&blockedMs, &blockedHigh, &blockedMany},
	Rank:       rankSettings,
	Needs:      []workload.View{workload.ViewActivity},
	Case: func(c *Case, found func(Found)) {
		if c.Snapshot == nil || len(c.Snapshot.Sessions) == 0 {
			return
		}
		for _, q := range c.queues() {
			if longest, known := q.longest.Get(); known && longest < blockedMs.Value {
				continue
			}
			found(q.finding())
		}
	},
}

// queue is the sessions that wait, directly or behind others, for one that
// waits for nobody.
type queue struct {
	head    *workload.Session
	held    opt.Float // ms since the head's transaction began
	waiting []*workload.Session
	longest opt.Float // ms, of the waits
	on      []string  // the relations whose locks are waited for
}

// queues are those of the export, the longest first.
func (c *Case) queues() []*queue {
	s := c.Snapshot
	sessions := map[string]*workload.Session{}
	for i := range s.Sessions {
		sessions[s.Sessions[i].PID] = &s.Sessions[i]
	}
	by := s.Blockers()
	heads := map[string]*queue{}
	for i := range s.Sessions {
		x := &s.Sessions[i]
		head := headOf(x.PID, by)
		if head == x.PID || sessions[head] == nil {
			continue
		}
		q := heads[head]
		if q == nil {
			q = &queue{head: sessions[head], held: since(s, sessions[head].XactStart)}
			heads[head] = q
		}
		q.waiting = append(q.waiting, x)
		if ms, ok := since(s, x.QueryStart).Get(); ok {
			q.longest = opt.Of(max(q.longest.Or(0), ms))
		}
		for _, l := range s.Locks {
			if l.PID == x.PID && !l.Granted && l.Relation != "" && !slices.Contains(q.on, l.Relation) {
				q.on = append(q.on, l.Relation)
			}
		}
	}
	var list []*queue
	for _, q := range heads {
		list = append(list, q)
	}
	slices.SortFunc(list, func(a, b *queue) int {
		return cmp.Or(cmp.Compare(len(b.waiting), len(a.waiting)), cmp.Compare(a.head.PID, b.head.PID))
	})
	return list
}

// headOf follows who waits for whom to the one that waits for nobody.
func headOf(pid string, by map[string][]string) string {
	for seen := map[string]bool{}; len(by[pid]) > 0 && !seen[pid]; {
		seen[pid] = true
		pid = by[pid][0]
	}
	return pid
}

func (q *queue) finding() Found {
	var e evidence
	e.number("sessions that wait", opt.Of(float64(len(q.waiting))), "", "pg_stat_activity")
	e.number("longest wait", q.longest, "ms", "pg_stat_activity")
	e.number("age of the first one's transaction", q.held, "ms", "pg_stat_activity")
	e.text("state of the first one", redact.Plain(q.head.State), "pg_stat_activity")
	e.text("its statement", q.head.Query, "pg_stat_activity")
	e.text("what waits", q.waiting[0].Query, "pg_stat_activity")
	f := Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e}}
	if q.longest.Or(0) >= blockedHigh.Value || len(q.waiting) >= int(blockedMany.Value) {
		f.Severity = finding.High
	}
	waits := "waits"
	if len(q.waiting) > 1 {
		waits = "wait"
	}
	f.Title = redact.Sprintf("%s %s for a lock behind pid %s, which is %s", figures.Plural(len(q.waiting), "session"), waits, q.head.PID, q.head.State)
	if ms, ok := q.held.Get(); ok {
		f.Title = redact.Sprintf("%s, its transaction open for %s", f.Title, figures.Ms(ms))
	}
	if len(q.on) > 0 {
		f.Where.Relation = q.on[0]
		f.Detail = redact.Sprintf("They wait for locks on %s. ", strings.Join(q.on, ", "))
	}
	if ms, ok := q.longest.Get(); ok {
		f.Detail = redact.Sprintf("%sThe longest has waited for %s at most. ", f.Detail, figures.Ms(ms))
	}
	f.Detail = redact.Sprintf("%sUntil that transaction ends nothing behind it moves, and whoever comes next queues as well.", f.Detail)
	f.Fix = redact.Sprintf("Find out what pid %s does, then end it: SELECT pg_cancel_backend(%s) while it is active, SELECT pg_terminate_backend(%s) when it is idle in transaction; its work is rolled back.", q.head.PID, q.head.PID, q.head.PID)
	if strings.HasPrefix(q.head.State, "idle in transaction") {
		f.Fix = redact.Sprintf("SELECT pg_terminate_backend(%s) ends it; its work is rolled back. Then set idle_in_transaction_session_timeout, and find where the application forgets to commit.", q.head.PID)
	}
	return f
}

// since is the time in ms from then to the export.
func since(s *workload.Snapshot, then workload.Time) opt.Float {
	return opt.Both(s.ExportedAt, then, func(now, then time.Time) float64 {
		return max(float64(now.Sub(then).Milliseconds()), 0)
	})
}
