package sql

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/wasilibs/go-pgquery/parser"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// A grammar returns the server's raw parse tree of a text as JSON. The last one
// is PostgreSQL 17's in both builds, so that both read the same language.
type grammar func(text string) (tree string, err *refusal)

// A refusal says why a grammar does not accept a text.
type refusal struct {
	msg string // the parser's words
	at  int    // the position of the refused token in characters, from 1; 0 if unknown
}

func refusalOf(err error) *refusal {
	if err == nil {
		return nil
	}
	return &refusal{msg: err.Error()}
}

var engine17 sync.Mutex

// parse17 runs the parser as WebAssembly. The first call compiles the engine,
// which takes about a second. The lock keeps concurrent first calls from
// compiling one each.
func parse17(text string) (string, *refusal) {
	engine17.Lock()
	defer engine17.Unlock()
	tree, err := parser.ParseToJSON(text)
	if e, ok := err.(*parser.Error); ok {
		return "", &refusal{e.Message, e.Cursorpos}
	}
	return tree, refusalOf(err)
}

// parse returns the tree of a text as JSON, or a *SyntaxError, ErrTooDeep or
// ErrNUL.
func parse(text string) (string, error) { return parseBy(grammars, text) }

// parseBy tries the grammars in turn. The engine of the newest one is started
// only for a text that can be a statement of its version: text that is no SQL at
// all must not cost a second.
func parseBy(grammars []grammar, text string) (tree string, err error) {
	if err := guard(text); err != nil {
		return "", err
	}
	defer func() {
		if p := recover(); p != nil {
			tree, err = "", &SyntaxError{Msg: fmt.Sprint(p)}
		}
	}()
	tree, refused := grammars[0](text)
	if refused != nil && len(grammars) > 1 && mayBe17(text) {
		tree, refused = grammars[1](text)
	}
	if refused != nil {
		return "", refused.explain(text)
	}
	return tree, nil
}

// since17 holds what the grammar of PostgreSQL 17 accepts and 16's refuses, as
// phrases of the text that Normalize returns. The list covers every production
// that 17 added to gram.y.
var since17 = []string{
	"merge into", "merge_action (",
	"json_table (", "json_value (", "json_query (", "json_exists (", "json_scalar (", "json_serialize (", "json (", "format json",
	"at local",
	"set expression", "statistics default", "method default",
	"alter domain", "alter operator", "logged", "unlogged", "cluster (",
	"force ? *", "force not null *", "default )", "default ,",
}

func mayBe17(text string) bool {
	text = " " + lex.Normalize(text) + " "
	for _, phrase := range since17 {
		if strings.Contains(text, " "+phrase+" ") {
			return true
		}
	}
	return false
}

// since18 holds what no grammar here accepts yet: words of it, how the text ends
// with the token that is refused, and the name of the syntax.
var since18 = []struct {
	words string
	end   *regexp.Regexp
	name  string
}{
	{"generated always as", regexp.MustCompile(`generated always as \( .* \) virtual$`), "a virtual generated column"},
	{"generated always as", regexp.MustCompile(`generated always as \( .* \) [^ ]+$`), "a generated column without STORED"},
	{"returning with", regexp.MustCompile(`returning with$`), "RETURNING WITH (OLD AS ..., NEW AS ...)"},
	{"without", regexp.MustCompile(`[(,] [^ ]+ without$`), "WITHOUT OVERLAPS"},
	{"period", regexp.MustCompile(`[(,] period [^ ]+$`), "a foreign key with PERIOD"},
	{"enforced", regexp.MustCompile(`enforced$`), "NOT ENFORCED"},
	{"inherit", regexp.MustCompile(`alter constraint [^ ]+ (no )?inherit$`), "ALTER CONSTRAINT ... INHERIT"},
	{" not", regexp.MustCompile(`( add|,|\(|constraint [^ ]+) not$`), "NOT NULL as a table constraint"},
	{" only", regexp.MustCompile(`(vacuum|analyze|\)) only$`), "VACUUM or ANALYZE with ONLY"},
	{" on large", regexp.MustCompile(` on large$`), "ON LARGE OBJECTS"},
}

// explain makes the error of a refusal. It names the version that the text needs
// if the refused token belongs to syntax of PostgreSQL 18.
func (r *refusal) explain(text string) *SyntaxError {
	end := r.end(text)
	for _, s := range since18 {
		if strings.Contains(end, s.words) && s.end.MatchString(end) {
			return &SyntaxError{Msg: s.name + " needs PostgreSQL 18, and SQL is read up to PostgreSQL 17"}
		}
	}
	// What the parser quotes of the text is not repeated: it can be a literal.
	msg, _, _ := strings.Cut(r.msg, " at or near ")
	return &SyntaxError{Msg: msg + " (grammar of PostgreSQL 17)"}
}

// end returns the text up to the refused token, as Normalize gives it; the whole
// text if the parser does not tell where it stopped.
func (r *refusal) end(text string) string {
	before := 0
	for n := 1; n < r.at && before < len(text); n++ {
		_, size := utf8.DecodeRuneInString(text[before:])
		before += size
	}
	for t := range lex.Tokens(text[before:]) {
		if before > 0 && t.Kind != lex.Comment {
			return lex.Normalize(text[:before+t.End])
		}
	}
	return lex.Normalize(text)
}
