// Package testdata holds inputs that several packages read. The demonstration
// incident is part of the command as well.
package testdata

import "embed"

// Demo is the demonstration incident, as made-with/demo says how it came about.
//
//go:embed demo/*.csv demo/plan.txt demo/schema.sql
var Demo embed.FS
