package design

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// states are words that say yes or no of a row if a column ends with one of them.
var states = words("active enabled disabled verified visible hidden deleted archived locked confirmed approved published flag")

// asks are words that make a yes or no of a name that begins with one of them.
var asks = words("is has can should was did")

// allows are such words too, if the column is 0 or 1 unless said.
var allows = words("allow allows enable enables disable disables require requires show shows send sends use uses")

// noFlag are words of a column that counts, dates or numbers something.
var noFlag = words("count level version type id at by on days hours number num no last first total time date ts epoch until since status size limit order position")

// answers are the two values of a column that holds yes or no.
var answers = [][2]string{{"0", "1"}, {"y", "n"}, {"t", "f"}, {"yes", "no"}, {"true", "false"}, {"j", "n"}}

var (
	literals  = regexp.MustCompile(`'([^']*)'|(?:^|[^\w.'])(-?\d+)\b`)
	castsAway = regexp.MustCompile(`::[a-z]+( varying)?(\(\d+\))?(\[\])?|(?i)\b(bpchar|character)\(\d+\)`)
)

// IsFlag reports whether a column that is no boolean holds yes or no: its name says so,
// a default of one letter, or a CHECK with the two values.
func (t *Table) IsFlag(col *catalog.Column) bool {
	base := t.Schema.BaseType(col)
	one := len(base.Mods) == 1 && base.Mods[0] == 1
	letter := (base.Name == "character" || base.Name == "bit") && len(base.Mods) == 0 || one && (IsText(base) || base.Name == "bit")
	digit := base.Name == "smallint" || base.Name == "integer" || base.Name == "numeric" && len(base.Mods) > 0 && base.Mods[0] == 1 && (len(base.Mods) == 1 || base.Mods[1] == 0)
	if base.Array || t.References(col.Name) != nil || t.HasKey(col.Name) || !letter && !digit && !IsText(base) {
		return false
	}
	for _, k := range t.Checks() {
		if values := valuesIn(k.Expr.Text); len(values) > 1 && slices.Equal(k.Expr.Columns, []string{col.Name}) {
			return isYesNo(values)
		}
	}
	words := Words(col.Name)
	if len(words) == 0 || !letter && !digit || slices.ContainsFunc(words, func(w string) bool { return noFlag[w] }) {
		return false
	}
	value := defaultValue(col)
	if choice, _ := t.IsChoice(col); !choice && letter && (value == "y" || value == "n") {
		return true
	}
	first, last := words[0], words[len(words)-1]
	switch counted := slices.ContainsFunc(Words(t.Name.Name), func(w string) bool { return measured[w] || measured[InSingular(w)] }); {
	case len(words) > 1 && asks[first]:
		return true
	case states[last]:
		return !counted || value == "0" || value == "1"
	}
	return len(words) > 1 && allows[first] && (value == "0" || value == "1")
}

// defaultValue returns the literal that is the default of a column, in lower case; empty
// if it is none.
func defaultValue(col *catalog.Column) string {
	return strings.ToLower(strings.Trim(castsAway.ReplaceAllString(col.Default.Text, ""), "()' bB"))
}

// valuesIn returns the literals of an expression, in lower case, each once.
func valuesIn(text string) []string {
	var values []string
	for _, m := range literals.FindAllStringSubmatch(castsAway.ReplaceAllString(text, ""), -1) {
		if v := strings.ToLower(m[1] + m[2]); !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}

// isYesNo reports whether values are yes and no.
func isYesNo(values []string) bool {
	return len(values) == 2 && slices.ContainsFunc(answers, func(a [2]string) bool { return slices.Contains(values, a[0]) && slices.Contains(values, a[1]) })
}
