package review

import (
	"github.com/pgverdict/pgverdict/internal/report"
)

// commands is what a command does besides its purpose, by its action.
var commands = map[string]struct {
	costs          string
	mode, blocks   string
	lasts          string
	before, goBack string
}{
	"analyze": {
		costs: "reads a sample of the table; no cost on writes", mode: "SHARE UPDATE EXCLUSIVE", blocks: noBlock,
		goBack: "none needed: it only replaces statistics",
	},
	"vacuum": {
		costs: "reads the table and its indexes, and writes WAL", mode: "SHARE UPDATE EXCLUSIVE", blocks: noBlock, lasts: "for the run",
		before: "cannot run in a transaction block", goBack: "none needed: it can be cancelled at any time",
	},
	"cancel_statement": {
		costs: "the statement fails, and its transaction is rolled back", mode: "none", blocks: "nothing", lasts: "instant",
		before: "check that the pid still belongs to this session", goBack: "none: the application has to run the statement again",
	},
	"end_session": {
		costs: "its transaction is rolled back, and its connection closed", mode: "none", blocks: "nothing", lasts: "instant",
		before: "check that the pid still belongs to this session", goBack: "none: the application has to connect and begin again",
	},
}

const noBlock = "does not block reads or writes. Blocks DDL, VACUUM and ANALYZE on the table"

// runCommand is a statement that is run once and changes neither schema nor settings.
func (b *builder) runCommand(c *change) report.Recommendation {
	does := commands[c.run.Action]
	lock := report.Lock{Mode: does.mode, Blocks: does.blocks, Duration: does.lasts, Cautions: []string{}}
	if does.before != "" {
		lock.Cautions = append(lock.Cautions, does.before)
	}
	r := report.Recommendation{
		Action: c.run.Action, Title: c.run.Statement, Statement: c.run.Statement + ";", Rollback: "-- " + does.goBack,
		Basis: "workload", Serves: b.serves(c), Gain: c.run.Gain, Cost: does.costs, Lock: lock,
	}
	if len(r.Serves) > 0 {
		r.Basis = "plan"
	}
	return r
}
