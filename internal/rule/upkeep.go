package rule

import (
	"cmp"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// Command is a statement that is run once and changes neither schema nor settings.
type Command struct {
	Action    string // of the JSON report: analyze, vacuum, cancel_statement, end_session
	Statement string // without the semicolon
	Table     string // of VACUUM and ANALYZE
	Gain      string // what it does for the finding
}

// Merge makes the command do what another one does, too, and reports whether it can:
// VACUUM and ANALYZE of a table are one command.
func (c *Command) Merge(other Command) bool {
	if c.Statement == other.Statement {
		return true
	}
	if c.Table == "" || c.Table != other.Table {
		return false
	}
	*c = *Upkeep{"VACUUM (ANALYZE)", c.Table}.Remedy().Command
	return true
}

// Upkeep is VACUUM or ANALYZE of a table.
type Upkeep struct {
	Command string // "VACUUM (ANALYZE)"
	Table   string // as SQL needs it
}

// String returns the command with the lock that it takes. The name is followed by a
// blank wherever the sentence ends, so that the command can be copied.
func (u Upkeep) String() string {
	return u.statement() + " (SHARE UPDATE EXCLUSIVE: does not block reads or writes)"
}

func (u Upkeep) statement() string { return u.Command + " " + u.Table }

// Remedy returns the command as the change that a finding calls for.
func (u Upkeep) Remedy() Remedy {
	c := Command{Action: "vacuum", Statement: u.statement(), Table: u.Table, Gain: "removes dead rows that no transaction needs; index-only scans read less of the table"}
	switch u.Command {
	case "ANALYZE":
		c.Action, c.Gain = "analyze", "current statistics for the planner"
	case "VACUUM (ANALYZE)":
		c.Gain += "; current statistics for the planner"
	}
	return Remedy{Command: &c}
}

// Upkeep returns a maintenance command on the node's table; on the distributed table for a
// shard, which the coordinator does not know by its own name.
func (n *Node) Upkeep(command string) Upkeep {
	name := lex.QuoteIdent(cmp.Or(n.Plan.distributed(n.Relation), n.Relation))
	switch t := n.Table(); {
	case t != nil:
		name = t.QName()
	case n.Schema != "":
		name = lex.QuoteIdent(n.Schema) + "." + name
	}
	return Upkeep{command, name}
}
