package schemas

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var overlapWithoutExclude = rule.Rule{
	ID:      "overlap-without-exclude",
	Title:   "Ranges that may overlap",
	Sees:    "A range, or the start and the end of one in dates or timestamps, beside a required key of what it is a range of, and no exclusion constraint.",
	Why:     "Two bookings of one room, or two prices of one product, can hold at the same time. A unique constraint does not see it, and a check in the application misses two requests at once.",
	Silent:  "An exclusion constraint with the range. Ends that are only recorded, such as started_at and finished_at. Tables that record what happened.",
	Fix:     "Add an exclusion constraint: EXCLUDE USING gist (room_id WITH =, during WITH &&). It needs the extension btree_gist.",
	Sources: []string{manual + "rangetypes.html#RANGETYPES-CONSTRAINT", manual + "btree-gist.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		owner := ownerOf(t)
		if owner == "" || t.IsRecord() || slices.ContainsFunc(t.Constraints, func(k catalog.Constraint) bool { return k.Type == catalog.Exclusion }) {
			return
		}
		report := func(what, span string, severity finding.Severity, columns ...*catalog.Column) {
			f := c.InSchema(t, finding.Concern, severity)
			f.AtColumn(columns[0])
			f.Because(columns[len(columns)-1])
			f.Title = redact.Sprintf("%s can overlap for one %s", what, quoted(owner))
			f.Detail = redact.Plain("No exclusion constraint keeps two rows from holding at the same time. A check in the application misses two requests at once.")
			f.Fix = redact.Plain("Find and repair the overlaps, then add an exclusion constraint. It needs the extension btree_gist.")
			f.Decide("Must two rows of one "+quoted(owner)+" never overlap?", "the rule of the business, and a count of the overlaps", "add the exclusion constraint.")
			f.AddDDL("CREATE EXTENSION IF NOT EXISTS btree_gist;\nALTER TABLE %s ADD CONSTRAINT %s EXCLUDE USING gist (%s WITH =, %s WITH &&)%s",
				t.Name.Short(), quoted(t.FreeName(t.Name.Name+"_"+owner, "excl")), quoted(owner), span, liveOnly(t))
			found(f)
		}
		for i := range t.Columns {
			if col := &t.Columns[i]; strings.HasSuffix(t.Schema.BaseType(col).Name, "range") && !t.Schema.BaseType(col).Array && !col.Inherited {
				report(columnOf(t, col.Name), quoted(col.Name), finding.Medium, col)
			}
		}
		for _, p := range t.Intervals() {
			span := rangeOf(t, p)
			if p.Recorded || span == "" || p.Start.Inherited {
				continue
			}
			severity := finding.Low
			if isExclusive(t, p, owner) {
				severity = finding.Medium
			}
			report(columnOf(t, p.Start.Name)+" to "+quoted(p.End.Name), span, severity, p.Start, p.End)
		}
	},
}

// ownerOf returns the column that says what the rows of a table are ranges of: the
// first required foreign key to a thing, or else a column that is named like one, or
// else a key of a person or a tenant. Empty if there is none.
func ownerOf(t *design.Table) string {
	person, named := "", ""
	for i := range t.Columns {
		col := &t.Columns[i]
		words := design.Words(col.Name)
		k := t.References(col.Name)
		switch {
		case !t.RefusesNull(col) || t.IsKey(col.Name):
		case k == nil && (len(words) < 2 || words[len(words)-1] != "id"):
		case k != nil && (len(k.Columns) > 1 || k.Ref == t.OID || t.Target(k) != nil && t.Target(k).IsLookup()):
		case isPerson(col.Name):
			person = cmp.Or(person, col.Name)
		case k != nil:
			return col.Name
		default:
			named = cmp.Or(named, col.Name)
		}
	}
	return cmp.Or(named, person)
}

// persons are words of keys of who books and owns.
var persons = []string{"user", "customer", "client", "guest", "member", "person", "tenant", "organization", "organisation", "org", "account", "company", "workspace", "team", "author", "creator", "created", "by"}

func isPerson(column string) bool {
	return slices.ContainsFunc(design.Words(column), func(w string) bool { return slices.Contains(persons, w) })
}

// rangeOf returns the range of an interval as SQL; empty if it is not one of time.
func rangeOf(t *design.Table, p design.Interval) string {
	function := map[string]string{"date": "daterange", "timestamp with time zone": "tstzrange", "timestamp without time zone": "tsrange"}[t.Schema.BaseType(p.Start).Name]
	if function == "" {
		return ""
	}
	bounds := ""
	if function == "daterange" {
		bounds = ", '[]'"
	}
	return fmt.Sprintf("%s(%s, %s%s)", function, quoted(p.Start.Name), quoted(p.End.Name), bounds)
}

// exclusiveWords are words of tables of which one row holds at a time.
var exclusiveWords = []string{
	"booking", "reservation", "appointment", "price", "pricing", "rate", "tariff", "fare", "shift", "assignment", "rental", "lease", "tenancy", "slot", "allocation", "occupancy", "stay", "contract",
	"schedule", "membership", "employment", "salary", "wage", "leave", "absence", "vacation", "term", "period", "availability", "meeting", "roster", "duty",
}

// isExclusive reports whether the names say that one row of an owner holds at a time.
func isExclusive(t *design.Table, p design.Interval, owner string) bool {
	start := design.Words(p.Start.Name)
	return !isPerson(owner) && (slices.Contains(start, "valid") || slices.Contains(start, "effective")) ||
		slices.ContainsFunc(design.Words(t.Name.Name), func(w string) bool { return slices.Contains(exclusiveWords, design.InSingular(w)) })
}

// liveOnly is the clause of a constraint that leaves deleted rows out.
func liveOnly(t *design.Table) string {
	if d := t.SoftDelete(); d != nil {
		return " WHERE (" + d.Live + ")"
	}
	return ""
}
