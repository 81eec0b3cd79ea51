// Package pgversion holds the version of a PostgreSQL server, the input that
// tells it, and what a version has. Rules, prices and reports all ask the one
// version that was decided here.
package pgversion

import (
	"fmt"
	"strconv"
	"strings"
)

// Oldest and Newest are the major versions that pgverdict knows.
const Oldest, Newest = 13, 18

// Version is what the input tells of a server's version. The zero Version is
// unknown.
type Version struct {
	Min, Max int    // the major versions that it can be; 0 leaves an end open
	Text     string // as the input has it: "17.2"
	Basis    string // the input that tells it: "pg_settings"
}

// Parse reads "17.2", "17", "18beta1" and "15.4 (Debian 15.4-1)". The result is
// unknown if the text does not begin with a number.
func Parse(text, basis string) Version {
	digits := strings.IndexFunc(text, func(c rune) bool { return c < '0' || c > '9' })
	if digits < 0 {
		digits = len(text)
	}
	major, err := strconv.Atoi(text[:digits])
	if err != nil || major <= 0 {
		return Version{}
	}
	return Version{major, major, text, basis}
}

// FromNumber reads a server_version_num such as 170002.
func FromNumber(text, basis string) Version {
	n, err := strconv.Atoi(text)
	if err != nil || n < 100000 {
		return Version{}
	}
	return Version{n / 10000, n / 10000, fmt.Sprintf("%d.%d", n/10000, n%10000), basis}
}

// Between is a version of which the input tells bounds only, each included; 0
// leaves an end open.
func Between(first, last int, basis string) Version {
	if first <= 0 && last <= 0 {
		return Version{}
	}
	v := Version{Min: first, Max: last, Basis: basis}
	switch {
	case first == last:
		v.Text = strconv.Itoa(first)
	case last <= 0:
		v.Text = fmt.Sprintf("%d or later", first)
	case first <= Oldest:
		v.Text = fmt.Sprintf("%d or earlier", last)
	default:
		v.Text = fmt.Sprintf("%d to %d", first, last)
	}
	return v
}

// Known reports whether the input tells anything of the version.
func (v Version) Known() bool { return v.Min > 0 || v.Max > 0 }

// Major returns the major version, and whether it is known exactly.
func (v Version) Major() (int, bool) { return v.Min, v.Min > 0 && v.Min == v.Max }

// Contradicts reports whether no server can have both versions.
func (v Version) Contradicts(o Version) bool {
	return v.Max > 0 && o.Min > v.Max || o.Max > 0 && v.Min > o.Max
}

// Narrow returns the version with what another input tells of the same server.
// Where they contradict each other v counts.
func (v Version) Narrow(by Version) Version {
	if !v.Known() {
		return by
	}
	if _, exact := v.Major(); exact || v.Contradicts(by) {
		return v
	}
	if _, exact := by.Major(); exact {
		return by
	}
	last := v.Max
	if last == 0 || by.Max > 0 && by.Max < last {
		last = by.Max
	}
	if v.Min >= by.Min && last == v.Max {
		return v
	}
	return Between(max(v.Min, by.Min), last, v.Basis)
}

// Newest returns the newest known version that the server can have, for
// arithmetic that needs one.
func (v Version) Newest() Major {
	if v.Max > 0 {
		return Major(v.Max)
	}
	return Major(max(v.Min, Newest))
}

// Major is a major version.
type Major int

// Has reports whether the version has a feature.
func (m Major) Has(f Feature) bool { return int(m) >= int(f) }

// Has reports whether the server surely has a feature.
func (v Version) Has(f Feature) bool { return v.Min >= int(f) }

// Lacks reports whether the server surely is too old for a feature. Of an
// unknown version neither Has nor Lacks is true.
func (v Version) Lacks(f Feature) bool { return v.Max > 0 && v.Max < int(f) }
