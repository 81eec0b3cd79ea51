package rollout

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// words is a statement as tokens, without comments.
type words struct {
	text   string
	tokens []lex.Token
	depth  []int // of brackets and of CASE, before each token
}

func read(text string) words {
	w := words{text: strings.TrimRight(strings.TrimSpace(text), "; \n\t")}
	depth := 0
	for t := range lex.Tokens(w.text) {
		if t.Kind == lex.Comment {
			continue
		}
		closes := t.Text == ")" || t.Text == "]" || t.Kind == lex.Word && depth > 0 && strings.EqualFold(t.Text, "end")
		if closes {
			depth--
		}
		w.tokens, w.depth = append(w.tokens, t), append(w.depth, depth)
		if t.Text == "(" || t.Text == "[" || t.Kind == lex.Word && strings.EqualFold(t.Text, "case") {
			depth++
		}
	}
	return w
}

// is reports whether the tokens from i on are these keywords.
func (w words) is(i int, keywords ...string) bool {
	if i < 0 || i+len(keywords) > len(w.tokens) {
		return false
	}
	for k, word := range keywords {
		if t := w.tokens[i+k]; t.Kind != lex.Word && t.Kind != lex.Symbol || !strings.EqualFold(t.Text, word) {
			return false
		}
	}
	return true
}

// find returns the position of keywords outside of brackets, from i on; -1 if they
// are not there.
func (w words) find(i int, keywords ...string) int {
	for ; i < len(w.tokens); i++ {
		if w.depth[i] == 0 && w.is(i, keywords...) {
			return i
		}
	}
	return -1
}

// span returns the text from token i up to token j.
func (w words) span(i, j int) string {
	if i >= j || i >= len(w.tokens) {
		return ""
	}
	end := len(w.text)
	if j < len(w.tokens) {
		end = w.tokens[j-1].End
	}
	return strings.TrimSpace(w.text[w.tokens[i].Start:end])
}

// without returns the text without keywords where they are first found.
func (w words) without(keywords ...string) words {
	i := w.find(0, keywords...)
	if i < 0 {
		return w
	}
	head := strings.TrimRight(w.text[:w.tokens[i].Start], " \t\n")
	return read(head + w.text[w.tokens[i+len(keywords)-1].End:])
}

// after inserts a text after token i.
func (w words) after(i int, text string) words {
	at := w.tokens[i].End
	return read(w.text[:at] + " " + text + w.text[at:])
}

// name returns the position after the qualified name that begins at token i.
func (w words) name(i int) int {
	for i++; i+1 < len(w.tokens) && w.tokens[i].Text == "."; i += 2 {
	}
	return i
}

// commands returns the commands of an ALTER TABLE, ALTER DOMAIN and the like, each
// as written.
func commands(text string) []words {
	w := read(text)
	i := 1 // ALTER
	for i < len(w.tokens) && slices.ContainsFunc([]string{"foreign", "table", "view", "materialized", "index", "sequence", "domain", "type"}, func(k string) bool { return w.is(i, k) }) {
		i++
	}
	if w.is(i, "if", "exists") {
		i += 2
	}
	if w.is(i, "only") {
		i++
	}
	i = w.name(i)
	if i < len(w.tokens) && w.tokens[i].Text == "*" {
		i++
	}
	var list []words
	from := i
	for ; i <= len(w.tokens); i++ {
		if i == len(w.tokens) || w.depth[i] == 0 && w.tokens[i].Text == "," {
			if i > from {
				list = append(list, read(w.span(from, i)))
			}
			from = i + 1
		}
	}
	return list
}

// clause is one part of a column's definition.
type clause struct {
	kind string // "default", "not null", "check", "unique", "primary", "references", "generated", "identity", "collate", "null", ...
	name string // of a constraint, as written
	text string // without CONSTRAINT name
}

// columnClauses reads "c type clause ...": the name, the type and the clauses, each
// as written.
func columnClauses(w words) (name, typ string, clauses []clause) {
	if len(w.tokens) < 2 {
		return w.text, "", nil
	}
	name = w.tokens[0].Text
	starts := func(i int) string {
		switch {
		case w.depth[i] != 0 || w.is(i-1, "set") || w.is(i-1, "by"):
			return ""
		case w.is(i, "not", "null"):
			return "not null"
		case w.is(i, "null") && !w.is(i-1, "not"):
			return "null"
		case w.is(i, "primary", "key"):
			return "primary"
		case w.is(i, "generated"):
			return "generated"
		}
		for _, k := range []string{"constraint", "default", "check", "unique", "references", "collate", "storage", "compression"} {
			if w.is(i, k) {
				return k
			}
		}
		return ""
	}
	from, kind, constraint := 1, "type", ""
	finish := func(to int) {
		text := w.span(from, to)
		switch {
		case kind == "type":
			typ = text
		case kind == "constraint":
			constraint = w.tokens[from+1].Text
		case text != "":
			if kind == "generated" && strings.HasSuffix(strings.ToLower(text), "identity") || kind == "generated" && read(text).find(0, "identity") > 0 {
				kind = "identity"
			}
			clauses = append(clauses, clause{kind, constraint, text})
			constraint = ""
		}
	}
	for i := 2; i < len(w.tokens); i++ {
		// CONSTRAINT name is followed by the constraint itself.
		k := starts(i)
		if kind == "constraint" && i == from+1 {
			continue
		}
		if k == "" {
			continue
		}
		finish(i)
		from, kind = i, k
	}
	finish(len(w.tokens))
	return name, typ, clauses
}

// ident returns the name that an identifier as written stands for.
func ident(text string) string {
	if strings.HasPrefix(text, `"`) {
		return strings.ReplaceAll(strings.Trim(text, `"`), `""`, `"`)
	}
	return strings.ToLower(text)
}

// replaced returns an expression with each of the names replaced. Names after a dot stay, and
// those of functions and types, and the words of AT TIME ZONE.
func replaced(expr string, with func(name string) (string, bool)) string {
	var b strings.Builder
	w := read(expr)
	last := 0
	for i, t := range w.tokens {
		if t.Kind != lex.Word && t.Kind != lex.Quoted || i > 0 && (w.tokens[i-1].Text == "." || w.tokens[i-1].Text == "::") ||
			i+1 < len(w.tokens) && (w.tokens[i+1].Text == "(" || w.tokens[i+1].Kind == lex.String) || t.Kind == lex.Word && w.ofZone(i) {
			continue
		}
		if to, ok := with(ident(t.Text)); ok {
			b.WriteString(w.text[last:t.Start] + to)
			last = t.End
		}
	}
	return b.String() + w.text[last:]
}

// ofZone reports whether a word is one of AT TIME ZONE.
func (w words) ofZone(i int) bool {
	return w.is(i, "at", "time", "zone") || i > 0 && w.is(i-1, "at", "time", "zone") || i > 1 && w.is(i-2, "at", "time", "zone")
}

// renamedIn returns an expression in which a column has another name.
func renamedIn(expr, from, to string) string {
	return replaced(expr, func(n string) (string, bool) { return q(to), n == from })
}

func q(name string) string { return lex.QuoteIdent(name) }

func qs(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = q(n)
	}
	return strings.Join(list, ", ")
}

// lit quotes a text as a string literal.
func lit(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// body quotes a text with dollar signs.
func body(s string) string {
	tag := "$$"
	for strings.Contains(s, tag) {
		tag = tag[:len(tag)-1] + "q$"
	}
	return tag + s + tag
}
