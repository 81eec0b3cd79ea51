package workload

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// Member is a server of a cluster of Patroni, as patronictl lists it.
type Member struct {
	Name, Role, State string // the role and the state in small letters
	Timeline          Float
	LagBytes          Float // absent if it is unknown
}

// Leads reports whether the member is the one that writes.
func (m Member) Leads() bool { return m.Role == "leader" || m.Role == "master" || m.Role == "primary" }

const ViewMembers View = "patronictl list"

var membersView = view{
	name: ViewMembers,
	also: aliases{"member": "name", "tl": "timeline", "lag_in_mb": "replay_lag_in_mb"},
	row: func(s *Snapshot, r *record) {
		m := Member{Name: bold(r.text("member")), Role: strings.ToLower(bold(r.text("role"))), State: strings.ToLower(bold(r.text("state"))), Timeline: r.number("tl")}
		if n, ok := opt.Decimal(bold(r.text("lag_in_mb"))); ok {
			m.LagBytes = opt.Of(n * (1 << 20))
		}
		r.asksAll([]string{"cluster", "host", "port", "api_url", "lag", "receive_lag", "replay_lag", "receive_lsn", "replay_lsn", "pending_restart", "pending_restart_reason", "tags", "scheduled_restart"})
		if m.Name != "" {
			s.Members = append(s.Members, m)
		}
	},
}

// bold returns a cell without the signs of a page.
func bold(s string) string { return strings.Trim(s, "*_` ") }
