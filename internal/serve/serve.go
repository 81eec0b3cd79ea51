// Package serve is a page on this machine where plans, exports and SQL are pasted or
// dropped, and reviewed. What is posted is held in memory until its report is written,
// and nothing is sent to another host.
//
// A page in a browser can send requests to 127.0.0.1, and can make a name of its own
// lead there. So a request has to name this host, and a post has to come from this page.
package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime/multipart"
	"net"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/limits"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
)

// mostWaiting is how many posts wait for the one that is being reviewed.
const mostWaiting = 4

// Server serves the page. Its fields are set before the first request.
type Server struct {
	// Review reviews documents, compared with those before; nil: with nothing. It runs
	// for one post at a time.
	Review func(docs, before iter.Seq2[*input.Doc, error], literals bool) (*report.Report, []error)
	Tool   report.Tool
	Full   bool // reports with every detail

	hosts   []string
	turn    *review.Turn
	waiting chan struct{}
}

// Serve answers requests until the context ends, and then lets those under way finish.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	port := l.Addr().(*net.TCPAddr).Port
	for _, name := range []string{"127.0.0.1", "localhost", "[::1]"} {
		s.hosts = append(s.hosts, fmt.Sprintf("%s:%d", name, port))
	}
	if port == 80 {
		s.hosts = append(s.hosts, "127.0.0.1", "localhost", "[::1]")
	}
	s.turn, s.waiting = review.NewTurn(limits.Review), make(chan struct{}, mostWaiting)
	server := &http.Server{
		Handler: s.handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute,
		WriteTimeout: 2 * limits.Review, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	soon, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(soon); err != nil {
		return server.Close()
	}
	return nil
}

// handler returns the routes behind the checks that all requests have to pass.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { s.page(w, http.StatusOK, nil, report.Form{}) })
	mux.HandleFunc("POST /review", s.review)
	mux.Handle("GET /review", http.RedirectHandler("/", http.StatusSeeOther)) // a page that was reloaded without its post
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return s.guarded(http.NewCrossOriginProtection().Handler(mux))
}

// guarded refuses requests under another name of this machine, and posts of other pages.
// The library's protection behind it looks at Sec-Fetch-Site.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		origin := r.Header.Get("Origin")
		switch {
		case !slices.Contains(s.hosts, strings.ToLower(r.Host)):
			http.Error(w, "This page is served under 127.0.0.1 and localhost only.", http.StatusMisdirectedRequest)
		case origin != "" && origin != "http://"+r.Host:
			http.Error(w, "Another page sent this request.", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// page writes a report with the form above it, or the form alone.
func (s *Server) page(w http.ResponseWriter, status int, r *report.Report, form report.Form) {
	if r == nil {
		r = &report.Report{Tool: s.Tool}
	}
	var out bytes.Buffer
	if err := report.Write(&out, r, "html", report.Options{Full: s.Full, Form: &form}); err != nil {
		http.Error(w, "The report could not be written: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", report.FormPolicy()+"; frame-ancestors 'none'")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w) // the reader has left
}

// review answers a post with its report.
func (s *Server) review(w http.ResponseWriter, r *http.Request) {
	posted, err := read(http.MaxBytesReader(w, r.Body, limits.Post), r)
	form := report.Form{Literals: posted.literals}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		form.Messages = []string{fmt.Sprintf("This is more than %s. Review it with the command: pgverdict FILE...", figures.Bytes(limits.Post))}
		s.page(w, http.StatusRequestEntityTooLarge, nil, form)
		return
	case err != nil:
		form.Messages = []string{"What was posted could not be read: " + err.Error()}
		s.page(w, http.StatusBadRequest, nil, form)
		return
	case len(posted.texts) == 0:
		form.Messages = []string{"Nothing to review: paste a text, or choose files."}
		if len(posted.before) > 0 {
			form.Messages = []string{"Nothing to compare with: what is after is missing."}
		}
		s.page(w, http.StatusBadRequest, nil, form)
		return
	}
	select {
	case s.waiting <- struct{}{}:
	default:
		form.Messages = []string{"Other reviews are waiting. Try again when they are done."}
		s.page(w, http.StatusServiceUnavailable, nil, form)
		return
	}
	defer func() { <-s.waiting }()
	rep, errs := s.turn.Run(r.Context(), func() (*report.Report, []error) {
		if len(posted.before) > 0 {
			return s.Review(input.OpenTexts(posted.texts), input.OpenTexts(posted.before), posted.literals)
		}
		return s.Review(input.OpenTexts(posted.texts), nil, posted.literals)
	})
	for _, err := range errs {
		form.Messages = append(form.Messages, report.Line(redact.MaskSecrets(err.Error())))
	}
	status := http.StatusOK
	if rep == nil {
		status = http.StatusServiceUnavailable
	}
	s.page(w, status, rep, form)
}

// posted is what a form holds.
type posted struct {
	texts    []input.Text
	before   []input.Text // what they are compared with
	literals bool
}

// read reads a form into memory. The library would write large files to disk.
func read(body io.ReadCloser, r *http.Request) (p posted, err error) {
	defer body.Close()
	r.Body = body
	parts, err := r.MultipartReader()
	if err != nil {
		return p, errors.New("expected the form of this page")
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err != nil {
			return p, err
		}
		if err := p.add(part); err != nil {
			return p, err
		}
	}
}

func (p *posted) add(part *multipart.Part) error {
	content, err := io.ReadAll(part)
	if err != nil {
		return err
	}
	name, list := "pasted text", &p.texts
	switch part.FormName() {
	case "before", "before-files":
		name, list = "pasted text (before)", &p.before
	}
	switch part.FormName() {
	case "literals":
		p.literals = true
		return nil
	case "files", "before-files":
		name = path.Base(strings.ReplaceAll(part.FileName(), `\`, "/"))
		if name == "." && len(content) == 0 {
			return nil // no file was chosen
		}
	case "text", "before":
		if len(bytes.TrimSpace(content)) == 0 {
			return nil
		}
	default:
		return fmt.Errorf("expected the fields text, files, before, before-files and literals, got %q", part.FormName())
	}
	if len(p.texts)+len(p.before) == limits.PostFiles {
		return fmt.Errorf("these are more than %d files", limits.PostFiles)
	}
	*list = append(*list, input.Text{Path: name, Content: content})
	return nil
}
