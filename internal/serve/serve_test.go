package serve

import (
	"bytes"
	"context"
	"io"
	"iter"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/chromium"
	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/limits"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
)

const plan = "Seq Scan on people  (cost=0.00..9999.00 rows=1 width=4) (actual time=0.010..999.010 rows=1 loops=1)\n" +
	"  Filter: (name = 'MARK'::text)\n  Rows Removed by Filter: 999999\nExecution Time: 1000.0 ms\n"

func reviewing(docs, before iter.Seq2[*input.Doc, error], literals bool) (*report.Report, []error) {
	return review.Run(docs, review.Options{ShowLiterals: literals, Before: before})
}

// start serves, and returns the address of the page and a function that stops it and
// returns what Serve returned.
func start(t *testing.T, s *Server) (url string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(cancel)
	return "http://" + l.Addr().String(), func() error { cancel(); return <-ended }
}

// form returns a form with a pasted text and files, each a name and a content.
func form(text string, files ...string) (body *bytes.Buffer, contentType string) {
	body = new(bytes.Buffer)
	w := multipart.NewWriter(body)
	_ = w.WriteField("text", text)
	for i := 0; i < len(files); i += 2 {
		part, _ := w.CreateFormFile("files", files[i])
		_, _ = io.WriteString(part, files[i+1])
	}
	_ = w.Close()
	return body, w.FormDataContentType()
}

func post(t *testing.T, url, text string, files ...string) (status int, page string) {
	t.Helper()
	body, kind := form(text, files...)
	r, err := http.Post(url+"/review", kind, body)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

// A pasted text, files, and what is wrong with them.
func TestReview(t *testing.T) {
	url, stop := start(t, &Server{Review: reviewing})
	for name, test := range map[string]struct {
		text   string
		files  []string
		status int
		says   []string
	}{
		"a plan":            {plan, nil, 200, []string{"<h1>99.9% of the 1\u00a0s: #0 Seq Scan on people", "Review something else", `id="review"`}},
		"files":             {"", []string{"a/plan.txt", plan, "schema.sql", "CREATE TABLE people (name text);\nCREATE INDEX by_name ON people (name);\n"}, 200, []string{"#0 Seq Scan on people"}},
		"a file that is no": {"", []string{"plan.txt", plan, "notes.txt", "The server was slow.\n"}, 200, []string{"#0 Seq Scan on people", "<li>notes.txt"}},
		"prose":             {"The server was slow.", nil, 200, []string{"<li>pasted text: expected EXPLAIN output"}},
		"nothing":           {" \n", []string{"", ""}, 400, []string{"Nothing to review"}},
		"too much":          {strings.Repeat("x", limits.Post), nil, 413, []string{"This is more than 64", "pgverdict FILE"}},
	} {
		status, page := post(t, url, test.text, test.files...)
		if status != test.status || strings.Contains(page, "MARK") {
			t.Errorf("%s: status %d, MARK: %v", name, status, strings.Contains(page, "MARK"))
		}
		for _, want := range test.says {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page has no %q: %.3000s", name, want, page[max(strings.Index(page, "<main>"), 0):])
			}
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if _, err := http.Get(url); err == nil {
		t.Error("it answers after its end")
	}
}

// What is after is compared with what was before.
func TestCompared(t *testing.T) {
	url, _ := start(t, &Server{Review: reviewing})
	for name, test := range map[string]struct {
		text   string
		status int
		says   string
	}{
		"two plans": {strings.ReplaceAll(plan, "999.010", "9.010"), 200, `<section id="compared">`},
		"no after":  {"", 400, "what is after is missing"},
	} {
		body := new(bytes.Buffer)
		w := multipart.NewWriter(body)
		_ = w.WriteField("before", plan)
		_ = w.WriteField("text", test.text)
		_ = w.Close()
		r, err := http.Post(url+"/review", w.FormDataContentType(), body)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(r.Body)
		if r.Body.Close(); err != nil || r.StatusCode != test.status || !strings.Contains(string(page), test.says) {
			t.Errorf("%s: status %d, %v, want %q", name, r.StatusCode, err, test.says)
		}
	}
}

// A request has to name this host, and a post has to come from this page.
func TestOthers(t *testing.T) {
	s := &Server{Review: reviewing, hosts: []string{"127.0.0.1:80", "localhost:80"}, turn: review.NewTurn(limits.Review), waiting: make(chan struct{}, 1)}
	for name, test := range map[string]struct {
		method, path, host string
		headers            map[string]string
		status             int
	}{
		"the page":                {"GET", "/", "127.0.0.1:80", nil, 200},
		"localhost":               {"GET", "/", "LOCALHOST:80", nil, 200},
		"another name":            {"GET", "/", "evil.example", nil, 421},
		"another port":            {"GET", "/", "127.0.0.1:81", nil, 421},
		"a post under that name":  {"POST", "/review", "evil.example", map[string]string{"Origin": "http://evil.example"}, 421},
		"a post of another page":  {"POST", "/review", "127.0.0.1:80", map[string]string{"Origin": "http://evil.example"}, 403},
		"of another port":         {"POST", "/review", "127.0.0.1:80", map[string]string{"Origin": "http://127.0.0.1:81"}, 403},
		"of a page without one":   {"POST", "/review", "127.0.0.1:80", map[string]string{"Origin": "null"}, 403},
		"of another site":         {"POST", "/review", "127.0.0.1:80", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"of this page":            {"POST", "/review", "127.0.0.1:80", map[string]string{"Origin": "http://127.0.0.1:80", "Sec-Fetch-Site": "same-origin"}, 200},
		"of a program":            {"POST", "/review", "127.0.0.1:80", nil, 200},
		"another method":          {"PUT", "/review", "127.0.0.1:80", nil, 405},
		"another path":            {"GET", "/etc/passwd", "127.0.0.1:80", nil, 404},
		"a report without a post": {"GET", "/review", "127.0.0.1:80", nil, 303},
		"no form":                 {"POST", "/review", "127.0.0.1:80", map[string]string{"Content-Type": "text/plain"}, 400},
	} {
		body, kind := form(plan)
		r := httptest.NewRequest(test.method, "http://"+test.host+test.path, body)
		r.Header.Set("Content-Type", kind)
		for key, value := range test.headers {
			r.Header.Set(key, value)
		}
		w := httptest.NewRecorder()
		s.handler().ServeHTTP(w, r)
		h := w.Result().Header
		if w.Code != test.status || h.Get("Cache-Control") != "no-store" || h.Get("Access-Control-Allow-Origin") != "" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: status %d, want %d, %v", name, w.Code, test.status, h)
		}
	}
}

// One review runs at a time, and only some wait for it; one that fails or takes too long
// does not keep the others from their turn.
func TestTurns(t *testing.T) {
	begun, goOn := make(chan struct{}, 10), make(chan struct{})
	s := &Server{Review: func(docs, _ iter.Seq2[*input.Doc, error], _ bool) (*report.Report, []error) {
		begun <- struct{}{}
		<-goOn
		return reviewing(docs, nil, false)
	}}
	url, _ := start(t, s)
	statuses := make(chan int, 10)
	send := func() { go func() { status, _ := post(t, url, plan); statuses <- status }() }
	send()
	<-begun
	for range mostWaiting {
		send()
	}
	if status := <-statuses; status != http.StatusServiceUnavailable {
		t.Errorf("one more than can wait: %d", status)
	}
	if len(begun) > 0 {
		t.Error("two reviews run at once")
	}
	close(goOn)
	for range mostWaiting {
		if status := <-statuses; status != http.StatusOK {
			t.Errorf("one that waited: %d", status)
		}
	}

	fails := &Server{Review: func(_, _ iter.Seq2[*input.Doc, error], _ bool) (*report.Report, []error) { panic("a bug") }}
	url, _ = start(t, fails)
	for range 2 {
		if status, page := post(t, url, plan); status != http.StatusServiceUnavailable || !strings.Contains(page, "which is a bug: a bug") {
			t.Errorf("status %d\n%s", status, page)
		}
	}
}

// In a browser without a network: a text is pasted, three files are dropped, and the
// report answers the keyboard.
func TestPage(t *testing.T) {
	b := chromium.Start(t)
	url, _ := start(t, &Server{Review: reviewing})
	b.Open(url + "/")
	b.Want("document.activeElement.id", "text")
	b.JS(`(() => { const data = new DataTransfer(); data.setData("text/plain", ""); document.querySelector("#text").value = ` + quoted(plan) + `;
		document.querySelector("#text").dispatchEvent(new ClipboardEvent("paste", {clipboardData: data})); })()`)
	b.Loaded()
	b.Want("location.pathname", "/review")
	b.Want(`document.querySelector("#verdict h1").textContent.includes("Seq Scan on people")`, true)
	b.Want(`document.body.textContent.includes("MARK")`, false)
	b.Click(".again summary")
	b.Click("#review input[name=literals]")
	b.Want(`document.querySelector("details.again").open`, true)

	b.JS(`(() => { const data = new DataTransfer();
		data.items.add(new File([` + quoted(plan) + `], "plan.txt"));
		data.items.add(new File(["CREATE TABLE people (name text);\nCREATE INDEX by_age ON people (name);\n"], "schema.sql"));
		data.items.add(new File(["nothing that is known\n"], "notes.txt"));
		for (const type of ["dragenter", "dragover", "drop"]) document.body.dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true})); })()`)
	b.Loaded()
	b.Want(`document.querySelector("#verdict h1").textContent.includes("Seq Scan on people")`, true)
	b.Want(`document.querySelector(".messages").textContent.includes("notes.txt")`, true)
	b.Want(`document.body.textContent.includes("MARK")`, true) // literals were asked for
	b.Want(`document.querySelector("#review input[name=literals]").checked`, true)
	b.Press("/")
	b.Want("document.activeElement.id", "search")
	b.Click("a.brand")
	b.Loaded()
	b.Want("location.pathname", "/")

	b.Click(".compare summary")
	b.JS(`document.querySelector("#before").value = ` + quoted(plan) + `;
		document.querySelector("#text").value = ` + quoted(strings.Replace(plan, "999.010", "9.010", 1)) + `;`)
	b.Click("#review button")
	b.Loaded()
	b.Want(`document.querySelectorAll("#compared .trees table").length === 2`, true)
	if list := b.Complaints(func(asked string) bool { return strings.HasPrefix(asked, url+"/") }); len(list) > 0 {
		t.Errorf("the page asked for more or complained:\n%s", strings.Join(list, "\n"))
	}
}

func quoted(s string) string { return "`" + s + "`" }

// Nothing of what is posted is written to a file.
func TestNothingIsStored(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Chdir(dir)
	url, _ := start(t, &Server{Review: reviewing})
	if status, _ := post(t, url, "", "large.txt", plan+strings.Repeat("-- \n", 10<<20)); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) > 0 {
		t.Errorf("%v %v", err, files)
	}
}
