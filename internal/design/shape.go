package design

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// Repeated are columns that hold the same again and again: phone1, phone2, phone3.
type Repeated struct {
	Stem    string // "phone"
	Columns []*catalog.Column
}

var number = regexp.MustCompile(`\d+`)

// numbered are stems of which a number is a part of the name, or whose number is fixed
// by what they hold: the lines of an address, the quarters of a year.
var numbered = words("line address addr street sha md ipv utf iso base crc q quarter month day dow")

// Repeats returns the columns of the table that are numbered from 0 or 1 on, three or
// more, and of one type.
func (t *Table) Repeats() []Repeated {
	type entry struct {
		n   int
		col *catalog.Column
	}
	groups := map[string][]entry{} // by what is around the number
	var order []string
	for i := range t.Columns {
		col := &t.Columns[i]
		name := strings.Join(Words(col.Name), "_")
		at := number.FindAllStringIndex(name, -1)
		if len(at) != 1 || at[0][0] == 0 || col.Inherited {
			continue
		}
		n, err := strconv.Atoi(name[at[0][0]:at[0][1]])
		if err != nil {
			continue
		}
		key := name[:at[0][0]] + "#" + name[at[0][1]:] + " " + col.Type.String()
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], entry{n, col})
	}
	var list []Repeated
	for _, key := range order {
		stem, _, _ := strings.Cut(key, "#")
		stem = strings.Trim(stem, "_")
		group := groups[key]
		slices.SortFunc(group, func(a, b entry) int { return a.n - b.n })
		if words := Words(stem); len(group) < 3 || group[0].n > 1 || group[len(group)-1].n-group[0].n != len(group)-1 || len(words) > 0 && numbered[words[len(words)-1]] {
			continue
		}
		if slices.ContainsFunc(list, func(r Repeated) bool { return r.Stem == stem }) {
			continue // phone_1_number, after phone_1_type
		}
		r := Repeated{Stem: stem}
		for _, e := range group {
			r.Columns = append(r.Columns, e.col)
		}
		list = append(list, r)
	}
	return list
}

// Twin are groups of columns with the same names but for the first word: the parts of
// a billing and of a shipping address.
type Twin struct {
	Prefixes []string
	Columns  []*catalog.Column // of the first prefix
	Rests    []string
}

// paired are first words of columns that come in pairs for a reason.
var paired = words(`min max avg sum total num count last first prev previous next old new start end from to source target before after estimated actual planned
	expected current original local remote is has can should allow enable created updated deleted modified approved rejected closed opened in out left right a b x y`)

// Twins returns the groups of three columns or more that the table has more than once.
func (t *Table) Twins() []Twin {
	rests := map[string][]string{}
	columns := map[string][]*catalog.Column{}
	var prefixes []string
	for i := range t.Columns {
		col := &t.Columns[i]
		words := Words(col.Name)
		if len(words) < 2 || paired[words[0]] || col.Inherited || number.MatchString(words[0]) {
			continue
		}
		if rests[words[0]] == nil {
			prefixes = append(prefixes, words[0])
		}
		rests[words[0]] = append(rests[words[0]], strings.Join(words[1:], "_"))
		columns[words[0]] = append(columns[words[0]], col)
	}
	var list []Twin
	done := map[string]bool{}
	for _, p := range prefixes {
		if done[p] {
			continue
		}
		twin := Twin{Prefixes: []string{p}, Columns: columns[p], Rests: rests[p]}
		for _, other := range prefixes {
			if other == p || done[other] {
				continue
			}
			both := slices.DeleteFunc(slices.Clone(twin.Rests), func(r string) bool { return !slices.Contains(rests[other], r) })
			if len(both) >= 3 {
				twin.Prefixes, twin.Rests = append(twin.Prefixes, other), both
				done[other] = true
			}
		}
		if len(twin.Prefixes) > 1 {
			list = append(list, twin)
		}
	}
	return list
}

// IsConnected reports whether a foreign key leads from the table or to it, it inherits,
// or a column names a row of something else.
func (t *Table) IsConnected() bool {
	return len(t.ForeignKeys()) > 0 || len(t.Relation.Referrers) > 0 || len(t.Parents) > 0 || len(t.Children) > 0 && t.Kind != catalog.Partitioned
}

// standAlone are words of tables that nothing has to refer to.
var standAlone = words(`setting config configuration option parameter preference flag feature lock counter sequence calendar holiday country currency language locale
	timezone region zip postcode rate template translation message session token health info meta metadata constant blocklist blacklist allowlist whitelist denylist ip
	statistic metric measurement reading sensor report summary aggregate daily hourly monthly weekly job task schedule cron worker node server heartbeat key secret
	migration schema seed test nonce challenge captcha rule list mapping lookup dictionary tag reserved blocked banned announcement news newsletter subscriber faq page banner waitlist lead contact`)

// StandsAlone reports whether the name of a table says that nothing has to refer to it,
// or a column refers to something without a foreign key.
func (t *Table) StandsAlone() bool {
	if t.IsRecord() || t.IsLoaded() || slices.ContainsFunc(Words(t.Name.Name), func(w string) bool { return standAlone[w] || standAlone[InSingular(w)] || standAlone[InSingular(w)] }) {
		return true
	}
	return slices.ContainsFunc(t.Columns, func(c catalog.Column) bool {
		words := Words(c.Name)
		return len(words) > 1 && keySuffixes[words[len(words)-1]] && !t.HasKey(c.Name)
	})
}

// wordLists are words of tables that hold names and no more, on purpose.
var wordLists = words("reserved blocked banned forbidden allowed denied blocklist blacklist allowlist whitelist denylist")

// IsWordList reports whether the table is a list of what is allowed or not.
func (t *Table) IsWordList() bool {
	return slices.ContainsFunc(Words(t.Name.Name), func(w string) bool { return wordLists[w] })
}

// Extends returns the table whose row a row of this one extends: its primary key is a
// foreign key to the other's. It is nil if others extend the same table, or refer to
// this one.
func (t *Table) Extends() *Table {
	key := t.Key()
	if len(key) == 0 || len(t.Relation.Referrers) > 0 {
		return nil
	}
	extends := func(t *Table) *Table {
		for _, k := range t.ForeignKeys() {
			if of := t.Target(k); of != nil && of != t && slices.Equal(k.Columns, t.Key()) && (len(k.RefColumns) == 0 || slices.Equal(k.RefColumns, of.Key())) {
				return of
			}
		}
		return nil
	}
	of := extends(t)
	if of == nil || slices.ContainsFunc(of.Referrers(), func(other *Table) bool { return other != t && extends(other) == of }) {
		return nil
	}
	return of
}
