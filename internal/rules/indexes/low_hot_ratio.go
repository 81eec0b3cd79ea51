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
	hotUpdates = rule.NewThreshold("updates", 10_000, "rows", "fewer updates cost too little to matter")
	hotDay     = rule.NewThreshold("updates_per_day", 1_000, "rows", "if the last statistics reset is known")
	hotOfAll   = rule.NewThreshold("time_share", 0.02, "share", "of total execution time, for the table's updates: from here on they matter, however few they are")
	hotShare   = rule.NewThreshold("hot_share", 0.5, "share", "most updates write to every index")
	hotBlame   = rule.NewThreshold("blame", 0.5, "share", "of the non-HOT updates set a column of the index: below that, the reason is another one")
)

var lowHOTRatio = rule.Rule{
	ID:     "low-hot-ratio",
	Title:  "Few updates are HOT",
	Sees:   "A table with 10,000 or more updates, of which fewer than half are HOT.",
	Why:    "A non-HOT UPDATE adds an entry to every index of the table and leaves a dead entry in each for VACUUM.",
	Silent: "Few updates.",
	Fix:    "Check whether an index on an updated column is worth its cost. Otherwise leave free space on the pages: set a fillfactor of 80 to 90.",
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
			perDay.Known() && perDay.Or(0) < hotDay.In(c) && c.ShareOf(c.UpdatesOf(t)...).Or(0) < hotOfAll.In(c) {
			return
		}
		var e rule.Evidence
		e.Number("n_tup_upd", t.Updated, "rows", "pg_stat_user_tables")
		e.Number("n_tup_hot_upd", t.HotUpdated, "rows", "pg_stat_user_tables")
		e.Number("updates per day", perDay, "rows", "pg_stat_user_tables")
		e.Number("indexes", opt.Of(float64(len(t.Indexes))), "", "pg_index")
		f := rule.OnTable(t)
		f.Tag, f.Severity = finding.Confirmed, finding.Low
		f.Title = redact.Sprintf("Only %s of the %s updates of %s were HOT", figures.Share(hot/updated), figures.Count(updated), t.QName())
		if hot == 0 {
			f.Title = redact.Sprintf("None of the %s updates of %s was HOT", figures.Count(updated), t.QName())
		}
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
				e.Number("updates not HOT because of this index alone", c.Advisor.UpdatesKeptFromHOT(ix), "share", "pg_stat_statements")
				e.Number("scans of "+ix.Name, ix.Scans, "scans", "pg_stat_user_indexes")
				e.Number("WAL per day of "+ix.Name, walPerDay(c, ix), "bytes", "model")
			}
			if s := setsMost(c, t, blamed[0]); s != nil {
				e.Text("statement with the most such updates", s.Query, "pg_stat_statements")
			}
			list := strings.Join(names, ", ")
			f.Detail = redact.Sprintf("These updates set columns of %s, so each of them writes to every index of the table. Without %[1]s they could be HOT.", list)
			f.Fix = redact.Sprintf("Check which statements use %s, and whether they are worth slower updates.", list)
			if ix := blamed[0]; len(blamed) == 1 {
				f.Where.Index = ix.QName()
				if scans, ok := ix.Scans.Get(); ok {
					f.More = redact.Sprintf("%s had %s since the statistics reset, and %s updates were not HOT.", ix.Name, rule.Counted(scans, "scan"), figures.Count(updated-hot))
				}
				if why := c.Protected(ix); why != "" {
					f.Fix = redact.Sprintf("Keep %s (%s). Check why the statements change its columns.", ix.Name, why)
				}
			}
		case moved >= hotShare.In(c)*(updated-hot) && updated > hot:
			f.Detail = redact.Sprintf("In %s of the other updates, the page had no room for the new row version, which went to another page (n_tup_newpage_upd).", figures.Share(moved/(updated-hot)))
			if moved >= updated {
				f.Detail = redact.Plain("The page had no room for the new row version, which went to another page (n_tup_newpage_upd).")
			}
			f.Fix = redact.Sprintf(setFillfactor, t.QName())
		case known != nil && c.Option(t, "fillfactor", "", 100) >= 100:
			f.Detail = redact.Plain("Pages are full (fillfactor 100), so the new row version goes to another page. Few of the known updates set an indexed column.")
			f.Fix = redact.Sprintf(setFillfactor, t.QName())
		default:
			f.Detail = redact.Plain("The reason is unknown: the updates set an indexed column, or the pages are full. The updated columns are not in the input (pg_stat_statements).")
			f.Fix = redact.Plain("Export pg_stat_statements to compare the updated columns with the indexes.")
		}
		f.Evidence = e
		found(f)
	},
}

const setFillfactor = "Run ALTER TABLE %s SET (fillfactor = 85). The setting applies to pages written from then on."

// setByUpdates returns the indexes of which the known updates set a column, in more
// than the given share of the updates: the most often set first.
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

// setsMost returns the statement that sets a column of an index in the most rows.
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
