package rule

import "github.com/pgverdict/pgverdict/workload"

// Upkeep returns a maintenance command on a table, named as SQL needs it, with the lock
// that the command takes. The name is followed by a blank wherever the sentence ends, so
// that the command can be copied.
func Upkeep(command, table string) string {
	return command + " " + table + " (SHARE UPDATE EXCLUSIVE: does not block reads or writes)"
}

// Upkeep returns a maintenance command on the node's table.
func (n *Node) Upkeep(command string) string {
	name := workload.QuoteIdent(n.Relation)
	switch t := n.Table(); {
	case t != nil:
		name = t.QName()
	case n.Schema != "":
		name = workload.QuoteIdent(n.Schema) + "." + name
	}
	return Upkeep(command, name)
}
