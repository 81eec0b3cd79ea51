package plans

import (
	"github.com/pgverdict/pgverdict/internal/rule"
)

var workersMs = rule.NewThreshold("ms", 100, "ms", "a shorter query gains little from workers")
