package ddl

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// needsRoom refuses a bound that is empty, or that overlaps the one of another partition, as far
// as its values are constants whose order is known (partition_bounds_create, check_new_partition_bound).
func (r *run) needsRoom(parent *catalog.Relation, bound sql.Node) {
	lower, upper := bound.List("lowerdatums"), bound.List("upperdatums")
	if n, known := r.orderOf(parent, lower, upper); known && n >= 0 {
		r.refuse("the range of the bound is empty")
		return
	}
	modulus, remainder := bound.Get("modulus").Int(), bound.Get("remainder").Int()
	if modulus > 0 && remainder >= modulus {
		r.refuse("the remainder %d has to be less than the modulus %d", remainder, modulus)
		return
	}
	for _, o := range parent.Children {
		other := r.c.Get(o)
		if other == nil || other.Bound.Default {
			continue
		}
		has := other.Bound.Node
		overlaps := false
		switch strategy(bound) {
		case "r":
			below, known := r.orderOf(parent, lower, has.List("upperdatums"))
			above, too := r.orderOf(parent, has.List("lowerdatums"), upper)
			overlaps = known && too && below < 0 && above < 0
		case "l":
			for _, v := range bound.List("listdatums") {
				overlaps = overlaps || slices.ContainsFunc(has.List("listdatums"), func(w sql.Node) bool {
					return isNull(v) && isNull(w) || valueOf(v) != "" && valueOf(v) == valueOf(w)
				})
			}
		case "h":
			m, rest := has.Get("modulus").Int(), has.Get("remainder").Int()
			switch small, large := min(m, modulus), max(m, modulus); {
			case small <= 0:
			case large%small != 0:
				r.refuse("the modulus %d does not fit the modulus %d of partition %s: one has to be a multiple of the other", modulus, m, other.Name.Short())
			default:
				overlaps = rest%small == remainder%small
			}
		}
		if overlaps {
			r.refuse("the bound overlaps the one of partition %s", other.Name.Short())
		}
	}
}

// orderOf compares two ends of ranges: -1 if the first is below the second one. It is not known
// if a value is no constant, or of a type whose order depends on a collation.
func (r *run) orderOf(parent *catalog.Relation, a, b []sql.Node) (n int, known bool) {
	if len(a) == 0 || len(a) != len(b) || len(a) != len(parent.Keys) {
		return 0, false
	}
	for i := range a {
		x, y := infinity(a[i]), infinity(b[i])
		switch {
		case x != y:
			return x - y, true
		case x != 0:
			return 0, true
		}
		col := parent.Column(parent.Keys[i])
		if col == nil || col.Type.Array {
			return 0, false
		}
		if n, known = orderAs(r.base(col.Type).Name, valueOf(a[i]), valueOf(b[i])); !known || n != 0 {
			return n, known
		}
	}
	return 0, true
}

// infinity is -1 for MINVALUE, 1 for MAXVALUE, and 0 for a value.
func infinity(n sql.Node) int {
	if n.Kind == "ColumnRef" {
		switch strings.ToUpper(last(n.Strs("fields"))) {
		case "MINVALUE":
			return -1
		case "MAXVALUE":
			return 1
		}
	}
	return 0
}

// orderAs compares two constants of a type.
func orderAs(of, a, b string) (n int, known bool) {
	switch {
	case a == "" || b == "":
		return 0, false
	case slices.Contains(numbers, of):
		x, err1 := strconv.ParseFloat(a, 64)
		y, err2 := strconv.ParseFloat(b, 64)
		return sign(x > y, x < y), err1 == nil && err2 == nil
	case of == "uuid":
		a, b = strings.ToLower(a), strings.ToLower(b)
		return strings.Compare(a, b), len(a) == len(b)
	case moments[of]:
		x, zoned, ok1 := moment(a)
		y, too, ok2 := moment(b)
		if of == timestamptz && zoned != too && x.Sub(y).Abs() < 16*time.Hour { // which zone the other one is in is the session's
			return 0, false
		}
		return x.Compare(y), ok1 && ok2
	}
	return 0, a == b
}

func sign(positive, negative bool) int {
	switch {
	case positive:
		return 1
	case negative:
		return -1
	}
	return 0
}

// moment reads a date or a time as the server prints it.
func moment(text string) (t time.Time, zoned, ok bool) {
	for _, layout := range []string{"2006-01-02 15:04:05Z07", "2006-01-02 15:04:05Z07:00"} {
		if t, err := time.Parse(layout, strings.Replace(text, "T", " ", 1)); err == nil {
			return t, true, true
		}
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04", time.DateTime} {
		if t, err := time.Parse(layout, strings.Replace(text, "T", " ", 1)); err == nil {
			return t, false, true
		}
	}
	return time.Time{}, false, false
}
