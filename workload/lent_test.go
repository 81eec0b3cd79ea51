package workload

import (
	"fmt"
	"strings"
	"testing"
)

// What is kept of a row of statements is not changed by the rows after it, whose values
// take the place of its own (see rows.Reader.Lend). Semicolons are not lent.
func TestStatementsKeepNothingLent(t *testing.T) {
	for _, columns := range []string{
		"query,calls,total_exec_time,mean_exec_time,rows",
		"queryid,calls,total_exec_time",
		"userid,dbid,toplevel,queryid,query,calls,total_exec_time,stats_since",
		"rolname,datname,query,calls,total_time,exported_at",
		"queryid,query,calls,total_exec_time,percent",
	} {
		read := func(comma string) *Snapshot {
			var b strings.Builder
			b.WriteString(strings.ReplaceAll(columns, ",", comma))
			for i := range 1500 {
				b.WriteByte('\n')
				for at, column := range strings.Split(columns, ",") {
					if at > 0 {
						b.WriteString(comma)
					}
					switch column {
					case "query":
						if i%7 == 0 {
							b.WriteString(HiddenText)
						} else {
							fmt.Fprintf(&b, "SELECT a%d FROM t%d WHERE b = $1", i, i*i)
						}
					case "queryid":
						fmt.Fprint(&b, i*7919)
					case "userid", "dbid", "datname", "rolname":
						fmt.Fprintf(&b, "1%s%d", column[:1], i%40)
					case "toplevel":
						b.WriteString([]string{"t", "f"}[i%2])
					case "stats_since", "exported_at":
						fmt.Fprintf(&b, "2026-03-0%d 10:11:12+00", 1+i%3)
					case "percent":
						fmt.Fprintf(&b, "0.%d%%", i%90)
					default:
						fmt.Fprintf(&b, "%d.5", i)
					}
				}
			}
			s := new(Snapshot)
			if _, err := s.Read("statements", strings.NewReader(b.String())); err != nil {
				t.Fatal(err)
			}
			return s
		}
		lent, own := read(","), read(";")
		if len(lent.Statements) != len(own.Statements) || len(own.Statements) < 200 {
			t.Fatalf("%s: %d and %d statements", columns, len(lent.Statements), len(own.Statements))
		}
		for i, a := range lent.Statements {
			b := own.Statements[i]
			if a.QueryID != b.QueryID || a.Query.Raw() != b.Query.Raw() || a.Database != b.Database || a.TopLevel != b.TopLevel || a.rare().row != b.rare().row || a.Calls != b.Calls || a.TotalMs != b.TotalMs || a.StatsSince() != b.StatsSince() {
				t.Fatalf("%s, statement %d: %+v, want %+v", columns, i, *a, *b)
			}
		}
		if fmt.Sprint(lent.Databases()) != fmt.Sprint(own.Databases()) || lent.ExportedAt != own.ExportedAt {
			t.Errorf("%s: databases %v of %v, want %v of %v", columns, lent.Databases(), lent.ExportedAt, own.Databases(), own.ExportedAt)
		}
	}
}
