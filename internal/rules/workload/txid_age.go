package workload

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	ageHigh     = rule.NewThreshold("share", 0.5, "share", "of the 2.1 billion: autovacuum should have frozen the rows at 10%, so it does not finish")
	ageCritical = rule.NewThreshold("critical_share", 0.8, "share", "a busy server uses the rest in days")
)

// wraparound is the distance at which transaction IDs wrap around; the server
// refuses new ones from 3 million before it on (varsup.c).
const wraparound = 1 << 31

var txidAge = rule.Rule{
	ID:     "txid-age",
	Title:  "Transaction ID wraparound",
	Sees:   "An oldest transaction ID or multixact ID at 50% of the wraparound limit or more. Warnings that a database must be vacuumed within a number of transactions, and errors because none are left, in a server log or in what a client shows.",
	Why:    "Shortly before wraparound the server refuses all transactions that write, in every database, until VACUUM has frozen the oldest rows. On a large table that takes hours.",
	Silent: "Younger IDs: autovacuum freezes them from autovacuum_freeze_max_age on (200 million by default).",
	Fix:    "Remove what keeps vacuum from freezing (an old transaction, a replication slot, a prepared transaction). Then run VACUUM on the oldest tables first.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND",
	},
	Thresholds: []*rule.Threshold{ageHigh, ageCritical},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewDatabase, workload.ViewDatabaseAges, workload.ViewClass},
	Either:     true,
	Case: func(c *rule.Case, found func(rule.Found)) {
		for _, counter := range []struct {
			what, column, limit string
			of                  func(workload.DatabaseAge) workload.Float
		}{
			{"transaction", "datfrozenxid_age", "autovacuum_freeze_max_age", func(d workload.DatabaseAge) workload.Float { return d.XIDs }},
			{"multixact", "datminmxid_age", "autovacuum_multixact_freeze_max_age", func(d workload.DatabaseAge) workload.Float { return d.MultiXID }},
		} {
			oldest := knownAge{age: c.Snapshot.DatabaseStats[counter.column].Or(0), source: workload.ViewDatabase}
			for _, d := range c.Snapshot.DatabaseAges {
				oldest = older(oldest, knownAge{counter.of(d).Or(0), workload.ViewDatabaseAges, d.Name})
			}
			if counter.what == "transaction" {
				for _, t := range c.Snapshot.Tables {
					oldest = older(oldest, knownAge{age: t.FrozenXIDAge.Or(0), source: workload.ViewClass})
				}
			}
			if l := c.Snapshot.Log; l != nil && l.Wraparound[counter.what] != nil {
				found(runsOut(c, counter.what, oldest))
				continue
			}
			age, share := oldest.age, oldest.age/wraparound
			if share < ageHigh.In(c) {
				continue
			}
			var e rule.Evidence
			e.Number(counter.column, opt.Of(age), "", string(oldest.source))
			e.Number("share of the wraparound limit", opt.Of(share), "share", string(oldest.source))
			e.Number(counter.limit, c.Snapshot.SettingNumber(counter.limit), "", "pg_settings")
			f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.High}}
			if share >= ageCritical.In(c) {
				f.Tag, f.Severity = finding.Critical, finding.Severe
				f.Blast = redact.Plain("all writes in all databases of this server")
			}
			f.Title = redact.Sprintf("%s ID wraparound: the oldest ID%s is %s old, %s of the limit", rule.Upper(counter.what), oldest.in(), figures.Count(age), figures.Share(share))
			f.Detail = redact.Sprintf("After %s more IDs the server refuses every statement that writes, in all databases, until VACUUM has frozen the oldest rows.", figures.Count(max(wraparound-3_000_000-age, 0)))
			f.More = redact.Sprintf("Autovacuum starts freezing at %s, even if it is disabled. Either it has not finished, or something keeps it from freezing.", figures.Count(c.Snapshot.SettingNumber(counter.limit).Or(200_000_000)))
			f.Fix = redact.Plain(freeze)
			if counter.what == "transaction" {
				if oldest := oldestTables(c, age); len(oldest) > 0 {
					f.Where.Relation = oldest[0].QName()
					f.More = redact.Append(f.More, "The oldest tables: %s.", agesOf(oldest))
				}
			}
			f.Evidence = e
			found(f)
		}
	},
}

// freeze is what to do. To truncate a table needs an ID, and so VACUUM fails at that once there
// are none.
const freeze = "End old transactions (pg_stat_activity by backend_xmin), drop stale replication slots (pg_replication_slots.xmin, catalog_xmin) and prepared transactions (pg_prepared_xacts). " +
	"Then run VACUUM (FREEZE, INDEX_CLEANUP off, TRUNCATE off) on the oldest tables, the largest age first, which does not block reads or writes. Do not run VACUUM FULL, which needs a transaction ID."

// runsOut reports what the server itself says of IDs that run out: it warns from 40 million
// (11 million until 13) before the limit on, and refuses what needs a new one from 3 million
// (1 million until 13) on.
func runsOut(c *rule.Case, what string, oldest knownAge) rule.Found {
	w, where, of := c.Snapshot.Log.Wraparound[what], c.Snapshot.Log.Where(workload.EventWraparound, what), "a database"
	if w.Database != "" {
		of = "database " + w.Database
	}
	var e rule.Evidence
	e.Number("warnings", opt.Of(float64(w.Warnings)), "", string(workload.ViewLog))
	e.Number("IDs left", w.Left, "", string(workload.ViewLog))
	e.Number("statements refused", opt.Of(float64(w.Refused)), "", string(workload.ViewLog))
	f := rule.Found{Finding: finding.Finding{Tag: finding.Critical, Severity: finding.Severe, Evidence: e}}
	f.Blast = redact.Plain("all writes in all databases of this server")
	needs := "writes"
	if what == "multixact" {
		needs = "locks a row that another transaction has locked"
		f.Blast = redact.Plain("statements that lock rows, in all databases of this server")
	}
	if w.Refused > 0 {
		f.Title = redact.Sprintf("%s ID wraparound: the server assigns no new IDs, because of %s: %s %s", rule.Upper(what), of, figures.Plural(w.Refused, "error"), where)
		f.Detail = redact.Sprintf("The server refuses every statement that %s, in all databases, until VACUUM has frozen the oldest rows.", needs)
	} else {
		f.Title = redact.Sprintf("%s ID wraparound: %s must be vacuumed within %s IDs", rule.Upper(what), of, figures.Count(w.Left.Or(0)))
		f.Detail = redact.Sprintf("The server's warning is %s. It refuses every statement that %s, in all databases, from 3 million before the limit on (1 million until PostgreSQL 13).", where, needs)
	}
	if oldest.age > 0 && oldest.age < ageCritical.In(c)*wraparound {
		f.Detail = redact.Append(f.Detail, "The oldest exported age is %s: if the export is later than the log, the rows were frozen since.", figures.Count(oldest.age))
	}
	f.More = redact.Plain("VACUUM needs no new ID and runs in normal operation. Single-user mode, which the hint of older servers names, is not needed.")
	f.Fix = redact.Plain(freeze)
	if old := oldDatabases(c, what); old != "" {
		f.Detail = redact.Append(f.Detail, "%s", old)
	}
	if what == "transaction" {
		if oldest := oldestTables(c, wraparound); len(oldest) > 0 {
			f.Where.Relation = oldest[0].QName()
			f.More = redact.Append(f.More, "The oldest tables: %s.", agesOf(oldest))
		}
	}
	return f
}

// oldDatabases names the databases whose IDs are old, the oldest first; empty if the input
// lists none.
func oldDatabases(c *rule.Case, what string) string {
	type aged struct {
		name string
		age  float64
	}
	var list []aged
	for _, d := range c.Snapshot.DatabaseAges {
		age := d.XIDs.Or(0)
		if what == "multixact" {
			age = d.MultiXID.Or(0)
		}
		if age >= ageHigh.In(c)*wraparound {
			list = append(list, aged{d.Name, age})
		}
	}
	if len(list) == 0 {
		return ""
	}
	slices.SortStableFunc(list, func(a, b aged) int { return cmp.Compare(b.age, a.age) })
	var names []string
	for _, d := range list {
		names = append(names, fmt.Sprintf("%s (%s)", d.name, figures.Count(d.age)))
	}
	return "The oldest databases: " + strings.Join(rule.FirstFew(names), ", ") + "."
}

// knownAge is an age that the input has, and of which database if it tells.
type knownAge struct {
	age      float64
	source   workload.View
	database string
}

// older returns the greater of two ages, the first of two equal ones.
func older(a, b knownAge) knownAge {
	if b.age > a.age {
		return b
	}
	return a
}

func (k knownAge) in() string {
	if k.database == "" {
		return ""
	}
	return " in database " + k.database
}

// oldestTables returns up to three tables that determine the database's age, the
// oldest first. None if those are system tables.
func oldestTables(c *rule.Case, age float64) []*workload.Table {
	var list []*workload.Table
	for _, t := range c.Snapshot.Tables {
		if t.FrozenXIDAge.Or(0) >= ageHigh.In(c)*age {
			list = append(list, t)
		}
	}
	slices.SortStableFunc(list, func(a, b *workload.Table) int { return cmp.Compare(b.FrozenXIDAge.Or(0), a.FrozenXIDAge.Or(0)) })
	return list[:min(len(list), 3)]
}

func agesOf(list []*workload.Table) string {
	var out []string
	for _, t := range list {
		size := ""
		if b, ok := t.Bytes().Get(); ok {
			size = ", " + figures.Bytes(b)
		}
		out = append(out, fmt.Sprintf("%s (%s%s)", t.QName(), figures.Count(t.FrozenXIDAge.Or(0)), size))
	}
	return strings.Join(out, ", ")
}
