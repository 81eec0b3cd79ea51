package sql

import "testing"

// The beginning of a statement tells what it does, and to which table, unless it is cut within
// the table's name or is no SQL.
func TestGist(t *testing.T) {
	for text, want := range map[string]string{
		"UPDATE parcels SET flag = 1 WHERE ...":                                 "parcels",
		"SELECT count(*), (SELECT 1 FROM x) FROM app.parcels WHERE st = ...":    "app.parcels",
		"/* nightly */ DELETE FROM ONLY \"Logs\" WHERE at < ... AND k IN (...)": "Logs",
		"INSERT INTO parcels (id, no…":                                          "parcels",
		"SELECT … FROM parcels WHERE state=$1 LIMIT/OFFSET":                     "parcels",
		"MERGE INTO parcels p USING...":                                         "parcels",
		"SELECT a.id FROM order_ite…":                                           "?",
		"SELECT a.id FROM order_ite...":                                         "",
		"SELECT a.id FROM app...":                                               "",
		"SELECT * FROM generate_series(1, ...":                                  "",
		"SELECT * FROM (SELECT a FROM ...":                                      "",
		"SELECT invoice by number":                                              "",
		"refresh_totals() RPC":                                                  "",
		"WITH a AS (...":                                                        "",
		"":                                                                      "",
	} {
		got := ""
		if q := Gist(text); q != nil && len(q.Tables) == 0 {
			got = "?"
		} else if q != nil {
			if got = q.Tables[0].Name; q.Tables[0].Schema != "" {
				got = q.Tables[0].Schema + "." + got
			}
		}
		if got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}
