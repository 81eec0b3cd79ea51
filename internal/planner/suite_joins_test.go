package planner

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// suiteMore are further tables to join: small ones, and one with declared
// foreign keys.
const suiteMore = `
CREATE TABLE brands (id int PRIMARY KEY, name text NOT NULL, grade smallint NOT NULL);
INSERT INTO brands SELECT g, 'brand ' || g, g % 7 FROM generate_series(1, 400) g;
CREATE TABLE products (id int PRIMARY KEY, brand_id int NOT NULL, title text NOT NULL, weight int NOT NULL);
INSERT INTO products SELECT g, 1 + (random() ^ 2 * 399)::int, md5(g::text), (random() * 5000)::int FROM generate_series(0, 8000) g;
CREATE TABLE colors (id smallint PRIMARY KEY, name text NOT NULL);
INSERT INTO colors SELECT g, 'color ' || g FROM generate_series(0, 12) g;
CREATE TABLE reviews (id bigint PRIMARY KEY, product_id int NOT NULL REFERENCES products, person_id int REFERENCES people, stars smallint NOT NULL, at timestamptz NOT NULL);
INSERT INTO reviews SELECT g, (random() ^ 2 * 8000)::int, CASE WHEN random() < 0.9 THEN 1 + (random() * 59999)::int END, 1 + (random() * 4)::int,
	'2025-01-01'::timestamptz + g * interval '4 minutes' FROM generate_series(1, 120000) g;
CREATE TABLE addresses (id bigint PRIMARY KEY, city int NOT NULL, zip int NOT NULL, land text NOT NULL, house int NOT NULL);
INSERT INTO addresses SELECT g, c, c * 5 + (random() * 4)::int, 'l' || c / 40, (random() * 100)::int FROM (SELECT g, (random() ^ 2 * 400)::int AS c FROM generate_series(1, 150000) g) x;
CREATE STATISTICS addresses_all ON city, zip, land FROM addresses;
CREATE TABLE routes (id bigint PRIMARY KEY, hub int NOT NULL, spoke int NOT NULL, mode text NOT NULL);
INSERT INTO routes SELECT g, s / 20, s, 'm' || g % 3 FROM (SELECT g, (random() * 2000)::int AS s FROM generate_series(1, 150000) g) x;
CREATE STATISTICS routes_by (dependencies, ndistinct) ON hub, spoke FROM routes;
CREATE TABLE stops (id bigint PRIMARY KEY, spot point NOT NULL, seen timestamptz NOT NULL);
INSERT INTO stops SELECT g, point(random() * 100, random() * 100), '2025-01-01'::timestamptz + g * interval '2 minutes' FROM generate_series(1, 200000) g;
CREATE TABLE stays (id bigint PRIMARY KEY, room int NOT NULL, during tstzrange NOT NULL, area box);
INSERT INTO stays SELECT g, (random() * 300)::int, tstzrange(t, t + random() * interval '5 days'), CASE WHEN random() < 0.9 THEN box(point(random() * 90, random() * 90), point(90 + random() * 9, 95)) END
	FROM (SELECT g, '2025-01-01'::timestamptz + random() * interval '300 days' AS t FROM generate_series(1, 150000) g) x;
VACUUM ANALYZE;
`

// suiteValues are what stands for {a name} in a statement.
var suiteValues = map[string]func(*rand.Rand) string{
	"{place}":   upTo(900),
	"{person}":  upTo(60000),
	"{product}": upTo(8000),
	"{brand}":   upTo(400),
	"{visit}":   upTo(250000),
	"{size}":    upTo(1000),
	"{weight}":  upTo(5000),
	"{grade}":   upTo(6),
	"{color}":   upTo(12),
	"{stars}":   upTo(4),
	"{minutes}": upTo(600),
	"{score}":   upTo(9000),
	"{city}":    upTo(400),
	"{land}":    func(r *rand.Rand) string { return fmt.Sprintf("'l%d'", r.IntN(10)) },
	"{hub}":     upTo(100),
	"{at}":      suiteTables["visits"][2].value,
	"{born}":    suiteTables["people"][2].value,
	"{limit}":   func(r *rand.Rand) string { return []string{"1", "10", "100"}[r.IntN(3)] },
}

// suiteJoins are joins of two to eight tables with an index each that one of
// them may use: chains and stars, ordered and cut, summed up, semi, anti and
// outer joins.
func suiteJoins() []pair {
	const chain = "places l JOIN people p ON p.place_id = l.id JOIN visits v ON v.person_id = p.id"
	const star = "items i JOIN visits v ON v.id = i.visit_id JOIN products d ON d.id = i.product JOIN brands b ON b.id = d.brand_id JOIN colors c ON c.id = i.color"
	const reviewed = "reviews r JOIN products d ON d.id = r.product_id JOIN brands b ON b.id = d.brand_id"
	return drawn(11, []template{
		{"SELECT * FROM " + chain + " WHERE l.size = {size}", "people (place_id)"},
		{"SELECT * FROM " + chain + " WHERE p.score > {score} AND l.size < {size}", "visits (person_id)"},
		{"SELECT p.id, v.at FROM " + chain + " WHERE l.size = {size} ORDER BY v.at", "visits (person_id)"},
		{"SELECT p.id, v.at FROM " + chain + " WHERE v.at > {at} ORDER BY v.at LIMIT {limit}", "visits (at)"},
		{"SELECT * FROM people p JOIN visits v ON v.person_id = p.id WHERE p.kind = 'a' ORDER BY v.at DESC LIMIT {limit}", "visits (at)"},
		{"SELECT * FROM people p JOIN visits v ON v.person_id = p.id ORDER BY p.id LIMIT {limit}", "visits (person_id)"},
		{"SELECT * FROM people p JOIN visits v ON v.person_id = p.id WHERE v.minutes = {minutes}", "visits (minutes)"},
		{"SELECT v.id, i.price FROM visits v JOIN items i ON i.visit_id = v.id WHERE v.id < {visit} ORDER BY v.id", "items (visit_id)"},
		{"SELECT * FROM visits v JOIN items i ON i.visit_id = v.id WHERE v.at > {at} AND i.price > 290", "items (visit_id)"},
		{"SELECT * FROM " + star + " WHERE v.person_id = {person}", "items (visit_id)"},
		{"SELECT * FROM " + star + " WHERE v.person_id = {person}", "visits (person_id)"},
		{"SELECT * FROM " + star + " WHERE b.id = {brand}", "items (product)"},
		{"SELECT * FROM " + star + " WHERE b.grade = {grade} AND v.place_id = {place}", "visits (place_id)"},
		{"SELECT i.id, b.name FROM " + star + " WHERE d.weight = {weight}", "items (product)"},
		{"SELECT b.name, count(*) FROM " + star + " WHERE v.place_id = {place} GROUP BY b.name", "visits (place_id)"},
		{"SELECT sum(i.price) FROM " + star + " WHERE d.id = {product}", "items (product)"},
		{"SELECT * FROM " + star + " JOIN people p ON p.id = v.person_id JOIN places l ON l.id = p.place_id JOIN reviews r ON r.product_id = d.id AND r.person_id = p.id WHERE l.id = {place}", "visits (person_id)"},
		{"SELECT * FROM " + star + " JOIN people p ON p.id = v.person_id JOIN places l ON l.id = v.place_id WHERE i.id = {visit}", "people (place_id)"},
		{"SELECT i.id FROM " + star + " JOIN people p ON p.id = v.person_id JOIN places l ON l.id = p.place_id WHERE l.size = {size} AND b.grade = {grade}", "people (place_id)"},
		{"SELECT * FROM " + reviewed + " WHERE b.id = {brand} AND r.stars = {stars}", "reviews (product_id)"},
		{"SELECT * FROM " + reviewed + " WHERE r.person_id = {person}", "reviews (person_id)"},
		{"SELECT * FROM " + reviewed + " WHERE b.grade = {grade} ORDER BY r.at DESC LIMIT {limit}", "reviews (at)"},
		{"SELECT d.id, avg(r.stars) FROM " + reviewed + " WHERE b.id = {brand} GROUP BY d.id", "reviews (product_id)"},
		{"SELECT count(*) FROM " + reviewed + " WHERE d.weight < {weight}", "reviews (product_id)"},
		{"SELECT * FROM people p JOIN visits v ON v.person_id = p.id JOIN reviews r ON r.person_id = p.id WHERE p.id = {person}", "reviews (person_id)"},
		{"SELECT * FROM people p JOIN visits v ON v.person_id = p.id JOIN reviews r ON r.person_id = v.person_id WHERE p.place_id = {place}", "reviews (person_id)"},
		{"SELECT * FROM people p WHERE p.place_id = {place} AND EXISTS (SELECT 1 FROM visits v WHERE v.person_id = p.id)", "visits (person_id)"},
		{"SELECT * FROM people p WHERE p.kind = 'a' AND EXISTS (SELECT 1 FROM visits v WHERE v.person_id = p.id AND v.minutes = {minutes})", "visits (person_id)"},
		{"SELECT * FROM people p WHERE p.id IN (SELECT v.person_id FROM visits v WHERE v.place_id = {place})", "visits (place_id)"},
		{"SELECT * FROM visits v WHERE v.person_id IN (SELECT id FROM people WHERE place_id = {place})", "visits (person_id)"},
		{"SELECT * FROM visits v WHERE v.person_id IN (SELECT id FROM people WHERE place_id = {place})", "people (place_id)"},
		{"SELECT * FROM products d WHERE d.brand_id = {brand} AND NOT EXISTS (SELECT 1 FROM reviews r WHERE r.product_id = d.id)", "reviews (product_id)"},
		{"SELECT * FROM people p WHERE p.score > {score} AND NOT EXISTS (SELECT 1 FROM visits v WHERE v.person_id = p.id)", "visits (person_id)"},
		{"SELECT * FROM people p LEFT JOIN visits v ON v.person_id = p.id WHERE p.place_id = {place}", "visits (person_id)"},
		{"SELECT p.id, count(v.id) FROM people p LEFT JOIN visits v ON v.person_id = p.id WHERE p.place_id = {place} GROUP BY p.id", "visits (person_id)"},
		{"SELECT * FROM visits v LEFT JOIN items i ON i.visit_id = v.id WHERE v.person_id = {person}", "items (visit_id)"},
		{"SELECT * FROM people p LEFT JOIN reviews r ON r.person_id = p.id LEFT JOIN products d ON d.id = r.product_id WHERE p.id = {person}", "reviews (person_id)"},
		{"SELECT * FROM people p LEFT JOIN reviews r ON r.person_id = p.id WHERE p.place_id = {place} AND r.id IS NULL", "reviews (person_id)"},
		{"SELECT * FROM places l JOIN people p ON p.place_id = l.id LEFT JOIN visits v ON v.person_id = p.id AND v.minutes > 500 WHERE l.size = {size} ORDER BY p.id LIMIT {limit}", "people (place_id)"},
		{"SELECT DISTINCT v.place_id FROM people p JOIN visits v ON v.person_id = p.id WHERE p.place_id = {place}", "visits (person_id)"},
		{"SELECT l.country, count(*) FROM " + chain + " WHERE l.size > {size} GROUP BY l.country ORDER BY l.country", "visits (person_id)"},
		{"SELECT * FROM addresses WHERE city = {city} AND zip = {zip}", "addresses (city)"},
		{"SELECT * FROM addresses WHERE city = {city} AND land = {land}", "addresses (city)"},
		{"SELECT * FROM addresses WHERE city = {city} AND land = {land} AND house > 50", "addresses (land, city)"},
		{"SELECT city, zip, count(*) FROM addresses WHERE land = {land} GROUP BY city, zip", "addresses (land)"},
		{"SELECT * FROM routes WHERE hub = {hub} AND spoke = {spoke}", "routes (hub, spoke)"},
		{"SELECT * FROM routes WHERE hub = {hub} AND spoke = {spoke} AND mode = 'm1'", "routes (spoke)"},
		{"SELECT hub, spoke, max(id) FROM routes GROUP BY hub, spoke", "routes (hub, spoke)"},
		{"SELECT * FROM stops WHERE seen > {at}", "stops USING brin (seen)"},
		{"SELECT count(*) FROM stops WHERE seen BETWEEN {at} AND {at}::timestamptz + '1 day'", "stops USING brin (seen)"},
		{"SELECT * FROM stops ORDER BY spot <-> '(3,4)' LIMIT {limit}", "stops USING gist (spot)"},
		{"SELECT a.id, b.id FROM visits a JOIN visits b ON b.person_id = a.person_id AND b.at = a.at WHERE a.place_id = {place}", "visits (person_id, at)"},
		{"SELECT count(*) FROM reviews r JOIN products d ON d.id = r.product_id WHERE d.brand_id = {brand} AND r.stars = {stars} OR d.weight = {weight} AND r.stars = 2", "reviews (product_id)"},
		{"SELECT r.id FROM reviews r JOIN products d ON d.id = r.product_id WHERE r.at > {at} AND (d.weight = {weight} AND r.stars = {stars} OR d.weight = {weight})", "reviews (product_id)"},
	})
}

// template is a pair with {names} for the values that suiteValues gives.
type template struct{ statement, on string }

// drawn are pairs of each template, with values.
func drawn(seed uint64, templates []template) []pair {
	r := rand.New(rand.NewPCG(seed, seed))
	var list []pair
	for _, t := range templates {
		for range 5 {
			list = append(list, pair{linked(filled(t.statement, r)), t.on})
		}
	}
	return list
}

// filled puts a value for each name into a statement, the same for all places
// where it stands.
func filled(text string, r *rand.Rand) string {
	for _, name := range slices.Sorted(maps.Keys(suiteValues)) {
		if strings.Contains(text, name) {
			text = strings.ReplaceAll(text, name, suiteValues[name](r))
		}
	}
	return text
}

// linked gives {zip} and {spoke} the values that go with the city and the hub.
func linked(text string) string {
	for name, of := range map[string]struct {
		column       string
		times, added int
	}{"{zip}": {"city = ", 5, 2}, "{spoke}": {"hub = ", 20, 3}} {
		if _, after, ok := strings.Cut(text, of.column); ok && strings.Contains(text, name) {
			var n int
			_, _ = fmt.Sscan(after, &n)
			text = strings.ReplaceAll(text, name, fmt.Sprint(n*of.times+of.added))
		}
	}
	return text
}
