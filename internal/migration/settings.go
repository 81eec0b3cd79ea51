package migration

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// session is the session that runs a file: its settings, and those that end with the
// transaction.
type session struct {
	start Settings // of every session
	base  Settings // set for the session
	now   Settings
	begun Settings // base when the transaction began
	tx    *Transaction
}

func newSession(start Settings) *session { return &session{start: start, base: start, now: start} }

// enter brings the session to a statement. A transaction that the tool ended takes
// its local settings along.
func (s *session) enter(tx *Transaction) {
	if tx == s.tx {
		return
	}
	if s.tx != nil {
		s.now = s.base
	}
	if s.tx = tx; tx != nil {
		s.begun = s.base
	}
}

// leave ends the transaction by a statement of the file.
func (s *session) leave(rolledBack bool) {
	if rolledBack {
		s.base = s.begun
	}
	s.now, s.tx = s.base, nil
}

// run applies a statement that sets something.
func (s *session) run(n sql.Node) {
	switch n.Kind {
	case "VariableSetStmt":
		name, local := strings.ToLower(n.Get("name").String()), n.Get("is_local").Bool()
		switch n.Get("kind").String() {
		case "VAR_SET_VALUE":
			values := words(n.List("args"))
			by := "SET"
			if local {
				by = "SET LOCAL"
			}
			s.set(name, values, by, local)
		case "VAR_RESET_ALL":
			s.base, s.now = s.start, s.start
		case "VAR_RESET", "VAR_SET_DEFAULT":
			s.reset(name, local)
		}
	case "DiscardStmt":
		if n.Get("target").String() == "DISCARD_ALL" {
			s.base, s.now = s.start, s.start
		}
	case "SelectStmt":
		for _, target := range n.List("targetList") {
			call := target.Child("val")
			name := call.Strs("funcname")
			if call.Kind != "FuncCall" || len(name) == 0 || name[len(name)-1] != "set_config" {
				continue
			}
			if args := words(call.List("args")); len(args) == 3 {
				var values []string
				for v := range strings.SplitSeq(args[1], ",") {
					values = append(values, strings.Trim(strings.TrimSpace(v), `"`))
				}
				s.set(strings.ToLower(args[0]), values, "set_config", args[2] == "true")
			}
		}
	}
}

// words returns the constants of a list as texts.
func words(list []sql.Node) []string {
	var out []string
	for _, n := range list {
		for n.Kind == "TypeCast" {
			n = n.Child("arg")
		}
		switch {
		case n.Kind != "A_Const":
			out = append(out, "")
		case n.Get("sval").Exists():
			out = append(out, n.Get("sval.sval").String())
		case n.Get("boolval").Exists():
			out = append(out, strconv.FormatBool(n.Get("boolval.boolval").Bool()))
		case n.Get("fval").Exists():
			out = append(out, n.Get("fval.fval").String())
		default:
			out = append(out, strconv.FormatInt(n.Get("ival.ival").Int(), 10))
		}
	}
	return out
}

// set sets a variable. SET LOCAL outside of a transaction does nothing.
func (s *session) set(name string, values []string, by string, local bool) {
	if local && s.tx == nil {
		return
	}
	put := variables[name]
	if put == nil || len(values) == 0 {
		return
	}
	put(&s.now, values, by, local)
	if !local {
		put(&s.base, values, by, local)
	}
}

// reset gives a variable the value that the session began with.
func (s *session) reset(name string, local bool) {
	if local && s.tx == nil {
		return
	}
	for _, to := range []*Settings{&s.now, &s.base} {
		if to == &s.base && local {
			return
		}
		switch name {
		case "lock_timeout":
			to.LockTimeout, to.LockBy, to.Local = s.start.LockTimeout, s.start.LockBy, s.start.Local
		case "statement_timeout":
			to.StatementTimeout = s.start.StatementTimeout
		case "idle_in_transaction_session_timeout":
			to.IdleTimeout = s.start.IdleTimeout
		case "transaction_timeout":
			to.TxTimeout = s.start.TxTimeout
		case "timezone":
			to.TimeZone = s.start.TimeZone
		case "search_path":
			to.Path = s.start.Path
		case "session_replication_role":
			to.Replica = s.start.Replica
		}
	}
}

// variables are the settings that matter to a migration.
var variables = map[string]func(to *Settings, values []string, by string, local bool){
	"lock_timeout": func(to *Settings, v []string, by string, local bool) {
		to.LockTimeout, to.LockBy, to.Local = Milliseconds(v[0]), by, local
	},
	"statement_timeout": func(to *Settings, v []string, _ string, _ bool) { to.StatementTimeout = Milliseconds(v[0]) },
	"idle_in_transaction_session_timeout": func(to *Settings, v []string, _ string, _ bool) {
		to.IdleTimeout = Milliseconds(v[0])
	},
	"transaction_timeout": func(to *Settings, v []string, _ string, _ bool) { to.TxTimeout = Milliseconds(v[0]) },
	"timezone":            func(to *Settings, v []string, _ string, _ bool) { to.TimeZone = v[0] },
	"search_path": func(to *Settings, v []string, _ string, _ bool) {
		to.Path = slices.DeleteFunc(slices.Clone(v), func(name string) bool { return name == "" || name == "$user" })
	},
	"session_replication_role": func(to *Settings, v []string, _ string, _ bool) {
		to.Replica = strings.EqualFold(v[0], "replica")
	},
}

// milliseconds are the units of a time, as guc.c has them.
var milliseconds = map[string]float64{"": 1, "us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}

// Milliseconds reads a time as a setting has it: "2s", "500ms", "2000". It is absent
// if the text is none.
func Milliseconds(text string) opt.Float {
	text = strings.TrimSpace(text)
	end := strings.IndexFunc(text, func(c rune) bool { return c != '.' && c != '-' && (c < '0' || c > '9') })
	if end < 0 {
		end = len(text)
	}
	n, err := strconv.ParseFloat(text[:end], 64)
	unit, known := milliseconds[strings.TrimSpace(text[end:])]
	if err != nil || !known || n < 0 {
		return opt.Float{}
	}
	return opt.Of(n * unit)
}
