package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// atLine is a report with a finding at a line, one that a comment ignores, and one
// without a place.
func atLine() *Report {
	return &Report{
		Tool:   Tool{"pgverdict", "1"},
		Inputs: []Input{{Path: "db/1,2_%a.sql"}, {Path: "-"}},
		Findings: []Finding{
			{Rule: "drop-column", Severity: finding.High, Title: "DROP COLUMN a", Detail: "100% of it\nis lost.", Where: Where{Input: opt.Some(0), Line: opt.Some(7)}},
			{Rule: "drop-column", Severity: finding.Medium, Title: "DROP COLUMN b", Ignored: "done", Where: Where{Input: opt.Some(0), Line: opt.Some(9)}},
			{Rule: "no-rollback", Severity: finding.Low, Title: "No way back", Where: Where{Input: opt.Some(1), Line: opt.Some(1)}},
		},
		Summary: Summary{Verdict: "Hold."},
	}
}

func TestGitHub(t *testing.T) {
	var out bytes.Buffer
	if err := Write(&out, atLine(), "github", Options{}); err != nil {
		t.Fatal(err)
	}
	const want = "::notice title=pgverdict::Hold.\n" +
		"::error file=db/1%2C2_%25a.sql,line=7,title=drop-column (high)::DROP COLUMN a. 100%25 of it%0Ais lost.\n" +
		"::notice title=no-rollback (low)::No way back.\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// An issue keeps its fingerprint if its line or a figure of its text changes, and no two
// have the same one.
func TestGitLab(t *testing.T) {
	issues := func(r *Report) (list []gitlabIssue) {
		t.Helper()
		var out bytes.Buffer
		if err := Write(&out, r, "gitlab", Options{}); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out.Bytes(), &list); err != nil {
			t.Fatal(err)
		}
		return list
	}
	r := atLine()
	r.Findings = append(r.Findings, r.Findings[0])
	list := issues(r)
	if len(list) != 3 {
		t.Fatalf("%+v", list)
	}
	if i := list[0]; i.Location.Path != "db/1,2_%a.sql" || i.Location.Lines.Begin != 7 || i.Severity != "critical" || i.Rule != "drop-column" || !strings.HasPrefix(i.Description, "DROP COLUMN a. 100%") {
		t.Errorf("%+v", i)
	}
	if i := list[1]; i.Location.Path != "db/1,2_%a.sql" || i.Location.Lines.Begin != 1 || i.Severity != "minor" {
		t.Errorf("without a place: %+v", i)
	}
	if list[0].Fingerprint == list[2].Fingerprint {
		t.Error("two issues have one fingerprint")
	}
	r.Findings[0].Where.Line, r.Findings[0].Title = opt.Some(8), "DROP COLUMN a, of 5 rows"
	if moved := issues(r); moved[0].Fingerprint != list[0].Fingerprint || moved[0].Location.Lines.Begin != 8 {
		t.Errorf("%+v", moved[0])
	}
	if empty := issues(&Report{}); empty == nil {
		t.Error("a report without findings is no list")
	}
}

func TestSARIF(t *testing.T) {
	var out bytes.Buffer
	if err := Write(&out, atLine(), "sarif", Options{}); err != nil {
		t.Fatal(err)
	}
	var log sarif
	if err := json.Unmarshal(out.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if len(run.Results) != 3 || len(run.Tool.Driver.Rules) != 2 {
		t.Fatalf("%d results, %d rules", len(run.Results), len(run.Tool.Driver.Rules))
	}
	first, ignored, nowhere := run.Results[0], run.Results[1], run.Results[2]
	if first.Level != "error" || first.Locations[0].Physical.Artifact.URI != "db/1,2_%25a.sql" || first.Locations[0].Physical.Region.StartLine != 7 || !strings.HasPrefix(first.Message.Text, "DROP COLUMN a. 100%") {
		t.Errorf("%+v", first)
	}
	if len(ignored.Suppressions) != 1 || ignored.Suppressions[0].Justification != "done" {
		t.Errorf("%+v", ignored)
	}
	if len(nowhere.Locations) != 0 || nowhere.Level != "note" {
		t.Errorf("%+v", nowhere)
	}
}
