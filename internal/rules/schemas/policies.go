package schemas

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
)

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
