package plan

import "strings"

// object says what stands behind a node's name in text.
type object int

const (
	nothing     object = iota
	aRelation          // on REL [ALIAS]
	maybeRel           // the same, or nothing: a join or an aggregate run elsewhere
	anIndexScan        // [Backward] using IDX on REL [ALIAS]
	anIndex            // on IDX
	aFunction          // on FN [ALIAS]
	aCTE               // on CTE [ALIAS]
	anAlias            // on ALIAS
	aProvider          // (NAME) [on REL [ALIAS]]
)

// nodeForm is a way in which text begins a node's line, and what JSON says of
// such a node: ExplainNode in the server's explain.c.
type nodeForm struct {
	words     string
	typ       string // Node Type, if it is not the words
	object    object
	operation string
	strategy  string
	join      string
}

var nodeForms = []nodeForm{
	{words: "Index Only Scan", object: anIndexScan},
	{words: "Index Scan", object: anIndexScan},
	{words: "Seq Scan", object: aRelation},
	{words: "Bitmap Heap Scan", object: aRelation},
	{words: "Bitmap Index Scan", object: anIndex},
	{words: "Hash", object: nothing},
	{words: "Hash Join", object: nothing, join: "Inner"},
	{words: "Nested Loop", object: nothing, join: "Inner"},
	{words: "Merge Join", object: nothing, join: "Inner"},
	{words: "Sort", object: nothing},
	{words: "Limit", object: nothing},
	{words: "Gather", object: nothing},
	{words: "Gather Merge", object: nothing},
	{words: "Append", object: nothing},
	{words: "Merge Append", object: nothing},
	{words: "Materialize", object: nothing},
	{words: "Memoize", object: nothing},
	{words: "Result", object: maybeRel}, // on REL from 19
	{words: "Unique", object: nothing},
	{words: "Group", object: nothing},
	{words: "WindowAgg", object: nothing},
	{words: "LockRows", object: nothing},
	{words: "ProjectSet", object: nothing},
	{words: "Incremental Sort", object: nothing},
	{words: "Recursive Union", object: nothing},
	{words: "BitmapAnd", object: nothing},
	{words: "BitmapOr", object: nothing},
	{words: "Aggregate", object: nothing, strategy: "Plain"},
	{words: "GroupAggregate", typ: "Aggregate", object: nothing, strategy: "Sorted"},
	{words: "HashAggregate", typ: "Aggregate", object: nothing, strategy: "Hashed"},
	{words: "MixedAggregate", typ: "Aggregate", object: nothing, strategy: "Mixed"},
	{words: "SetOp", object: nothing, strategy: "Sorted"},
	{words: "HashSetOp", typ: "SetOp", object: nothing, strategy: "Hashed"},
	{words: "Insert", typ: "ModifyTable", object: aRelation, operation: "Insert"},
	{words: "Update", typ: "ModifyTable", object: aRelation, operation: "Update"},
	{words: "Delete", typ: "ModifyTable", object: aRelation, operation: "Delete"},
	{words: "Merge", typ: "ModifyTable", object: aRelation, operation: "Merge"},
	{words: "Foreign Scan", object: maybeRel, operation: "Select"},
	{words: "Foreign Insert", typ: "Foreign Scan", object: maybeRel, operation: "Insert"},
	{words: "Foreign Update", typ: "Foreign Scan", object: maybeRel, operation: "Update"},
	{words: "Foreign Delete", typ: "Foreign Scan", object: maybeRel, operation: "Delete"},
	{words: "Sample Scan", object: aRelation},
	{words: "Tid Scan", object: aRelation},
	{words: "Tid Range Scan", object: aRelation},
	{words: "Function Scan", object: aFunction},
	{words: "Table Function Scan", object: aFunction},
	{words: "Values Scan", object: anAlias},
	{words: "Subquery Scan", object: anAlias},
	{words: "CTE Scan", object: aCTE},
	{words: "WorkTable Scan", object: aCTE},
	{words: "Named Tuplestore Scan", object: nothing},
	{words: "Custom Scan", object: aProvider},
	// Only up to 9.6 and 13, in captures that people keep.
	{words: "Result Cache", object: nothing},
}

// formsByWord finds a form by its first word; several share one.
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

// joinForms are the nodes that carry a join type between their words.
var joinForms = []struct{ before, after, typ string }{
	{"Nested Loop ", " Join", "Nested Loop"},
	{"Hash ", " Join", "Hash Join"},
	{"Merge ", " Join", "Merge Join"},
}

var joinTypes = map[string]bool{"Left": true, "Right": true, "Full": true, "Semi": true, "Anti": true, "Right Semi": true, "Right Anti": true}

// readWords fills a node from the words of its line. It reports whether the
// words are a known form, whole; if not, the words are kept as the type.
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
	for _, f := range forms {
		rest, ok := strings.CutPrefix(s, f.words)
		if !ok || rest != "" && rest[0] != ' ' {
			continue
		}
		was := *n
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
		} else if readObject(n, f.object, rest) {
			return true
		}
		*n = was
	}
	return false
}

// readObject reads what a node works on; rest begins with a blank or is empty.
// A node that the server prints without its object, for want of a name, is
// read all the same.
func readObject(n *Node, o object, rest string) bool {
	switch o {
	case nothing:
		return rest == ""
	case maybeRel:
		return rest == "" || readRelation(n, rest)
	case aRelation:
		return readRelation(n, rest)
	case anIndexScan:
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
	case anIndex:
		rest, ok := strings.CutPrefix(rest, " on ")
		if !ok {
			return false
		}
		_, n.Index, rest, ok = qualified(rest)
		return ok && rest == ""
	case aFunction:
		if rest == "" { // ROWS FROM of several functions, without an alias
			return true
		}
		// With ROWS FROM of several functions only the alias is printed; one
		// name alone is taken for the function's, as it mostly is.
		var ok bool
		n.Schema, n.FunctionOf, n.Alias, ok = readNames(rest)
		return ok
	case aCTE:
		_, name, alias, ok := readNames(rest)
		n.CTE, n.Alias = name, alias
		return ok
	case anAlias:
		_, name, alias, ok := readNames(rest)
		n.Alias = name
		return ok && alias == name
	case aProvider:
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

// readNames reads " on NAME [ALIAS]"; an alias that is left out is the name.
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
