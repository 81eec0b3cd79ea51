package main

import (
	"encoding/json"
	"io"
	"runtime/debug"
	"strings"
	"time"
)

// sbom lists what a binary consists of, in CycloneDX 1.5.
type sbom struct {
	Format   string `json:"bomFormat"`
	Spec     string `json:"specVersion"`
	Version  int    `json:"version"`
	Metadata struct {
		Timestamp string    `json:"timestamp"` // of the commit
		Component component `json:"component"`
	} `json:"metadata"`
	Components []component `json:"components"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl"`
	Properties []property `json:"properties,omitempty"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// writeSBOM writes what Go recorded in a binary: the modules that are in it, and how it
// was built.
func writeSBOM(w io.Writer, info *debug.BuildInfo, at time.Time) error {
	of := func(kind, path, version string) component {
		purl := "pkg:golang/" + path + "@" + strings.ReplaceAll(version, "+", "%2B")
		return component{Type: kind, Ref: purl, Name: path, Version: version, PURL: purl}
	}
	s := sbom{Format: "CycloneDX", Spec: "1.5", Version: 1, Components: []component{of("library", "std", strings.TrimPrefix(info.GoVersion, "go"))}}
	s.Metadata.Timestamp = at.Format(time.RFC3339)
	s.Metadata.Component = of("application", info.Main.Path, info.Main.Version)
	for _, set := range info.Settings {
		s.Metadata.Component.Properties = append(s.Metadata.Component.Properties, property{"go:build:" + set.Key, set.Value})
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		c := of("library", m.Path, m.Version)
		c.Properties = []property{{"go:sum", m.Sum}}
		s.Components = append(s.Components, c)
	}
	j := json.NewEncoder(w)
	j.SetIndent("", "  ")
	return j.Encode(s)
}
