package serve

import (
	"bytes"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/limits"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
)

// Whatever is posted to the page under whatever headers, it answers with a page, and
// reviews what comes from the page itself only. Names of files are names, no paths.
func FuzzForm(f *testing.F) {
	body, kind := form("select 1", "a.txt", "x", "../b", "y")
	f.Add(body.Bytes(), kind, "127.0.0.1:8765", "http://127.0.0.1:8765")
	f.Add([]byte("--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"..\\\\c\"\r\n\r\nz\r\n--x--"), "multipart/form-data; boundary=x", "localhost:8765", "")
	f.Add([]byte("text=1"), "application/x-www-form-urlencoded", "evil.example", "http://evil.example")
	f.Add([]byte("--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\n\r\n--x--"), "multipart/form-data; boundary=x", "[::1]:8765", "null")
	f.Fuzz(func(t *testing.T, body []byte, contentType, host, origin string) {
		s := &Server{hosts: []string{"127.0.0.1:8765", "localhost:8765", "[::1]:8765"}, turn: review.NewTurn(limits.Review), waiting: make(chan struct{}, mostWaiting)}
		reviewed := false
		s.Review = func(docs, _ iter.Seq2[*input.Doc, error], _ bool) (*report.Report, []error) {
			reviewed = true
			for doc, err := range docs {
				if strings.Contains(doc.Path, "/") {
					t.Errorf("the name of a file is a path: %q", doc.Path)
				}
				if err == nil {
					_, _ = io.Copy(io.Discard, doc)
				}
			}
			return &report.Report{}, nil
		}
		r := httptest.NewRequest(http.MethodPost, "/review", bytes.NewReader(body))
		r.Host = host
		r.Header.Set("Content-Type", contentType)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		w := httptest.NewRecorder()
		s.handler().ServeHTTP(w, r)
		if own := origin == "" || strings.EqualFold(origin, "http://"+host); reviewed && (!own || !strings.HasSuffix(host, ":8765")) {
			t.Errorf("reviewed for host %q, origin %q", host, origin)
		}
		if w.Code == http.StatusOK && !reviewed || reviewed && w.Code != http.StatusOK {
			t.Errorf("status %d, reviewed: %v", w.Code, reviewed)
		}
	})
}
