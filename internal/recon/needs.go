package recon

import (
	"regexp/syntax"
	"strings"
)

// needs returns texts in lower case of which every match of an expression contains
// one; nil if there are none. A file without any of them is not searched: an
// expression is slow, and most files have nothing to tell.
func needs(expression string) []string {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil
	}
	return needed(re.Simplify())
}

func needed(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		return []string{strings.ToLower(string(re.Rune))}
	case syntax.OpCapture, syntax.OpPlus:
		return needed(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needed(re.Sub[0])
		}
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if n := needed(sub); shortest(n) > shortest(best) {
				best = n
			}
		}
		return best
	case syntax.OpAlternate:
		var list []string
		for _, sub := range re.Sub {
			n := needed(sub)
			if n == nil {
				return nil
			}
			list = append(list, n...)
		}
		return list
	}
	return nil
}

// shortest returns the length of the shortest text: the longer, the rarer.
func shortest(list []string) int {
	least := 0
	for i, s := range list {
		if i == 0 || len(s) < least {
			least = len(s)
		}
	}
	return least
}

// holds reports whether the file contains one of the texts.
func (f *file) holds(needs []string) bool {
	if needs == nil {
		return true
	}
	if f.lower == "" {
		f.lower = strings.ToLower(f.text)
	}
	for _, n := range needs {
		if strings.Contains(f.lower, n) {
			return true
		}
	}
	return false
}
