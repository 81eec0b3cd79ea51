package ddl

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/sql"
)

// kindOf names a statement: "alter-table/add-column", "create-index/concurrently".
func kindOf(n sql.Node) string {
	name := strings.TrimSuffix(n.Kind, "Stmt")
	switch n.Kind {
	case "":
		return "unknown"
	case "IndexStmt":
		return detail("create-index", n.Get("concurrent").Bool(), "concurrently")
	case "CreateStmt":
		return detail("create-table", n.Get("partbound").Exists(), "partition-of")
	case "CreateTableAsStmt":
		return detail("create-table-as", n.Get("objtype").String() == "OBJECT_MATVIEW", "materialized-view")
	case "DropStmt":
		return detail("drop-"+dashed(dropWords[n.Get("removeType").String()]), n.Get("concurrent").Bool(), "concurrently")
	case "RenameStmt":
		return "rename/" + dashed(dropWords[n.Get("renameType").String()])
	case "AlterTableStmt":
		return "alter-" + dashed(orTable(dropWords[n.Get("objtype").String()])) + "/" + commandsOf(n)
	case "ReindexStmt":
		return "reindex/" + strings.ToLower(strings.TrimPrefix(n.Get("kind").String(), "REINDEX_OBJECT_"))
	case "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "SelectStmt", "CopyStmt", "DoStmt", "CallStmt", "LockStmt", "CommentStmt", "TruncateStmt", "ClusterStmt":
		return strings.ToLower(name)
	case "VacuumStmt":
		if !n.Get("is_vacuumcmd").Bool() {
			return "analyze"
		}
		return "vacuum"
	case "TransactionStmt":
		return strings.ToLower(strings.TrimPrefix(n.Get("kind").String(), "TRANS_STMT_"))
	case "VariableSetStmt":
		return "set"
	case "ViewStmt":
		return "create-view"
	case "GrantStmt":
		if !n.Get("is_grant").Bool() {
			return "revoke"
		}
		return "grant"
	case "RefreshMatViewStmt":
		return detail("refresh-materialized-view", n.Get("concurrent").Bool(), "concurrently")
	case "CreateTrigStmt":
		return "create-trigger"
	case "CreateSeqStmt":
		return "create-sequence"
	case "AlterSeqStmt":
		return "alter-sequence"
	case "CreateStatsStmt":
		return "create-statistics"
	case "AlterObjectSchemaStmt":
		return "set-schema/" + dashed(dropWords[n.Get("objectType").String()])
	case "AlterOwnerStmt":
		return "owner/" + dashed(dropWords[n.Get("objectType").String()])
	case "CompositeTypeStmt", "CreateRangeStmt", "CreateEnumStmt":
		return "create-type"
	}
	return camelDashed(name)
}

func detail(name string, has bool, what string) string {
	if has {
		return name + "/" + what
	}
	return name
}

func dashed(words string) string { return strings.ReplaceAll(words, " ", "-") }

func orTable(word string) string {
	if word == "" {
		return "table"
	}
	return word
}

// commandsOf names the sub-commands of ALTER TABLE, each once.
func commandsOf(n sql.Node) string {
	var names []string
	seen := map[string]bool{}
	for _, cmd := range n.List("cmds") {
		name := camelDashed(strings.TrimPrefix(cmd.Get("subtype").String(), "AT_"))
		if k := cmd.Get("def.Constraint.contype").String(); name == "add-constraint" && k != "" {
			name += "-" + map[string]string{"CONSTR_FOREIGN": "foreign-key", "CONSTR_CHECK": "check", "CONSTR_UNIQUE": "unique", "CONSTR_PRIMARY": "primary-key", "CONSTR_EXCLUSION": "exclusion"}[k]
		}
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return strings.Join(names, "+")
}

// camelDashed turns AlterColumnType into alter-column-type.
func camelDashed(name string) string {
	var b strings.Builder
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			if i > 0 {
				b.WriteByte('-')
			}
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}
