package workload

import (
	"strings"
	"testing"
)

// A counter of live rows is no row count where it only knows of the rows since
// a reset.
func TestForgetLive(t *testing.T) {
	const (
		counters = "relname,seq_scan,seq_tup_read,n_tup_ins,n_tup_upd,n_tup_del,n_live_tup,n_dead_tup"
		times    = ",last_vacuum,last_autovacuum,last_analyze,last_autoanalyze\n"
		class    = "relname,relkind,relpages,reltuples\n"
		off      = "name,setting\nautovacuum,off\n"
	)
	tests := map[string]struct {
		views []string
		known bool
	}{
		"a scan read more than was inserted":    {[]string{counters + times + "t,4,24000000,120,14500,0,120,14380,,,,\n"}, false},
		"more deleted than inserted":            {[]string{counters + times + "t,0,0,100,0,5000,0,5000,,,,\n"}, false},
		"rows updated, none inserted":           {[]string{counters + times + "t,0,0,0,50,0,0,50,,,,\n"}, false},
		"a scan read more, inserts not known":   {[]string{"relname,seq_scan,seq_tup_read,n_live_tup,n_dead_tup\nt,3,18000000,150,60000\n"}, false},
		"more pages than row versions":          {[]string{counters + times + "t,0,0,120,44500,0,120,44380,,,,\n", class + "t,r,250000,-1\n"}, false},
		"autovacuum never came, no pg_class":    {[]string{counters + times + "t,0,0,120,44500,0,120,44380,,,,\n"}, false},
		"autovacuum never came, it is off":      {[]string{counters + times + "t,0,0,120,44500,0,120,44380,,,,\n", off}, true},
		"autovacuum never came, few pages":      {[]string{counters + times + "t,0,0,120,44500,0,120,44380,,,,\n", class + "t,r,400,-1\n"}, true},
		"its times were not exported":           {[]string{counters + "\nt,0,0,120,44500,0,120,44380\n"}, true},
		"all rows were inserted and counted":    {[]string{counters + times + "t,4,4000,1000,10,0,1000,10,,,,\n"}, true},
		"rows came and went":                    {[]string{counters + times + "t,10,5000,1000,0,900,100,50,,,,\n"}, true},
		"ANALYZE has set the counter right":     {[]string{counters + times + "t,4,24000000,120,14500,0,120,14380,,,2026-01-01 10:00:00+00,\n"}, true},
		"autovacuum has set the counter right":  {[]string{counters + times + "t,4,24000000,120,14500,0,120,14380,,2026-01-01 10:00:00+00,,\n"}, true},
		"a scan that a LIMIT ended read little": {[]string{counters + times + "t,4,40,1000,0,0,1000,0,,,,\n", class + "t,r,9,1000\n"}, true},
	}
	for name, test := range tests {
		s := new(Snapshot)
		for _, text := range test.views {
			s.Fill(exported(t, text))
		}
		forgot := len(s.ForgetLive()) > 0
		if known := s.Table("", "t").Live.Known(); known != test.known || forgot == known {
			t.Errorf("%s: known %v", name, known)
		}
	}
}

func exported(t *testing.T, text string) *Snapshot {
	t.Helper()
	s := new(Snapshot)
	if got, err := s.Read("x.csv", strings.NewReader(text)); err != nil || len(got.Warnings) > 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	return s
}
