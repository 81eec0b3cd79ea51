package schemas

import (
	"fmt"
	"strings"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// A thing that is done this often, and in more than one way, has no convention.
const leastPlaces = 3

var mixedConventions = rule.Rule{
	ID:    "mixed-conventions",
	Title: "One thing done in several ways",
	Sees: "Columns of fixed values that are an enum here, text with a CHECK, a lookup table or free text there. Keys of several types: uuid, bigint, integer. " +
		"Moments with and without time zone. The same name as created_at and as createdAt.",
	Why:     "Whoever adds the next table has to guess which way is meant. Code that serves all tables has to know both.",
	Silent:  "Fewer than three places. Keys that refer to another table, local times, and columns whose name does not say that they hold one of a few values.",
	Fix:     "Choose one way for new tables, write it down with the exceptions, and change the others when they are changed anyway.",
	Sources: []string{manual + "ddl-constraints.html", manual + "datatype-enum.html"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		for _, w := range []design.Ways{c.Schema.ValueSets(), c.Schema.KeyTypes(), c.Schema.TimeTypes(), c.Schema.Spellings()} {
			if len(w.List) > 1 && w.Of() >= leastPlaces {
				found(mixed(c, w))
			}
		}
	},
}

func mixed(c *rule.Case, w design.Ways) rule.Found {
	others := w.Others()
	at := others[0]
	for _, s := range others {
		if c.Schema.Based && at.Column.Since == 0 {
			at = s // what is new is asked about
		}
	}
	f := c.InSchema(at.Table, finding.Concern, finding.Low)
	f.AtColumn(at.Column)
	var counts, who []string
	for _, way := range w.List {
		counts = append(counts, fmt.Sprintf("%s %s", way.Name, figures.Count(float64(len(way.Spots)))))
		who = append(who, way.Name+": "+some(way.Spots)+".")
	}
	f.Title = redact.Sprintf("%s: %s (%s)", strings.ToUpper(w.Kind[:1])+w.Kind[1:], figures.Plural(len(w.List), w.Each), strings.Join(counts, ", "))
	f.Detail = redact.Sprintf("%s", strings.Join(who, " "))
	f.Fix = redact.Plain("Choose one way for new tables, and write it down with the exceptions.")
	without, most := w.Usual()
	switch best := preferred[w.Kind]; {
	case best != "" && (!most || questioned[without]):
		without = best
	case most:
		without += ", as most do"
	}
	f.Decide("Do the exceptions have a reason?", "who made these tables, and when", "new tables use "+without+".")
	for _, s := range others {
		p := c.InSchema(s.Table, f.Tag, f.Severity)
		p.AtColumn(s.Column)
		f.Places = append(f.Places, finding.Place{Where: p.Where, Title: redact.Plain(s.String())})
	}
	return f
}

// preferred are the ways for new tables if no way is that of most, or if that of most
// is one that other rules find fault with.
var (
	preferred  = map[string]string{"primary keys": "bigint", "timestamps": "timestamp with time zone", "fixed values": "text with a CHECK"}
	questioned = map[string]bool{"integer": true, "timestamp without time zone": true, "free text": true, "number without a CHECK": true}
)
