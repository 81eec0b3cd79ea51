package design

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// hasWord reports whether one of some words is among a name's.
func hasWord(words []string, list ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
}

// records are the words of tables of what was sent, asked for or waits.
var records = words("activity trace attempt request visit view click export stage raw queue job outbox inbox notification message delivery revision deleted cache")

// IsRecord reports whether a table notes what happened, was sent or waits, by its name:
// its rows are copies, and are not looked after.
func (t *Table) IsRecord() bool {
	return t.IsLog() || slices.ContainsFunc(Words(t.Name.Name), func(w string) bool { return records[InSingular(w)] })
}

// foreignWords are words of columns whose values another system makes.
var foreignWords = []string{"http", "response", "exit", "external", "provider", "stripe", "paypal", "gateway", "remote", "upstream", "raw", "oauth", "csrf", "saml", "idp", "github", "gitlab", "aws", "k8s"}

// IsChoice reports whether the name of a column says that it holds one of a few fixed
// values, and sure whether the name leaves no doubt: status, order_state, kind.
func (t *Table) IsChoice(col *catalog.Column) (choice, sure bool) {
	words := Words(col.Name)
	if len(words) == 0 || hasWord(words, foreignWords...) {
		return false, false
	}
	switch words[len(words)-1] {
	case "status", "substatus":
		sure = true
	case "state":
		if t.hasAddress() || hasWord(words, "address", "billing", "shipping", "home", "us", "session") || hasWord(Words(t.Name.Name), "oauth", "oauth2", "oidc", "auth", "session", "address", "city", "country") {
			return false, false
		}
		sure = true
	case "type":
		other := strings.TrimSuffix(strings.Join(words, "_"), "type") + "id"
		polymorphic := slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return strings.Join(Words(c.Name), "_") == other })
		return !polymorphic && !hasWord(words, "mime", "content", "media", "file", "class", "grant", "token"), false
	case "kind", "stage", "phase", "priority", "severity", "mode", "visibility", "gender", "sex", "role", "level", "tier", "frequency", "outcome":
		return true, false
	default:
		return false, false
	}
	return true, sure && !t.IsLog() && !hasWord(words, "old", "new", "previous", "prev", "last", "from", "to", "before", "after")
}

// hasAddress reports whether the table has a postal address.
func (t *Table) hasAddress() bool {
	return slices.ContainsFunc(t.Columns, func(c catalog.Column) bool {
		return hasWord(Words(c.Name), "city", "zip", "zipcode", "postal", "postcode", "street", "country", "county")
	})
}

// Range returns the condition of the values that a number can have, by the name of its
// column; empty if the name does not say.
func Range(col *catalog.Column) (low, high string) {
	words := Words(col.Name)
	for len(words) > 1 && slices.Contains([]string{"cents", "minor", "micros", "eur", "usd", "gbp", "amount", "value"}, words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	if len(words) == 0 || hasWord(words, "delta", "change", "diff", "difference", "adjustment", "growth", "variance") {
		return "", ""
	}
	last := words[len(words)-1]
	switch {
	case slices.Contains([]string{"id", "type", "kind", "code", "version", "at", "on"}, last):
		return "", ""
	case hasWord(words, "percent", "percentage", "pct"):
		if len(col.Type.Mods) == 2 && col.Type.Mods[0] <= col.Type.Mods[1]+1 {
			return "0", "1" // numeric(5,4)
		}
		return "0", "100"
	case hasWord(words, "quantity", "qty"), words[0] == "price" && !hasWord(words, "level", "index"):
		return "0", ""
	}
	switch last {
	case "price", "stock", "stars", "rating":
		return "0", ""
	case "age":
		if len(words) == 1 {
			return "0", "150"
		}
	case "latitude", "longitude":
		if IsInteger(col.Type) {
			return "", "" // in some unit
		}
		return map[string]string{"latitude": "-90", "longitude": "-180"}[last], map[string]string{"latitude": "90", "longitude": "180"}[last]
	}
	return "", ""
}

// IsLoaded reports whether data is loaded into a table as it comes, by its name.
func (t *Table) IsLoaded() bool {
	return hasWord(Words(t.Name.Name), "staging", "stage", "stg", "import", "imports", "imported", "raw", "tmp", "temp", "landing", "load")
}

// people are the nouns of tables whose rows are who logs in or is written to.
var people = []string{"user", "account", "member", "customer", "person", "admin", "administrator", "employee", "subscriber", "student", "teacher", "patient", "client", "login", "identity", "author", "staff", "operator", "merchant", "vendor", "owner", "agent", "contact"}

// Identifies reports whether the name of a column says that its value is one row's
// alone: a user's email, a slug, an invoice_no. The email of an order, or the code of
// what is only listed in another row, is a copy.
func (t *Table) Identifies(col *catalog.Column) bool {
	words := Words(col.Name)
	if len(words) == 0 || t.IsRecord() || t.References(col.Name) != nil {
		return false
	}
	table := Words(t.Name.Name)
	noun := InSingular(table[len(table)-1])
	table[len(table)-1] = noun
	entity := len(t.Referrers()) > 0 || len(t.ForeignKeys()) == 0
	name, last := strings.Join(words, "_"), words[len(words)-1]
	switch name {
	case "email", "email_address", "e_mail", "mail":
		return slices.Contains(people, noun) && entity || hasPassword(t)
	case "username", "user_name", "login", "login_name", "handle", "iban":
		return entity || slices.Contains(people, noun)
	case "sku", "isbn", "ean", "vin":
		return entity || hasWord(table, "product", "variant", "article", "book", "vehicle", "car", "material")
	case "code":
		return len(t.Referrers()) > 0 || hasWord(table, "coupon", "voucher", "promo", "promotion", "discount", "country", "currency", "language", "invite", "invitation", "course", "product", "department")
	case "slug", "external_id", "token", "token_hash", "access_token", "refresh_token", "session_token", "api_key":
		return true
	}
	return slices.Equal(words[:len(words)-1], table) && slices.Contains([]string{"no", "nr", "number", "code", "key"}, last) && noun != "phone" && noun != "bank"
}

func hasPassword(t *Table) bool {
	return slices.ContainsFunc(t.Columns, func(c catalog.Column) bool {
		return hasWord(Words(c.Name), "password", "passwd", "passhash", "pwhash")
	})
}
