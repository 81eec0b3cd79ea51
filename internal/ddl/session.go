package ddl

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/sql"
)

func (r *run) setVariable(n sql.Node) {
	value := ""
	if args := n.List("args"); len(args) > 0 {
		value = valueOf(args[0])
	}
	x := Action{Verb: Set, Name: n.Get("name").String(), To: value, Only: n.Get("is_local").Bool(), Node: n}
	if kind := n.Get("kind").String(); kind == "VAR_RESET" || kind == "VAR_RESET_ALL" {
		x.Target = "reset"
	}
	r.act(x)
	if x.Name == "client_encoding" {
		r.c.Encoding = value
	}
	if x.Name == "search_path" && x.Target == "" {
		r.c.Path = nil
		for _, a := range n.List("args") {
			for _, s := range strings.Split(valueOf(a), ",") {
				if s = strings.Trim(strings.TrimSpace(s), `"`); s != "" && s != "$user" && s != "pg_catalog" {
					r.c.Path = append(r.c.Path, s)
				}
			}
		}
	}
}

func (r *run) transaction(n sql.Node) {
	r.act(Action{Verb: Transaction, Name: strings.TrimPrefix(n.Get("kind").String(), "TRANS_STMT_"), Node: n})
	if n.Get("kind").String() == "TRANS_STMT_COMMIT_PREPARED" || n.Get("kind").String() == "TRANS_STMT_ROLLBACK_PREPARED" {
		r.e.NoBlock = true
	}
}

func (r *run) discard(n sql.Node) {
	r.e.NoBlock = strings.HasSuffix(n.Get("target").String(), "_ALL")
	r.act(Action{Verb: OtherVerb, Target: "discard", Node: n})
}

func (r *run) explain(n sql.Node) {
	if !on(optionsOf(n.List("options")), "analyze") {
		r.act(Action{Verb: Select, Node: n})
		return
	}
	inner := n.Child("query")
	if do := statements[inner.Kind]; do != nil {
		do(r, inner)
	}
}

// doBlock runs DO and CALL. The statements of the body are run one by one by whoever
// reads it.
func (r *run) doBlock(n sql.Node) {
	name := ""
	if n.Kind == "CallStmt" {
		name = qualified(plain(n, "funccall", "FuncCall").Strs("funcname")).Short()
	}
	r.act(Action{Verb: Do, Name: name, Node: n})
}
