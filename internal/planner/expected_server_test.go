package planner

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/pgtest"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

// expectedStatements are statements on one to four tables, with values that
// some rows have.
func expectedStatements() []string {
	r := rand.New(rand.NewPCG(11, 11))
	var list []string
	for _, of := range []struct {
		times int
		text  string
		most  int
	}{
		{3, "SELECT * FROM people WHERE place_id = %d", 5000},
		{3, "SELECT * FROM people WHERE score > %d AND kind = 'a'", 9000},
		{2, "SELECT id FROM visits WHERE id BETWEEN 1000 AND %d", 3000},
		{3, "SELECT * FROM visits WHERE person_id = %d ORDER BY at DESC LIMIT 20", 60000},
		{2, "SELECT count(*) FROM visits WHERE minutes > %d", 500},
		{2, "SELECT * FROM visits v WHERE v.place_id = %d ORDER BY v.minutes", 5000},
		{2, "SELECT count(*) FROM items WHERE product = %d", 8000},
		{2, "SELECT * FROM items WHERE price < %d AND color = 3", 40},
		{2, "SELECT person_id FROM visits WHERE person_id < %d", 300},
		{2, "UPDATE people SET score = 0 WHERE place_id = %d", 5000},
		{2, "SELECT kind, count(*) FROM people WHERE score < %d GROUP BY kind", 5000},
		{1, "SELECT DISTINCT person_id FROM visits WHERE place_id = %d", 5000},
		{3, "SELECT * FROM people p LEFT JOIN visits v ON v.person_id = p.id WHERE p.place_id = %d", 5000},
		{3, "SELECT * FROM people p WHERE p.place_id = %d AND EXISTS (SELECT 1 FROM visits v WHERE v.person_id = p.id)", 5000},
		{1, "DELETE FROM items WHERE visit_id = %d", 200000},
		{4, "SELECT * FROM people p JOIN visits v ON v.person_id = p.id WHERE p.place_id = %d", 5000},
		{4, "SELECT * FROM people p JOIN visits v ON v.person_id = p.id WHERE p.id = %d", 60000},
		{4, "SELECT * FROM visits v JOIN items i ON i.visit_id = v.id WHERE v.person_id = %d", 60000},
		{3, "SELECT * FROM visits v JOIN items i ON i.visit_id = v.id WHERE i.product = %d", 8000},
		{3, "SELECT count(*) FROM places l JOIN people p ON p.place_id = l.id WHERE l.size = %d", 900},
		{4, "SELECT * FROM places l JOIN people p ON p.place_id = l.id JOIN visits v ON v.person_id = p.id WHERE l.id = %d", 5000},
		{4, "SELECT * FROM places l JOIN people p ON p.place_id = l.id JOIN visits v ON v.person_id = p.id WHERE l.size = %d", 900},
		{4, "SELECT * FROM people p JOIN visits v ON v.person_id = p.id JOIN items i ON i.visit_id = v.id WHERE p.place_id = %d", 5000},
		{3, "SELECT * FROM places l JOIN people p ON p.place_id = l.id JOIN visits v ON v.person_id = p.id JOIN items i ON i.visit_id = v.id WHERE l.size = %d", 900},
		{3, "SELECT * FROM places l JOIN people p ON p.place_id = l.id JOIN visits v ON v.person_id = p.id JOIN items i ON i.visit_id = v.id WHERE p.id = %d ORDER BY i.price LIMIT 5", 60000},
	} {
		for range of.times {
			list = append(list, fmt.Sprintf(of.text, 1+r.IntN(of.most)))
		}
	}
	return list
}

// scansOf are the ways in which a plan reads its tables.
func scansOf(root *plan.Node) []string {
	var list []string
	if root.Relation != "" || root.Index != "" {
		list = append(list, strings.Join([]string{root.Type, root.Relation, root.Index}, " "))
	}
	for _, c := range root.Children {
		list = append(list, scansOf(c)...)
	}
	slices.Sort(list)
	return list
}

// The plan that is expected of a statement is the planner's own.
func TestExpectedAgainstServer(t *testing.T) {
	s := pgtest.Start(t)
	s.PSQL(suiteSchema + `
		CREATE INDEX people_place_id_idx ON people (place_id);
		CREATE INDEX visits_person_id_idx ON visits (person_id);
		CREATE INDEX visits_at_idx ON visits (at);
		CREATE INDEX items_visit_id_idx ON items (visit_id);`)
	a := plannerOf(s.Snapshot())
	statements := expectedStatements()
	alike := 0
	for i, text := range s.ExplainJSON(statements) {
		plans, err := plan.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		q, err := sql.Parse(statements[i])
		if err != nil {
			t.Fatal(err)
		}
		e, why := a.PlanQuery(q)
		if why != "" {
			t.Errorf("%s: %s", statements[i], why)
			continue
		}
		got, want := e.With(nil), plans[0].Root
		off := math.Abs(got.TotalCost.Or(0)-want.TotalCost.Or(0)) / want.TotalCost.Or(1)
		if off <= 0.05 && slices.Equal(scansOf(got), scansOf(want)) {
			alike++
		} else if os.Getenv("PGVERDICT_SUITE") != "" {
			t.Logf("%s\n  expected %.2f %q\n  planned  %.2f %q", statements[i], got.TotalCost.Or(0), scansOf(got), want.TotalCost.Or(0), scansOf(want))
		}
	}
	t.Logf("%d of %d plans as the server makes them: same scans, same indexes, cost within 5%%", alike, len(statements))
	if float64(alike) < 0.9*float64(len(statements)) {
		t.Error("fewer than nine in ten")
	}
}
