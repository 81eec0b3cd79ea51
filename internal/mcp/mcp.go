// Package mcp offers reviews to an assistant by the Model Context Protocol, over
// standard input and output.
//
// A program that talks to an assistant starts the server. The assistant gives texts in
// the arguments of a call, and gets the report that the command would write. It may name
// files only if the user gave a folder, and then only files in it: a path chosen by an
// assistant can come from a text that it was shown. What such a file holds does not pass
// through the assistant, only the report does, with its literals hidden.
package mcp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/limits"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
	"github.com/pgverdict/pgverdict/internal/rules"
)

// Limits of one call.
const (
	mostText  = limits.CallText
	mostRead  = limits.CallRead
	mostFiles = limits.PostFiles
	mostTime  = limits.Review
	// mostAnswer is how many bytes a report has: about 30,000 tokens. Assistants refuse
	// or drop more.
	mostAnswer = 100_000
	mostErrors = 20 // that are listed
	mostRules  = 30 // that are explained
)

// Tool is a command that reads inputs and writes a report.
type Tool struct {
	Name, Title string
	Description string         // for the assistant: when to call it, and what to give
	Options     review.Options // what is read and reported; arguments add to it
	Whole       bool           // folders are read at any depth
	Lists       bool           // the workload is printed as lists
	Compares    bool           // it reads what was before, and what is after
	// Check refuses a report that does not show what was asked for; nil: none.
	Check func(*report.Report) error
}

// Server answers an assistant.
type Server struct {
	Version string
	Tools   []Tool
	Full    bool // reports have every detail, unless a call says otherwise
	Files   bool // calls may name files below the working directory

	turn *review.Turn
}

// Serve answers requests until the input or the context ends.
func (s *Server) Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	err := s.server().Run(ctx, &sdk.IOTransport{Reader: io.NopCloser(in), Writer: kept{out}})
	if errors.Is(err, io.EOF) || ctx.Err() != nil {
		return nil
	}
	return err
}

// kept is a writer that others may not close.
type kept struct{ io.Writer }

func (kept) Close() error { return nil }

const instructions = `pgverdict finds out why PostgreSQL is slow, and what a migration locks and breaks. It reads EXPLAIN output, server logs, exported statistics views, schema dumps, SQL and migrations. It never connects to a database.
Give each text whole and unchanged: it is recognized by its content. Give what belongs to one incident in one call, since a plan, the exports and the schema explain each other.
A plan is best made with EXPLAIN (ANALYZE, BUFFERS). The report lists missing data with the commands that get it.
Quote figures as the report has them: each one comes from the input or is computed from it. What the report says is unknown is unknown. Literals of queries and plans are hidden in the report.`

// server returns the server of the protocol with its tools and resources.
func (s *Server) server() *sdk.Server {
	s.turn = review.NewTurn(mostTime)
	server := sdk.NewServer(
		&sdk.Implementation{Name: "pgverdict", Title: "pgverdict", Version: s.Version, WebsiteURL: "https://github.com/pgverdict/pgverdict"},
		&sdk.ServerOptions{Instructions: instructions, Capabilities: &sdk.ServerCapabilities{}},
	)
	readsOnly := &sdk.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, OpenWorldHint: new(bool)}
	for _, t := range s.Tools {
		sdk.AddTool(server, &sdk.Tool{Name: t.Name, Title: t.Title, Description: t.Description, InputSchema: s.schema(t), Annotations: readsOnly},
			func(ctx context.Context, _ *sdk.CallToolRequest, a arguments) (*sdk.CallToolResult, any, error) {
				result, err := s.review(ctx, t, a)
				return result, nil, err
			})
	}
	sdk.AddTool(server, &sdk.Tool{
		Name: "rules", Title: "List the rules, or explain some", Annotations: readsOnly,
		Description: "Explains the rules that reports name: when a rule reports, why it matters, its thresholds, when it does not report, and sources. Without ids: the list of all rules.",
	}, func(_ context.Context, _ *sdk.CallToolRequest, a ruleArguments) (*sdk.CallToolResult, any, error) {
		result, err := explain(a.IDs)
		return result, nil, err
	})
	for _, r := range rules.All {
		server.AddResource(&sdk.Resource{Name: r.ID, Title: r.Title, URI: ruleURI + r.ID, MIMEType: "text/plain"},
			func(_ context.Context, q *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
				var b strings.Builder
				rules.Explain(&b, r)
				return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{URI: q.Params.URI, MIMEType: "text/plain", Text: b.String()}}}, nil
			})
	}
	return server
}

// ruleURI is before the id of a rule in the URI of its documentation.
const ruleURI = "pgverdict://rules/"

type ruleArguments struct {
	IDs []string `json:"ids,omitempty" jsonschema:"ids of rules, such as seq-scan"`
}

// explain answers with the documentation of rules, or with a list of all.
func explain(ids []string) (*sdk.CallToolResult, error) {
	if len(ids) > mostRules {
		return nil, fmt.Errorf("these are more than %d rules", mostRules)
	}
	var b strings.Builder
	for i, id := range ids {
		r := rules.Find(id)
		if r == nil {
			return nil, fmt.Errorf("no rule %q: this tool lists them if it is called without ids", id)
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		rules.Explain(&b, r)
	}
	if len(ids) == 0 {
		for _, r := range rules.All {
			fmt.Fprintf(&b, "%s: %s\n", r.ID, r.Title)
		}
	}
	return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: b.String()}}}, nil
}

// documents are the inputs of a call.
type documents struct {
	Text  string   `json:"text,omitempty" jsonschema:"a text as it was pasted: EXPLAIN output, a log, SQL, a schema dump, rows of a statistics view"`
	Files []file   `json:"files,omitempty" jsonschema:"more texts, each with a name that the report uses"`
	Paths []string `json:"paths,omitempty" jsonschema:"files and folders, relative to the folder of the server. Prefer paths for what is in a file: only the report is sent, not the content"`
}

type file struct {
	Name    string `json:"name" jsonschema:"such as plan.txt"`
	Content string `json:"content"`
}

// arguments are those of all tools; schema says which of them a tool has.
type arguments struct {
	documents
	Before    documents `json:"before,omitzero" jsonschema:"what is compared with: plans, or the exports of the earlier time"`
	After     documents `json:"after,omitzero" jsonschema:"what the report is about: plans of the same queries, or the exports of the later time"`
	Engine    string    `json:"engine,omitempty" jsonschema:"database engine, if the files do not show it"`
	Deploy    string    `json:"deploy,omitempty" jsonschema:"when the migrations run, relative to the code that needs them"`
	Detail    string    `json:"detail,omitempty" jsonschema:"one or two screens, or every figure with its source"`
	Format    string    `json:"format,omitempty" jsonschema:"markdown unless given; json has every field and is large"`
	PGVersion int       `json:"pg_version,omitempty" jsonschema:"major version of the server, if the input does not contain it"`
}

// schema describes the arguments of a tool.
func (s *Server) schema(t Tool) *jsonschema.Schema {
	all, err := jsonschema.For[arguments](nil)
	if err != nil {
		panic(err) // of a type that is written above
	}
	without := func(of *jsonschema.Schema, names ...string) {
		for _, name := range names {
			delete(of.Properties, name)
		}
		of.PropertyOrder = slices.DeleteFunc(of.PropertyOrder, func(name string) bool { return of.Properties[name] == nil })
	}
	if !s.Files {
		for _, of := range []*jsonschema.Schema{all, all.Properties["before"], all.Properties["after"]} {
			without(of, "paths")
		}
	}
	if t.Compares {
		without(all, "text", "files", "paths")
		all.Required = []string{"before", "after"}
	} else {
		without(all, "before", "after")
	}
	switch m := t.Options.Migration; {
	case m == nil:
		without(all, "engine", "deploy")
	case m.WholeSchema:
		without(all, "deploy")
	}
	for name, values := range map[string][]any{
		"engine": {"postgresql", "mysql", "sqlite"}, "deploy": {"before", "with", "after"}, "detail": {"short", "full"}, "format": {"markdown", "json"},
	} {
		if p := all.Properties[name]; p != nil {
			p.Enum = values
		}
	}
	oldest, newest := float64(pgversion.Oldest), float64(pgversion.Newest)
	all.Properties["pg_version"].Minimum, all.Properties["pg_version"].Maximum = &oldest, &newest
	return all
}

// review runs a tool.
func (s *Server) review(ctx context.Context, t Tool, a arguments) (*sdk.CallToolResult, error) {
	o := t.Options
	if a.PGVersion != 0 {
		o.PGVersion = opt.Some(a.PGVersion)
	}
	if o.Migration != nil {
		m := *o.Migration
		if m.Engine, m.Deploy = a.Engine, a.Deploy; len(a.Paths) > 0 {
			m.Repository = "."
		}
		o.Migration = &m
	}
	given := a.documents
	if t.Compares {
		if err := a.Before.check("before"); err != nil {
			return nil, err
		}
		o.Before, given = a.Before.open("before", t.Whole), a.After
	}
	if err := given.check("text, files"); err != nil {
		return nil, err
	}
	name := "pasted text"
	if t.Compares {
		name = "after"
	}
	rep, errs := s.turn.Run(ctx, func() (*report.Report, []error) { return review.Run(given.open(name, t.Whole), o) })
	if rep != nil && t.Check != nil && len(errs) == 0 {
		if err := t.Check(rep); err != nil {
			errs = append(errs, err)
		}
	}
	result := &sdk.CallToolResult{IsError: rep == nil || len(errs) > 0 && !readAny(rep)}
	if rep != nil && !result.IsError {
		text, err := s.answer(rep, t, a)
		if err != nil {
			return nil, err
		}
		result.Content = append(result.Content, &sdk.TextContent{Text: text})
	}
	if len(errs) > 0 {
		var said []string
		for _, err := range errs[:min(len(errs), mostErrors)] {
			said = append(said, report.Line(redact.MaskSecrets(err.Error())))
		}
		if more := len(errs) - len(said); more > 0 {
			said = append(said, figures.Plural(more, "more input"))
		}
		result.Content = append(result.Content, &sdk.TextContent{Text: "Not read, or only in part:\n- " + strings.Join(said, "\n- ") + "\n"})
	}
	return result, nil
}

// readAny reports whether a report is about any input.
func readAny(r *report.Report) bool {
	return slices.ContainsFunc(r.Inputs, report.Input.Used)
}

// answer writes a report in the size that an answer may have. Markdown is for comments,
// which have a limit, too: it leaves out what matters least, and says so.
func (s *Server) answer(r *report.Report, t Tool, a arguments) (string, error) {
	var b strings.Builder
	format, full := cmp.Or(a.Format, "markdown"), a.Detail == "full" || a.Detail == "" && s.Full
	if err := report.Write(&b, r, format, report.Options{Full: full, Lists: t.Lists}); err != nil {
		return "", err
	}
	if b.Len() > mostAnswer {
		return "", fmt.Errorf("the report has %s as JSON, and an answer has at most %s: ask for markdown", figures.Bytes(float64(b.Len())), figures.Bytes(mostAnswer))
	}
	return b.String(), nil
}

// check refuses documents that are too many or too few.
func (d documents) check(where string) error {
	size := len(d.Text)
	for _, f := range d.Files {
		size += len(f.Content)
	}
	switch {
	case strings.TrimSpace(d.Text) == "" && len(d.Files)+len(d.Paths) == 0:
		return fmt.Errorf("nothing to review: give EXPLAIN output, an export, a schema or SQL in %s", where)
	case size > mostText:
		return fmt.Errorf("these are more than %s of text: run the command pgverdict with the files", figures.Bytes(mostText))
	case len(d.Files)+len(d.Paths) > mostFiles:
		return fmt.Errorf("these are more than %d files: run the command pgverdict with their folder", mostFiles)
	}
	return nil
}

// open yields the documents, which have together at most mostRead bytes.
func (d documents) open(name string, whole bool) iter.Seq2[*input.Doc, error] {
	var texts []input.Text
	if strings.TrimSpace(d.Text) != "" {
		texts = append(texts, input.Text{Path: name, Content: []byte(d.Text)})
	}
	for _, f := range d.Files {
		texts = append(texts, input.Text{Path: f.Name, Content: []byte(f.Content)})
	}
	return func(yield func(*input.Doc, error) bool) {
		left := int64(mostRead)
		for _, docs := range []iter.Seq2[*input.Doc, error]{input.OpenTexts(texts), input.OpenBelow(d.Paths, whole)} {
			for doc, err := range docs {
				if doc != nil && doc.Reader != nil {
					doc.Reader = bounded{doc.Reader, &left}
				}
				if !yield(doc, err) {
					return
				}
			}
		}
	}
}

// bounded fails when more was read than is left.
type bounded struct {
	io.Reader
	left *int64
}

func (b bounded) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if *b.left -= int64(n); *b.left < 0 {
		return 0, fmt.Errorf("these are more than %s at once: run the command pgverdict with the files", figures.Bytes(mostRead))
	}
	return n, err
}
