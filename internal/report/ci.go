package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
)

// writeGitHub writes the findings alone as workflow commands: GitHub shows each as an
// annotation of the changed file.
func writeGitHub(w io.Writer, r *Report, _ Options) error {
	var b strings.Builder
	fmt.Fprintf(&b, "::notice title=pgverdict::%s\n", escaped(r.Summary.Verdict))
	for _, f := range r.Findings {
		if f.Severity == finding.Nit || f.Ignored != "" {
			continue
		}
		at := ""
		if path, line := r.at(f); path != "" {
			at = "file=" + property(path)
			if line > 0 {
				at += fmt.Sprintf(",line=%d", line)
			}
			at += ","
		}
		fmt.Fprintf(&b, "::%s %stitle=%s::%s\n", githubLevels[f.Severity], at, property(f.Rule+" ("+f.Severity.String()+")"), escaped(r.ciText(f)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

var githubLevels = map[finding.Severity]string{finding.Severe: "error", finding.High: "error", finding.Medium: "warning", finding.Low: "notice"}

// at is the file and the line of a finding; 0 if there is no line.
func (r *Report) at(f Finding) (path string, line int) {
	if i, known := f.Where.Input.Get(); known && i < len(r.Inputs) && r.Inputs[i].Path != "-" {
		return r.Inputs[i].Path, f.Where.Line.Or(0)
	}
	return "", 0
}

// ciText is what a reviewer reads beside the line.
func (r *Report) ciText(f Finding) string {
	parts := []string{sentence(f.Title), f.Detail, f.Question, f.Fix}
	var said []string
	for _, p := range parts {
		if p != "" {
			said = append(said, p)
		}
	}
	return clean(strings.Join(said, " "))
}

// escaped escapes the text of a workflow command, property one of its properties.
func escaped(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(clean(s))
}

func property(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(clean(s))
}

// gitlabIssue is an issue of a code quality report, as GitLab reads it.
type gitlabIssue struct {
	Description string `json:"description"`
	Rule        string `json:"check_name"`
	Fingerprint string `json:"fingerprint"` // of what it is about: that of a merge request is compared with that of its target
	Severity    string `json:"severity"`
	Location    struct {
		Path  string `json:"path"`
		Lines struct {
			Begin int `json:"begin"`
		} `json:"lines"`
	} `json:"location"`
}

// gitlabLevels are GitLab's words for severities.
var gitlabLevels = map[finding.Severity]string{finding.Severe: "blocker", finding.High: "critical", finding.Medium: "major", finding.Low: "minor", finding.Nit: "info"}

// writeGitLab writes the findings as a code quality report. GitLab needs a file and a line
// for each: a finding about all inputs is at the start of the first one.
func writeGitLab(w io.Writer, r *Report, _ Options) error {
	issues := []gitlabIssue{}
	seen := map[string]int{}
	for _, f := range r.Findings {
		if f.Ignored != "" {
			continue
		}
		path, line := r.at(f)
		if path == "" && len(r.Inputs) > 0 {
			path = r.Inputs[0].Path
		}
		i := gitlabIssue{Description: r.ciText(f), Rule: f.Rule, Severity: gitlabLevels[f.Severity]}
		i.Location.Path, i.Location.Lines.Begin = path, max(line, 1)
		about := f.Rule + "\n" + path // no line and no figure, which change
		for _, name := range []*string{f.Where.Relation, f.Where.Index} {
			if name != nil {
				about += "\n" + *name
			}
		}
		seen[about]++
		i.Fingerprint = fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%s\n%d", about, seen[about])))
		issues = append(issues, i)
	}
	return writeIndented(w, issues)
}

// sarifLevels are SARIF's words for severities.
var sarifLevels = map[finding.Severity]string{finding.Severe: "error", finding.High: "error", finding.Medium: "warning", finding.Low: "note", finding.Nit: "note"}

// sarif is a log of SARIF 2.1.0 (OASIS), as far as code scanning reads it.
type sarif struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool struct {
		Driver sarifDriver `json:"driver"`
	} `json:"tool"`
	Results []sarifResult `json:"results"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	Version        string      `json:"version"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID string `json:"id"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID       string             `json:"ruleId"`
	Level        string             `json:"level"`
	Message      sarifText          `json:"message"`
	Locations    []sarifLocation    `json:"locations"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
}

type sarifLocation struct {
	Physical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region *sarifRegion `json:"region,omitempty"`
	} `json:"physicalLocation"`
}

type sarifRegion struct {
	StartLine int `json:"startLine"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Justification string `json:"justification"`
}

func writeSARIF(w io.Writer, r *Report, _ Options) error {
	run := sarifRun{Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: r.Tool.Name, Version: r.Tool.Version, InformationURI: "https://github.com/pgverdict/pgverdict", Rules: []sarifRule{}}
	seen := map[string]bool{}
	for _, f := range r.Findings {
		if !seen[f.Rule] {
			seen[f.Rule] = true
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{f.Rule})
		}
		result := sarifResult{RuleID: f.Rule, Level: sarifLevels[f.Severity], Message: sarifText{r.ciText(f)}, Locations: []sarifLocation{}}
		if path, line := r.at(f); path != "" {
			var l sarifLocation
			l.Physical.Artifact.URI = (&url.URL{Path: filepath.ToSlash(path)}).String()
			if line > 0 {
				l.Physical.Region = &sarifRegion{line}
			}
			result.Locations = append(result.Locations, l)
		}
		if f.Ignored != "" {
			result.Suppressions = []sarifSuppression{{"inSource", f.Ignored}}
		}
		run.Results = append(run.Results, result)
	}
	return writeIndented(w, sarif{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

// writeIndented writes a value as JSON that a person can read.
func writeIndented(w io.Writer, v any) error {
	out, err := marshal(v)
	if err != nil {
		return err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, append(out, '\n'), "", "  "); err != nil {
		return err
	}
	_, err = indented.WriteTo(w)
	return err
}
