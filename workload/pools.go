package workload

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// Pool is a row of SHOW POOLS of PgBouncer, or of a pooler with the same command: the
// connections of one user to one database through it.
type Pool struct {
	Database, User string
	Mode           string // session, transaction, statement; empty if the export does not hold it
	// Clients that are linked to a server connection, or that wait for one.
	ClientsActive, ClientsWaiting Float
	// Server connections: linked to a client, free, and about to be opened.
	ServersActive, ServersIdle, ServersLogin Float
	WaitMs                                   Float // how long the client has waited that waits longest
}

// Name names the pool in a sentence.
func (p Pool) Name() string { return strings.Trim(p.Database+"/"+p.User, "/") }

const ViewPools View = "pgbouncer_pools"

var poolsView = view{
	name:    ViewPools,
	columns: []string{"cl_waiting", "sv_active sv_idle sv_used", "database user maxwait cl_active"},
	row: func(s *Snapshot, r *record) {
		p := Pool{
			Database: r.text("database"), User: r.text("user"), Mode: strings.ToLower(r.text("pool_mode")),
			ClientsActive: r.number("cl_active"), ClientsWaiting: r.number("cl_waiting"),
			ServersActive: r.number("sv_active"), ServersIdle: r.number("sv_idle"), ServersLogin: r.number("sv_login"),
		}
		r.asksAll([]string{"cl_cancel_req", "cl_active_cancel_req", "cl_waiting_cancel_req", "cl_idle", "sv_used", "sv_tested", "sv_active_cancel", "sv_being_canceled", "load_balance_hosts"})
		// maxwait has whole seconds, maxwait_us the rest of the last one, which is read in ms.
		if seconds, ok := r.number("maxwait").Get(); ok {
			p.WaitMs = opt.Of(1000*seconds + r.number("maxwait_us").Or(0))
		}
		if p.Database != "pgbouncer" { // its own console
			s.Pools = append(s.Pools, p)
		}
		s.exported(r.time("exported_at", "now"))
	},
}
