package rules

import (
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
)

var secretInInput = Rule{
	ID:     "secret-in-input",
	Title:  "A credential stands in the input",
	Sees:   "A connection string with a password, a private key, an access key or a token in a statement's text, a plan or a statistic.",
	Why:    "Whoever was sent these files has it now, and so have the ticket, the chat and their backups.",
	Silent: "A column that is called password, a parameter in its place, a hash function round it.",
	Fix:    "Change the credential, then take it out of the statement: a parameter, a passfile, a service file.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/libpq-pgpass.html",
	},
	Rank: rankSettings,
	Case: func(c *Case, found func(Found)) {
		places := map[string][]string{} // kind of credential to places
		c.texts(func(place, text string) {
			for _, kind := range redact.FindSecrets(text) {
				if !slices.Contains(places[kind], place) {
					places[kind] = append(places[kind], place)
				}
			}
		})
		for _, kind := range slices.Sorted(maps.Keys(places)) {
			list := places[kind]
			var e evidence
			e.number("places", opt.Of(float64(len(list))), "", "sql")
			f := Found{Finding: finding.Finding{
				Tag: finding.Critical, Severity: finding.High, Evidence: e,
				Title: redact.Sprintf("%s stands in the input: %s", upper(kind), strings.Join(firstFew(list), ", ")),
				Detail: redact.Plain("It is shown nowhere in this report, not even with --show-literals. Everybody who was given the files can read it: " +
					"change it at once, then take it out of the statement."),
				Fix: redact.Plain("Change the credential now. Then pass it as a parameter, by a passfile or by a service file."),
			}}
			found(f)
		}
	},
}

// texts gives every text of the user's that has a literal in it, with where it
// stands, for a person to find it by.
func (c *Case) texts(show func(place, text string)) {
	see := func(place string, t redact.Text) {
		if raw := t.Raw(); raw != t.String() {
			show(place, raw)
		}
	}
	for _, p := range c.Plans {
		place := "plan " + itoa(p.Position+1)
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
	if c.Snapshot == nil {
		return
	}
	for _, s := range c.Snapshot.Statements {
		see("statement "+s.QueryID, s.Query)
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

func firstFew(list []string) []string {
	const few = 3
	if len(list) > few {
		return append(slices.Clone(list[:few]), "and "+itoa(len(list)-few)+" more")
	}
	return list
}
