package migration

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/lex"
)

// transactions finds the transaction of each statement of a part: the file's own, or
// the one that the tool makes.
func (f *File) transactions(s *Source, p part, list []*Statement) {
	t := s.tool
	wraps, why := t.wraps && (t.off == nil || !t.off(s, p)), t.why
	if wraps && t.mode != nil {
		var said string
		if wraps, said = t.mode(s, list); said != "" {
			why = said
		}
	}
	if t.sends != each && (t.apart == nil || !t.apart(s)) {
		for _, st := range list {
			st.string = 1
		}
	}
	size := map[int]int{}
	for _, st := range list {
		size[st.string]++
	}
	var cur *Transaction
	begin := func(kind TxKind, why string) {
		cur = &Transaction{Kind: kind, Why: why, WayOut: t.wayOut, Files: 1}
	}
	if wraps {
		begin(ByTool, why)
	}
	for i, st := range list {
		// Only PostgreSQL makes several statements in one string a transaction.
		oneString := !dialect.Known(f.Engine) && st.string != 0 && (size[st.string] > 1 || t.sends == always)
		verb := st.verb()
		if cur == nil && oneString && verb != "begin" {
			if begin(Implicit, t.string+" as one string, and several statements in one string are one transaction"); t.sends == always {
				cur.Why = t.string + ", which makes it one transaction"
			}
		}
		switch {
		case verb == "begin" && cur == nil:
			begin(Explicit, "")
		case verb == "begin" && cur.Kind == Implicit:
			cur.Kind, cur.Why = Explicit, ""
		case verb == "begin" && cur.Nested == nil:
			cur.Nested = st
		}
		if cur == nil {
			continue
		}
		st.Tx = cur
		cur.Statements = append(cur.Statements, st)
		if verb == "commit" || verb == "rollback" {
			cur.EndedBy = st
			cur = nil
		} else if cur.Kind == Implicit && (i+1 == len(list) || list[i+1].string != st.string) {
			cur = nil
		}
	}
	if cur != nil && cur.Kind == Explicit {
		cur.Open = true
	}
}

// oneForAll joins the transactions of files that the tool runs in one.
func oneForAll(files []*File) {
	var tx *Transaction
	var tool *Tool
	for _, f := range files {
		if !f.Tool.pending || f.Tool != tool {
			tx, tool = nil, f.Tool
		}
		if !f.Tool.pending {
			continue
		}
		joined := false
		for _, st := range f.Statements {
			if st.Tx == nil || st.Tx.Kind != ByTool || st.Tx == tx {
				continue
			}
			if tx == nil || tx.EndedBy != nil {
				tx = st.Tx
				joined = true
				continue
			}
			if !joined {
				tx.Files++
				joined = true
			}
			own := st.Tx
			tx.Statements = append(tx.Statements, st)
			st.Tx = tx
			if own.EndedBy == st {
				tx.EndedBy = st
			}
			if own.Nested == st && tx.Nested == nil {
				tx.Nested = st
			}
		}
	}
}

// verb returns what a statement does to the transaction: "begin", "commit",
// "rollback", or nothing. Savepoints stay inside.
func (s *Statement) verb() string {
	if s.Err == nil && s.Tree.Kind != "" {
		if s.Tree.Kind != "TransactionStmt" {
			return ""
		}
		switch s.Tree.Get("kind").String() {
		case "TRANS_STMT_BEGIN", "TRANS_STMT_START":
			return "begin"
		case "TRANS_STMT_COMMIT", "TRANS_STMT_PREPARE":
			return "commit"
		case "TRANS_STMT_ROLLBACK":
			return "rollback"
		}
		return ""
	}
	for t := range lex.Tokens(s.Text) {
		if t.Kind == lex.Comment {
			continue
		}
		return map[string]string{"begin": "begin", "start": "begin", "commit": "commit", "end": "commit", "rollback": "rollback", "abort": "rollback"}[strings.ToLower(t.Text)]
	}
	return ""
}
