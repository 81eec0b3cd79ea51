//go:build !cgo

package sql

var grammars = []grammar{parse17}
