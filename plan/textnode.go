package plan

import "strings"

// target is what follows a node's type in the text format.
type target int

const (
	noTarget         target = iota
	relation                // on REL [ALIAS]
	optionalRelation        // the same, or nothing: a remote join or aggregate
	indexAndRelation        // [Backward] using IDX on REL [ALIAS]
	indexOnly               // on IDX
	function                // on FN [ALIAS]
	cte                     // on CTE [ALIAS]
	aliasOnly               // on ALIAS
	provider                // (NAME) [on REL [ALIAS]]
)

// nodeForm is how the text format prints a node and what JSON prints for it:
// ExplainNode in the server's explain.c.
type nodeForm struct {
	words     string
	typ       string // Node Type, if it differs from words
	target    target
	operation string
	strategy  string
	join      string
}

var nodeForms = []nodeForm{
	{words: "Index Only Scan", target: indexAndRelation},
	{words: "Index Scan", target: indexAndRelation},
	{words: "Seq Scan", target: relation},
	{words: "Bitmap Heap Scan", target: relation},
	{words: "Bitmap Index Scan", target: indexOnly},
	{words: "Hash", target: noTarget},
	{words: "Hash Join", target: noTarget, join: "Inner"},
	{words: "Nested Loop", target: noTarget, join: "Inner"},
	{words: "Merge Join", target: noTarget, join: "Inner"},
	{words: "Sort", target: noTarget},
	{words: "Limit", target: noTarget},
	{words: "Gather", target: noTarget},
	{words: "Gather Merge", target: noTarget},
	{words: "Append", target: noTarget},
	{words: "Merge Append", target: noTarget},
	{words: "Materialize", target: noTarget},
	{words: "Memoize", target: noTarget},
	{words: "Result", target: optionalRelation}, // on REL from 19
	{words: "Unique", target: noTarget},
	{words: "Group", target: noTarget},
	{words: "WindowAgg", target: noTarget},
	{words: "LockRows", target: noTarget},
	{words: "ProjectSet", target: noTarget},
	{words: "Incremental Sort", target: noTarget},
	{words: "Recursive Union", target: noTarget},
	{words: "BitmapAnd", target: noTarget},
	{words: "BitmapOr", target: noTarget},
	{words: "Aggregate", target: noTarget, strategy: "Plain"},
	{words: "GroupAggregate", typ: "Aggregate", target: noTarget, strategy: "Sorted"},
	{words: "HashAggregate", typ: "Aggregate", target: noTarget, strategy: "Hashed"},
	{words: "MixedAggregate", typ: "Aggregate", target: noTarget, strategy: "Mixed"},
	{words: "SetOp", target: noTarget, strategy: "Sorted"},
	{words: "HashSetOp", typ: "SetOp", target: noTarget, strategy: "Hashed"},
	{words: "Insert", typ: "ModifyTable", target: relation, operation: "Insert"},
	{words: "Update", typ: "ModifyTable", target: relation, operation: "Update"},
	{words: "Delete", typ: "ModifyTable", target: relation, operation: "Delete"},
	{words: "Merge", typ: "ModifyTable", target: relation, operation: "Merge"},
	{words: "Foreign Scan", target: optionalRelation, operation: "Select"},
	{words: "Foreign Insert", typ: "Foreign Scan", target: optionalRelation, operation: "Insert"},
	{words: "Foreign Update", typ: "Foreign Scan", target: optionalRelation, operation: "Update"},
	{words: "Foreign Delete", typ: "Foreign Scan", target: optionalRelation, operation: "Delete"},
	{words: "Sample Scan", target: relation},
	{words: "Tid Scan", target: relation},
	{words: "Tid Range Scan", target: relation},
	{words: "Function Scan", target: function},
	{words: "Table Function Scan", target: function},
	{words: "Values Scan", target: aliasOnly},
	{words: "Subquery Scan", target: aliasOnly},
	{words: "CTE Scan", target: cte},
	{words: "WorkTable Scan", target: cte},
	{words: "Named Tuplestore Scan", target: noTarget},
	{words: "Custom Scan", target: provider},
	// Only in plans of old versions.
	{words: "Result Cache", target: noTarget},
}

// formsByWord maps the first word to the forms that start with it.
var formsByWord = func() map[string][]nodeForm {
	m := make(map[string][]nodeForm)
	for _, f := range nodeForms {
		if f.typ == "" {
			f.typ = f.words
		}
		word, _, _ := strings.Cut(f.words, " ")
		m[word] = append(m[word], f)
	}
	return m
}()

// joinForms are the nodes that print a join type between their words.
var joinForms = []struct{ before, after, typ string }{
	{"Nested Loop ", " Join", "Nested Loop"},
	{"Hash ", " Join", "Hash Join"},
	{"Merge ", " Join", "Merge Join"},
}

var joinTypes = map[string]bool{"Left": true, "Right": true, "Full": true, "Semi": true, "Anti": true, "Right Semi": true, "Right Anti": true}

// readWords fills a node from the words of its line. It reports whether all
// words belong to a known form. Otherwise the words become the type.
func readWords(n *Node, words string) bool {
	s, found := strings.CutPrefix(words, "Parallel ")
	n.Parallel = found
	async := false
	if rest, found := strings.CutPrefix(s, "Async "); found {
		s, async = rest, true
	}
	partial := ""
	for _, mode := range [...]string{"Partial", "Finalize"} {
		if rest, found := strings.CutPrefix(s, mode+" "); found {
			s, partial = rest, mode
		}
	}
	known := readForm(n, s) || readJoin(n, s)
	if !known {
		n.Type, n.Parallel = words, false
		return false
	}
	if async {
		n.set("Async Capable", plain("true"))
	}
	if n.Type == "Aggregate" {
		if partial == "" {
			partial = "Simple"
		}
		n.set("Partial Mode", plain(partial))
	}
	return true
}

func readJoin(n *Node, s string) bool {
	for _, f := range joinForms {
		rest, ok := strings.CutPrefix(s, f.before)
		if !ok {
			continue
		}
		if typ, ok := strings.CutSuffix(rest, f.after); ok && joinTypes[typ] {
			n.Type, n.JoinType = f.typ, typ
			return true
		}
	}
	return false
}

func readForm(n *Node, s string) bool {
	word := s
	if i := strings.IndexByte(s, ' '); i >= 0 {
		word = s[:i]
	}
	forms := formsByWord[word]
	// The longest form wins: "Index Only Scan" before "Index Scan".
	for i := range forms {
		f := &forms[i]
		rest, ok := strings.CutPrefix(s, f.words)
		if !ok || rest != "" && rest[0] != ' ' {
			continue
		}
		n.Type, n.Operation, n.Strategy, n.JoinType = f.typ, f.operation, f.strategy, f.join
		if f.typ == "SetOp" {
			command, ok := strings.CutPrefix(rest, " ")
			switch command {
			case "Intersect", "Intersect All", "Except", "Except All":
			default:
				ok = false
			}
			if ok {
				n.set("Command", plain(command))
				return true
			}
		} else if readTarget(n, f.target, rest) {
			return true
		}
		*n = Node{Line: n.Line, Parallel: n.Parallel} // all that a node has before its words
	}
	return false
}

// readTarget reads what a node works on. rest starts with a space or is empty.
func readTarget(n *Node, o target, rest string) bool {
	switch o {
	case noTarget:
		return rest == ""
	case optionalRelation:
		return rest == "" || readRelation(n, rest)
	case relation:
		return readRelation(n, rest)
	case indexAndRelation:
		n.Direction = "Forward"
		if after, ok := strings.CutPrefix(rest, " Backward"); ok {
			n.Direction, rest = "Backward", after
		}
		rest, ok := strings.CutPrefix(rest, " using ")
		if !ok {
			return false
		}
		if n.Index, rest, ok = identifier(rest); !ok {
			return false
		}
		return readRelation(n, rest)
	case indexOnly:
		rest, ok := strings.CutPrefix(rest, " on ")
		if !ok {
			return false
		}
		_, n.Index, rest, ok = qualified(rest)
		return ok && rest == ""
	case function:
		if rest == "" { // ROWS FROM of several functions, without an alias
			return true
		}
		// ROWS FROM with several functions prints only the alias. A single
		// name is read as the function, which is far more common.
		var ok bool
		n.Schema, n.FunctionOf, n.Alias, ok = readNames(rest)
		return ok
	case cte:
		_, name, alias, ok := readNames(rest)
		n.CTE, n.Alias = name, alias
		return ok
	case aliasOnly:
		_, name, alias, ok := readNames(rest)
		n.Alias = name
		return ok && alias == name
	case provider:
		end := strings.IndexByte(rest, ')')
		if !strings.HasPrefix(rest, " (") || end < 0 {
			return false
		}
		n.set("Custom Plan Provider", plain(rest[2:end]))
		return end+1 == len(rest) || readRelation(n, rest[end+1:])
	}
	return false
}

func readRelation(n *Node, rest string) bool {
	schema, name, alias, ok := readNames(rest)
	n.Schema, n.Relation, n.Alias = schema, name, alias
	return ok
}

// readNames reads " on NAME [ALIAS]". Without an alias, the alias is the name.
func readNames(rest string) (schema, name, alias string, ok bool) {
	rest, ok = strings.CutPrefix(rest, " on ")
	if !ok {
		return "", "", "", false
	}
	schema, name, rest, ok = qualified(rest)
	if !ok {
		return "", "", "", false
	}
	alias = name
	if strings.HasPrefix(rest, " ") {
		alias, rest, ok = identifier(rest[1:])
	}
	return schema, name, alias, ok && rest == ""
}

// isTypeName reports whether unknown words can be the node type of a fork or an
// extension, rather than a sentence.
func isTypeName(s string) bool {
	const longest = 80
	if s == "" || len(s) > longest || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	return !strings.ContainsAny(s, ":;,") || strings.Contains(s, " Motion ") || isStreaming(s) || isOfDataNodes(s) || isPX(s) // named in the error
}
