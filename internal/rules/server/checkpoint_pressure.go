package server

import (
	"cmp"
	"math"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var forcedTimes = rule.NewThreshold("times", 2, "times", "as often as checkpoint_timeout requires: WAL triggers the checkpoints, not the clock")

var forcedCount = rule.NewThreshold("checkpoints", 5, "checkpoints", "in a server log: fewer may be from one load or one index build")

var forcedInRow = rule.NewThreshold("in_row", 2, "checkpoints", "in a server log that WAL started as soon as the one before had ended: WAL is written faster than checkpoints end")

var checkpointPressure = rule.Rule{
	ID:    "checkpoint-pressure",
	Title: "WAL volume forces checkpoints",
	Sees:  "Statements that write so much WAL on average that max_wal_size is used up at least twice per checkpoint_timeout. In a server log: five checkpoints or more that WAL started, at least twice as many as the clock started, or as many warnings that checkpoints are too frequent. Fewer warnings are a question, and so are two checkpoints that WAL started as soon as the one before had ended. In pg_stat_bgwriter or pg_stat_checkpointer: twice as many requested checkpoints as timed ones, and more than checkpoint_timeout makes of its time.",
	Why: "After each checkpoint, the first change of a page writes the whole page to the WAL. Frequent checkpoints cause more WAL, which triggers the next checkpoint sooner, " +
		"and the disks are busy with writing.",
	Silent: "Exports without pg_settings, or without the age of pg_stat_statements, if there is no server log.",
	Fix:    "Raise max_wal_size (checkpoint_segments until 9.4), so that checkpoint_timeout decides. The disk needs space for it, and crash recovery takes longer.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/wal-configuration.html",
	},
	Thresholds: []*rule.Threshold{forcedTimes, forcedCount, forcedInRow},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewSettings, workload.ViewStatements},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if l := c.Snapshot.Log; l != nil && checkpointsInLog(c, l, found) {
			return
		}
		if k := c.Snapshot.Checkpoints; k != nil && checkpointsCounted(c, k, found) {
			return
		}
		fpi, perDay := 0.0, 0.0
		for _, s := range c.Snapshot.Statements {
			if s.TopLevel {
				fpi += s.WALFpi.Or(0)
				perDay += c.Snapshot.StatementPerDay(s, func(s *workload.Statement) opt.Float { return s.WALBytes }).Or(0)
			}
		}
		most, timeout, ok := opt.Two(c.Snapshot.SettingBytes("max_wal_size"), c.Snapshot.SettingSeconds("checkpoint_timeout"))
		if !ok || most <= 0 || timeout <= 0 {
			return
		}
		// A checkpoint begins when max_wal_size is used up but for what is
		// written while it runs (xlog.c: CalculateCheckpointSegments).
		between := most / (1 + c.Snapshot.SettingNumber("checkpoint_completion_target").Or(0.9))
		forced, timed := perDay/between, 86_400/timeout
		if forced < forcedTimes.In(c)*timed {
			return
		}
		var e rule.Evidence
		e.Number("max_wal_size", opt.Of(most), "bytes", "pg_settings")
		e.Number("checkpoint_timeout", opt.Of(timeout*1000), "ms", "pg_settings")
		e.Number("WAL of the exported statements per day", opt.Of(perDay), "bytes", "pg_stat_statements")
		e.Number("full page images", opt.Of(fpi), "", "pg_stat_statements")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Low, Evidence: e}}
		f.Title = redact.Sprintf("WAL volume forces a checkpoint every %s on average (checkpoint_timeout is %s)", figures.Ms(86_400_000/forced), figures.Ms(timeout*1000))
		f.Detail = redact.Sprintf("The exported statements write %s of WAL per day, and a checkpoint starts after about %s.", figures.Bytes(perDay), figures.Bytes(between))
		f.More = redact.Sprintf("At busy times checkpoints are more frequent. %s full pages went to the WAL, each because a checkpoint had started since the page was last changed.", figures.Count(fpi))
		f.Fix = redact.Sprintf("Set max_wal_size = %dGB and reload, if the disk has space for that and for what replication slots retain. Then check that the log shows \"checkpoint starting: time\" instead of \"wal\".",
			int(math.Ceil(2*perDay/86_400*timeout*(most/between)/(1<<30))))
		found(f)
	},
}

// checkpointsCounted reports checkpoints that the counters say were requested, mostly by WAL.
func checkpointsCounted(c *rule.Case, k *workload.Checkpoints, found func(rule.Found)) bool {
	requested, timed, ok := opt.Two(k.Requested, k.Timed)
	if !ok || requested < forcedCount.In(c) || requested < forcedTimes.In(c)*timed {
		return false
	}
	source := string(workload.ViewCheckpoints)
	timeout := c.Snapshot.SettingSeconds("checkpoint_timeout").Or(300)
	since, some := k.Since.Get()
	at, both := c.Snapshot.ExportedAt.Get()
	every := opt.Float{}
	if some && both && at.After(since) {
		every = opt.Of(at.Sub(since).Seconds() / (requested + timed))
		if every.Or(0) > timeout {
			return false // a few by hand, in a server that is mostly idle
		}
	}
	var e rule.Evidence
	e.Number("requested checkpoints", k.Requested, "", source)
	e.Number("checkpoints that the clock started", k.Timed, "", source)
	e.Number("time between two checkpoints", opt.Map(every, func(s float64) float64 { return s * 1000 }), "ms", source)
	e.Number("buffers that they wrote", k.Written, "buffers", source)
	e.Number("buffers that sessions wrote", k.BackendWritten, "buffers", source)
	e.Number("fsyncs of sessions", k.BackendFsync, "", source)
	f := rule.Found{Finding: finding.Finding{Tag: finding.Concern, Severity: finding.Low, Evidence: e}}
	f.Title = redact.Sprintf("Most checkpoints are requested: %s, and %s by the clock", figures.Count(requested), figures.Count(timed))
	if s, ok := every.Get(); ok {
		f.Tag, f.Severity = finding.Confirmed, finding.Medium
		f.Title = redact.Sprintf("A checkpoint every %s on average: %s were requested, %s started by the clock", figures.Ms(s*1000), figures.Count(requested), figures.Count(timed))
	} else {
		if k.Between {
			f.Title = redact.Append(f.Title, "between the first and the last reading")
		}
		f.Decide("Does WAL start them, and not CHECKPOINT or base backups, and are they frequent?", "the server's log with log_checkpoints = on (checkpoint starting: wal), or the time of the export beside stats_reset", "leave the setting as it is")
	}
	f.Detail = redact.Plain("WAL that reaches max_wal_size requests a checkpoint, as the CHECKPOINT command and base backups do. After each one, the first change of a page writes the whole page to the WAL.")
	if n := k.BackendFsync.Or(0); n > 0 {
		f.Detail = redact.Append(f.Detail, "Sessions had to sync files themselves (%s times), as the checkpointer did not keep up.", figures.Count(n))
	}
	f.Fix = redact.Plain("Raise max_wal_size (checkpoint_segments until 9.4), so that checkpoint_timeout decides, if the disk has space for that and for what replication slots retain.")
	found(f)
	return true
}

// checkpointsInLog reports checkpoints that the log says WAL forced.
func checkpointsInLog(c *rule.Case, l *workload.Log, found func(rule.Found)) bool {
	forced, timed := float64(l.Checkpoints["wal"]), float64(l.Checkpoints["time"])
	if forced < forcedTimes.In(c)*timed {
		forced = 0
	}
	few := max(forced, float64(l.TooFrequent)) < forcedCount.In(c)
	inRow := forced > 0 && float64(l.Paced.NoPause) >= forcedInRow.In(c)
	if few && !inRow && (l.TooFrequent == 0 || timed > 0 && forced == 0) {
		return false
	}
	var e rule.Evidence
	e.Number("checkpoints that WAL started", opt.Of(float64(l.Checkpoints["wal"])), "", string(workload.ViewLog))
	e.Number("checkpoints that the clock started", opt.Of(timed), "", string(workload.ViewLog))
	e.Number("warnings that checkpoints are too frequent", opt.Of(float64(l.TooFrequent)), "", string(workload.ViewLog))
	if l.Paced.NoPause > 0 {
		e.Number("checkpoints that WAL started as soon as the one before had ended", opt.Of(float64(l.Paced.NoPause)), "", string(workload.ViewLog))
	}
	if l.WAL.Count > 0 {
		e.Number("WAL of the checkpoint with most", opt.Of(l.WAL.Largest), "bytes", string(workload.ViewLog))
	}
	f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Low, Evidence: e}}
	if inRow {
		f.Severity = finding.Medium
	}
	f.Title = redact.Sprintf("WAL volume forces checkpoints: %s in the server log, %s by the clock", figures.Count(float64(l.Checkpoints["wal"])), figures.Count(timed))
	if l.Checkpoints["wal"] == 0 {
		f.Title = redact.Sprintf("WAL volume forces checkpoints: %s in the server log that they are too frequent", figures.Plural(l.TooFrequent, "warning"))
	}
	if every, ok := forcedEvery(l); ok {
		f.Detail = redact.Sprintf("One started every %s on average.", figures.Ms(every))
	}
	if inRow {
		f.Detail = redact.Append(f.Detail, "%s of them started as soon as the one before had ended.", figures.Count(float64(l.Paced.NoPause)))
	}
	if l.WAL.Count > 0 {
		f.Detail = redact.Append(f.Detail, "Up to %s of WAL lie between one and the next.", figures.Bytes(l.WAL.Largest))
	}
	f.Detail = redact.Append(f.Detail, "After each checkpoint, the first change of a page writes the whole page to the WAL.")
	setting, wal := cmp.Or(l.CheckpointSetting, "max_wal_size"), "wal"
	if setting == "checkpoint_segments" {
		wal = "xlog"
	}
	f.Fix = redact.Sprintf("Raise %s, so that checkpoint_timeout decides, if the disk has space for that and for what replication slots retain. Then check that the log shows \"checkpoint starting: time\" instead of \"%s\".", setting, wal)
	if few {
		f.Tag = finding.Concern
		f.Decide("Is this the usual load, and not one bulk load or index build?", "the log of a longer time", "leave the setting as it is")
		if inRow {
			f.Fix = redact.Append(f.Fix, "Find out what writes so much: wal_bytes in pg_stat_statements, the most first.")
		}
	}
	found(f)
	return true
}

// forcedEvery returns the average time in ms from one checkpoint that WAL started to the next,
// if the log has no other checkpoints between them.
func forcedEvery(l *workload.Log) (ms float64, ok bool) {
	p := l.Paced
	if p.Starts < 3 || l.Checkpoints["wal"] != p.Starts || len(l.Checkpoints) > 1 || !p.Last.After(p.First) {
		return 0, false
	}
	return float64(p.Last.Sub(p.First).Milliseconds()) / float64(p.Starts-1), true
}
