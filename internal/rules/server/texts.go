package server

import (
	"strings"

	"strconv"

	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// texts calls show with every text of the user that contains a literal, and with
// the place where a person finds it.
func texts(c *rule.Case, show func(place, text string)) {
	see := func(place string, t redact.Text) {
		if raw := t.Raw(); raw != t.String() {
			show(place, raw)
		}
	}
	for _, p := range c.Plans {
		place := "plan " + strconv.Itoa(p.Position+1)
		see(place, p.Plan.Query)
		for n := range p.Nodes() {
			for i := range n.Properties {
				see(place, n.Properties[i].Value.Text)
				for _, v := range n.Properties[i].Value.List {
					see(place, v.Text)
				}
			}
		}
	}
	for _, t := range c.Pasted {
		see("SQL line "+strconv.Itoa(t.Line), t.SQL)
	}
	if c.Snapshot == nil {
		return
	}
	for _, s := range c.Snapshot.Statements {
		if s.Query.Raw() != s.Query.String() { // of few: the place need not be written for all
			see(strings.TrimSpace("statement "+s.QueryID), s.Query)
		}
	}
	for i := range c.Snapshot.Sessions {
		s := &c.Snapshot.Sessions[i]
		see("session "+s.PID, s.Query)
	}
	for _, t := range c.Snapshot.Tables {
		for _, col := range t.Columns {
			if col.Stats == nil {
				continue
			}
			place := "statistics of " + t.QName() + "." + col.Name
			see(place, col.Stats.MCVs.Whole())
			see(place, col.Stats.Histogram.Whole())
		}
	}
}
