package server

import (
	"strings"

	"strconv"

	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

// texts calls every with the texts of the user that may have a literal, and with the place
// where a person finds each. A text without a literal shows nothing that is secret: see
// Text.Hides.
func texts(c *rule.Case, every func(place string, text redact.Text)) {
	see := func(place string, text redact.Text) {
		if text.MayHide() {
			every(place, text)
		}
	}
	for _, p := range c.Plans {
		place := "plan " + strconv.Itoa(p.Position+1)
		see(place, p.Plan.Query)
		for n := range p.Nodes() {
			for i := range n.Properties {
				see(place, n.Properties[i].Value.Text)
				for _, v := range n.Properties[i].Value.List() {
					see(place, v.Text)
				}
			}
		}
	}
	for _, t := range c.Pasted {
		if t.SQL.MayHide() { // of few: the place need not be written for all
			see("SQL line "+strconv.Itoa(t.Line), t.SQL)
		}
	}
	if c.Snapshot == nil {
		return
	}
	for _, s := range hiding.Of(c) {
		see(strings.TrimSpace("statement "+s.QueryID), s.Query)
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

// hiding are the statements with literals: few of many, which are looked at once.
var hiding = rule.Derive(func(c *rule.Case) []*workload.Statement {
	var list []*workload.Statement
	for _, s := range c.Snapshot.Statements {
		if s.Query.Hides() {
			list = append(list, s)
		}
	}
	return list
})
