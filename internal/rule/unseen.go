package rule

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/workload"
)

// Unseen is the part of the workload whose statements could not be read. No rule
// may claim that these statements do not do something.
type Unseen struct {
	Statements int       // all of them
	Hidden     int       // those whose text the exporting role may not see
	Share      opt.Float // of total execution time, of the hidden ones
}

// Unseen counts the statements that could not be read.
func (c *Case) Unseen() Unseen {
	var u Unseen
	if c.Snapshot == nil {
		return u
	}
	ms := 0.0
	for _, s := range c.Snapshot.Statements {
		u.Statements++
		if s.Hidden() {
			u.Hidden++
			ms += s.TotalMs.Or(0)
		}
	}
	if all := c.TotalMs(); all > 0 && u.Hidden > 0 {
		u.Share = opt.Of(min(ms/all, 1))
	}
	return u
}

// HiddenWords says of how many statements the text is hidden, and which share of
// the time they take; empty if of none.
func (u Unseen) HiddenWords() string {
	if u.Hidden == 0 {
		return ""
	}
	s := fmt.Sprintf("the text of %d of %s is hidden", u.Hidden, figures.Plural(u.Statements, "statement"))
	if share, ok := u.Share.Get(); ok {
		s = fmt.Sprintf("the text of %d of %s (%s of total execution time) is hidden", u.Hidden, figures.Plural(u.Statements, "statement"), figures.Share(share))
	}
	return s
}

// WhyUnknown says why the input cannot show that no statement on a table does
// something; empty if it can.
func (c *Case) WhyUnknown(t *workload.Table) string {
	u := c.Unseen()
	switch {
	case c.Snapshot.Logged():
		return "the statements are those of a server log, which has only the slow ones"
	case u.Statements == 0 && c.Snapshot.Has(workload.ViewStatements):
		return "pg_stat_statements is empty"
	case u.Statements == 0:
		return "pg_stat_statements is missing"
	case u.Hidden > 0:
		return u.HiddenWords()
	case c.UnreadOn(t):
		return "a statement that names " + t.Name + " could not be read as SQL"
	}
	return ""
}
