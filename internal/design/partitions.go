package design

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// Gap is a part of the key space of a partitioned table that no partition covers.
type Gap struct {
	Words string // what it is: "2024-02-01 to 2024-03-01"
	Bound string // FOR VALUES ... of the partition that fills it; empty if there is not one
}

var (
	rangeBound = regexp.MustCompile(`(?is)^FOR VALUES FROM \((.*)\) TO \((.*)\)$`)
	hashBound  = regexp.MustCompile(`(?is)^FOR VALUES WITH \(\s*modulus\s+(\d+)\s*,\s*remainder\s+(\d+)\s*\)$`)
	midnight   = regexp.MustCompile(`[ T]00:00:00(\.0+)?([+-]\d\d(:?\d\d)?|Z)?$`)
)

// PartitionGaps returns the gaps between the partitions of a table that is partitioned
// by a range of one key, and the remainders that hash partitions leave out.
func (t *Table) PartitionGaps() []Gap {
	switch t.Strategy {
	case "RANGE":
		return t.rangeGaps()
	case "HASH":
		return t.hashGaps()
	}
	return nil
}

// bound is one end of a range partition.
type bound struct{ text, value string }

func boundOf(text string) bound {
	text = strings.TrimSpace(text)
	value, _, _ := strings.Cut(text, "::")
	return bound{text, midnight.ReplaceAllString(strings.Trim(value, "' "), "")}
}

func (b bound) compare(o bound) int {
	x, errX := strconv.ParseFloat(b.value, 64)
	y, errY := strconv.ParseFloat(o.value, 64)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(b.value, o.value)
}

func (t *Table) rangeGaps() []Gap {
	if len(t.Keys) != 1 {
		return nil
	}
	var lows, highs []bound
	for _, oid := range t.Children {
		part := t.Schema.Get(oid)
		if part == nil || part.Bound.Default {
			continue
		}
		m := rangeBound.FindStringSubmatch(strings.TrimSpace(part.Bound.Text))
		if m == nil {
			return nil // a bound that is not understood
		}
		lows, highs = append(lows, boundOf(m[1])), append(highs, boundOf(m[2]))
	}
	at := func(list []bound, b bound) bool {
		return slices.ContainsFunc(list, func(o bound) bool { return o.value == b.value })
	}
	var gaps []Gap
	for _, high := range highs {
		if at(lows, high) {
			continue
		}
		var next *bound
		for i, low := range lows {
			if low.compare(high) > 0 && !strings.EqualFold(low.value, "minvalue") && (next == nil || low.compare(*next) < 0) {
				next = &lows[i]
			}
		}
		if next != nil {
			gaps = append(gaps, Gap{high.value + " to " + next.value, "FOR VALUES FROM (" + high.text + ") TO (" + next.text + ")"})
		}
	}
	return gaps
}

func (t *Table) hashGaps() []Gap {
	if !t.Schema.Complete || len(t.Children) == 0 {
		return nil // its partitions may be created elsewhere
	}
	left, modulus := map[int]bool{}, 0
	for _, oid := range t.Children {
		part := t.Schema.Get(oid)
		if part == nil {
			return nil
		}
		m := hashBound.FindStringSubmatch(strings.TrimSpace(part.Bound.Text))
		if m == nil {
			return nil
		}
		n, _ := strconv.Atoi(m[1])
		r, _ := strconv.Atoi(m[2])
		if modulus == 0 {
			for i := range n {
				left[i] = true
			}
			modulus = n
		}
		if n != modulus {
			return nil // being split
		}
		delete(left, r)
	}
	var gaps []Gap
	for r := range modulus {
		if left[r] {
			gaps = append(gaps, Gap{fmt.Sprintf("remainder %d of modulus %d", r, modulus), fmt.Sprintf("FOR VALUES WITH (modulus %d, remainder %d)", modulus, r)})
		}
	}
	return gaps
}

// IsListedWhole reports whether the partitions of a table list each value that the type
// of its key has: true and false, or all labels of an enum.
func (t *Table) IsListedWhole() bool {
	if t.Strategy != "LIST" || len(t.Keys) != 1 {
		return false
	}
	col := t.Column(t.Keys[0])
	if col == nil {
		return false
	}
	values := 2
	if typ := t.Schema.Type(catalog.Name{Schema: col.Type.Schema, Name: col.Type.Name}); typ != nil && typ.Kind == 'e' {
		values = len(typ.Labels)
	} else if t.Schema.BaseType(col).Name != "boolean" {
		return false
	}
	listed := 0
	for _, oid := range t.Children {
		if part := t.Schema.Get(oid); part != nil {
			listed += 1 + strings.Count(part.Bound.Text, ",")
		}
	}
	return listed >= values
}
