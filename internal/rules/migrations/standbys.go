package migrations

import (
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

// standbysKnown reports whether the exports or the repository show replicas.
func standbysKnown(c *rule.Case) bool {
	return c.Recon != nil && c.Recon.Standby != nil || c.Migration.Tables != nil && c.Migration.Tables.Has(workload.ViewReplication)
}
