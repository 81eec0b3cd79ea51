package dialect

import "testing"

// FuzzParse feeds what is no SQL to both parsers: they return an error, or a statement
// that a schema can play.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		shop, library, "ALTER TABLE t ADD COLUMN a INT FIRST, ALGORITHM=INSTANT", "CREATE INDEX i ON t ((lower(a))) LOCK=NONE", "RENAME TABLE a TO b, c TO d",
		"DELIMITER //\nCREATE PROCEDURE p() BEGIN IF 1 THEN SELECT 1; END IF; END//", "/*!40101 SET NAMES utf8 */;", "INSERT INTO n (a, b) SELECT a, NULL FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;",
		"CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; END;", "ALTER TABLE t MODIFY e ENUM('a','b')",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, e := range []Engine{MySQL, SQLite} {
			s := NewSchema(e, Version{})
			var list []*Effect
			for _, p := range Split(e, text) {
				if p.Start >= p.End || p.End > len(text) {
					t.Fatalf("piece %v of %q", p, text)
				}
				if st, err := Parse(e, text[p.Start:p.End]); err == nil {
					s.Now++
					list = append(list, s.Run(st, 1))
				}
			}
			for _, c := range Copies(list) {
				c.Forgotten(list)
				c.NotCopied()
				c.Dropped()
				c.Misplaced()
				c.Unfilled()
			}
			Standard(e, text)
		}
	})
}
