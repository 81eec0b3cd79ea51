package indexes

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	hotUpdates = rule.NewThreshold("updates", 10_000, "rows", "fewer cost nothing that matters")
	hotDay     = rule.NewThreshold("updates_per_day", 1_000, "rows", "where the counters' age is known")
	hotOfAll   = rule.NewThreshold("time_share", 0.02, "share", "of total execution time, which the table's updates take: then it matters how few they are")
	hotShare   = rule.NewThreshold("hot_share", 0.5, "share", "most updates write into every index")
	hotBlame   = rule.NewThreshold("blame", 0.5, "", "of the updates that are not HOT set a column of the index: below that, something else is the reason")
)

var lowHOTRatio = rule.Rule{
	ID:     "low-hot-ratio",
	Title:  "Most updates write into every index",
	Sees:   "A table with 10,000 updates or more, of which fewer than half are HOT.",
	Why:    "An update that is not HOT adds an entry to each of the table's indexes, and leaves a dead one for vacuum in each.",
	Silent: "Few updates.",
	Fix:    "Where an updated column is indexed: see whether that index is worth it. Else leave room on the pages: a fillfactor of 80 to 90.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/storage-hot.html",
	},
	Thresholds: []*rule.Threshold{hotUpdates, hotDay, hotOfAll, hotShare, hotBlame},
	Rank:       rule.RankTable - 1,
	Needs:      []workload.View{workload.ViewTables},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		updated, hot, ok := opt.Two(t.Updated, t.HotUpdated)
		perDay := c.Snapshot.TablePerDay(t, func(t *workload.Table) opt.Float { return t.Updated })
		if !ok || updated < hotUpdates.In(c) || hot >= hotShare.In(c)*updated || len(t.Indexes) == 0 ||
			perDay.Known() && perDay.Or(0) < hotDay.In(c) && c.ShareOf(c.UpdatesOf(t)).Or(0) < hotOfAll.In(c) {
			return
		}
		var e rule.Evidence
		e.Number("n_tup_upd", t.Updated, "rows", "pg_stat_user_tables")
		e.Number("n_tup_hot_upd", t.HotUpdated, "rows", "pg_stat_user_tables")
		e.Number("updates a day", perDay, "rows", "pg_stat_user_tables")
		e.Number("indexes", opt.Of(float64(len(t.Indexes))), "", "pg_index")
		f := rule.OnTable(t)
		f.Tag, f.Severity = finding.Confirmed, finding.Low
		f.Title = redact.Sprintf("%s of the %s updates of %s are HOT", figures.Share(hot/updated), figures.Count(updated), t.QName())
		blamed := setByUpdates(c, t, hotBlame.In(c)*(1-hot/updated))
		moved := t.NewpageUpdated.Or(0)
		e.Number("n_tup_newpage_upd", t.NewpageUpdated, "rows", "pg_stat_user_tables")
		known := c.WritersOf(t, func(s *workload.Statement) bool { return c.Statements[s].Kind == sql.Update })
		switch {
		case len(blamed) > 0:
			names := make([]string, len(blamed))
			for i, ix := range blamed {
				names[i] = ix.Name
				e.Number("updates that set a column of "+ix.Name, c.Advisor.UpdatesSetting(ix), "share", "pg_stat_statements")
				e.Number("updates that it alone keeps from being HOT", c.Advisor.UpdatesKeptFromHOT(ix), "share", "pg_stat_statements")
				e.Number("scans of "+ix.Name, ix.Scans, "scans", "pg_stat_user_indexes")
				e.Number("WAL per day of "+ix.Name, walPerDay(c, ix), "bytes", "model")
			}
			if s := setsMost(c, t, blamed[0]); s != nil {
				e.Text("the statement that sets most of these", s.Query, "pg_stat_statements")
			}
			f.Detail = redact.Sprintf("The statements update columns of %s, so each such update writes into every index of the table; without it they could be HOT.", strings.Join(names, ", "))
			f.Fix = redact.Sprintf("See what reads by %s, and whether it is worth that.", strings.Join(names, ", "))
			if ix := blamed[0]; len(blamed) == 1 {
				f.Where.Index = ix.QName()
				if scans, ok := ix.Scans.Get(); ok {
					f.Detail = redact.Sprintf("%s It was scanned %s since the reset, against %s updates that were not HOT.", f.Detail, rule.Often(scans), figures.Count(updated-hot))
				}
				if why := c.Protected(ix); why != "" {
					f.Fix = redact.Sprintf("%s has to stay (%s): leave it, or see why the statements change what it holds.", ix.Name, why)
				}
			}
		case moved >= hotShare.In(c)*(updated-hot) && updated > hot:
			f.Detail = redact.Sprintf("%s of the others had to go to another page (n_tup_newpage_upd): there was no room for the new version beside the old one.", figures.Share(moved/(updated-hot)))
			f.Fix = redact.Sprintf("ALTER TABLE %s SET (fillfactor = 85); it holds for pages written from then on.", t.QName())
		case known != nil && c.Option(t, "fillfactor", "", 100) >= 100:
			f.Detail = redact.Plain("Few of the known updates set an indexed column, and the pages are filled to the brim (fillfactor 100): there is no room for the new version beside the old one.")
			f.Fix = redact.Sprintf("ALTER TABLE %s SET (fillfactor = 85); it holds for pages written from then on.", t.QName())
		default:
			f.Detail = redact.Plain("Which columns the updates set is not in the input (pg_stat_statements), or there was no room on the page.")
			f.Fix = redact.Plain("Export pg_stat_statements, so that the updated columns can be held against the indexes.")
		}
		f.Evidence = e
		found(f)
	},
}

// setByUpdates are the indexes of which the known updates set a column, in more
// than the given share of them: the most often set first.
func setByUpdates(c *rule.Case, t *workload.Table, more float64) []*workload.Index {
	var list []*workload.Index
	for _, ix := range t.Indexes {
		if share := c.Advisor.UpdatesSetting(ix).Or(0); share > 0 && share >= more {
			list = append(list, ix)
		}
	}
	slices.SortStableFunc(list, func(a, b *workload.Index) int {
		return cmp.Compare(c.Advisor.UpdatesSetting(b).Or(0), c.Advisor.UpdatesSetting(a).Or(0))
	})
	return list
}

// setsMost is the statement that sets a column of an index in the most rows.
func setsMost(c *rule.Case, t *workload.Table, ix *workload.Index) *workload.Statement {
	blocking := c.Advisor.BlockingColumns(indexadvisor.Index{Schema: t.Schema, Table: t.Name, IndexDef: ix.Def})
	var top *workload.Statement
	for _, s := range c.UpdatesOf(t) {
		sets := slices.ContainsFunc(c.Statements[s].Set, func(set sql.Set) bool { return blocking[set.Column] })
		if sets && (top == nil || s.Rows.Or(0) > top.Rows.Or(0)) {
			top = s
		}
	}
	return top
}
