package design

import (
	"testing"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/lex"
)

// The tenant column is found by its name, its table and how many tables have it; the
// customers of a shop and the accounts of a ledger are no tenants.
func TestTenancy(t *testing.T) {
	for _, one := range []struct{ tables, want string }{
		{"orgs (id bigint); users (id bigint, org_id bigint); notes (id bigint, org_id bigint); tags (id bigint, note_id bigint)", "org_id of orgs"},
		{"organizations (id bigint); users (id bigint, org_id bigint); notes (id bigint, org_id bigint)", "org_id of organizations"},
		{`"Workspace" (id bigint); "User" (id bigint, "workspaceId" bigint); "Note" (id bigint, "workspaceId" bigint)`, "workspaceId of Workspace"},
		{`"Tenant" (id bigint); "User" (id bigint, "tenantId" bigint); a (id bigint, tenant_id bigint); b (id bigint, tenant_id bigint); c (id bigint); d (id bigint)`, "tenant_id of Tenant"},
		{"users (id bigint, tenant_id uuid); notes (id bigint, tenant_id uuid); currencies (code text)", "tenant_id"},
		{"accounts (id bigint); members (id bigint, account_id bigint); notes (id bigint, account_id bigint)", "account_id of accounts"},
		{"accounts (id bigint); entries (id bigint, account_id bigint); balances (id bigint, account_id bigint)", ""},
		{"customers (id bigint); orders (id bigint, customer_id bigint); invoices (id bigint, customer_id bigint)", ""},
		{"companies (id bigint); users (id bigint, company_id bigint); a (id bigint); b (id bigint); c (id bigint)", ""},
		{"users (id bigint, org_id bigint); notes (id bigint, org_id bigint)", ""},
	} {
		c := catalog.New()
		for _, p := range lex.Split(one.tables) {
			s, err := ddl.Parse("CREATE TABLE " + p.Text)
			if err != nil {
				t.Fatal(err)
			}
			ddl.Run(c, s)
		}
		got := ""
		if x := New(c, false).Tenancy; x != nil {
			if got = x.Column; x.Table != nil {
				got += " of " + x.Table.Name.Name
			}
		}
		if got != one.want {
			t.Errorf("%s: %q, want %q", one.tables, got, one.want)
		}
	}
}
