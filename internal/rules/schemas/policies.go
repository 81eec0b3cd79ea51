package schemas

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// securedByCode reports whether a DO block or a function of the migrations enables row
// level security or creates policies by statements that it puts together: what the
// catalog holds of them is not all.
var securedByCode = rule.Derive(func(c *rule.Case) bool {
	if c.Migration == nil {
		return false
	}
	for _, f := range c.Migration.Files {
		for _, s := range f.Statements {
			text := strings.ToLower(s.Text)
			if (s.Tree.Kind == "DoStmt" || s.Tree.Kind == "CreateFunctionStmt") && strings.Contains(text, "execute") && (strings.Contains(text, "row level security") || strings.Contains(text, "create policy")) {
				return true
			}
		}
	}
	return false
})

// apiRoles are the roles that a hosted API in front of the database gives to its
// users: those who signed in, and all others.
var apiRoles = map[string]bool{"anon": true, "authenticated": true}

// commandsOf are the commands that policies are for.
var commandsOf = [...]string{"SELECT", "INSERT", "UPDATE", "DELETE"}

// sharedRole returns a role to which two policies apply; empty if there is none.
func sharedRole(a, b *catalog.Policy) string {
	switch {
	case design.ForEveryone(a) && design.ForEveryone(b):
		return "every role"
	case design.ForEveryone(a):
		return b.Roles[0]
	case design.ForEveryone(b):
		return a.Roles[0]
	}
	for _, r := range a.Roles {
		for _, o := range b.Roles {
			if r == o {
				return r
			}
		}
	}
	return ""
}

// sharedCommand returns a command to which two policies apply; empty if there is none.
func sharedCommand(a, b *catalog.Policy) string {
	for _, command := range commandsOf {
		if design.Applies(a, command) && design.Applies(b, command) {
			return command
		}
	}
	return ""
}
