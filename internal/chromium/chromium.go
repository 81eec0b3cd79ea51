// Package chromium drives a browser in tests, through its DevTools protocol over a pipe:
// no port, no driver, and it can be asked what it asked for and what it complained of.
package chromium

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Browser is a Chromium without a window.
type Browser struct {
	t       *testing.T
	to      *os.File
	from    *bufio.Reader
	session string
	calls   int
	events  []message
	seen    int // the events up to the last page that was loaded
}

type message struct {
	ID     int             `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  json.RawMessage `json:"error,omitempty"`
}

// Start starts one, or skips the test where there is none.
func Start(t *testing.T) *Browser {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium on this machine: the page is not tried in a browser")
	}
	theirs, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, theirsToo, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{
		"--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
		"--disable-sync", "--remote-debugging-pipe", "--window-size=1440,900", "--user-data-dir=" + t.TempDir(),
	}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // it refuses to run as root with one
	}
	cmd := exec.Command(path, append(args, "about:blank")...)
	cmd.ExtraFiles = []*os.File{theirs, theirsToo} // 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = theirs.Close(), theirsToo.Close()
	b := &Browser{t: t, to: to, from: bufio.NewReaderSize(from, 1<<20)}
	const patience = 5 * time.Minute
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() }) // what reads from it ends then
	t.Cleanup(func() {
		timer.Stop()
		_ = to.Close() // it ends with its pipe
		_ = cmd.Wait()
		_ = from.Close()
	})
	var target struct{ TargetID string }
	b.Call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.Call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.Call(domain+".enable", nil, nil)
	}
	return b
}

func (b *Browser) Call(method string, params map[string]any, result any) {
	b.t.Helper()
	b.calls++
	request := map[string]any{"id": b.calls, "method": method}
	if params != nil {
		request["params"] = params
	}
	if b.session != "" {
		request["sessionId"] = b.session
	}
	text, err := json.Marshal(request)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.to.Write(append(text, 0)); err != nil {
		b.t.Fatal(err)
	}
	for {
		m := b.next()
		switch {
		case m.ID != b.calls:
			b.events = append(b.events, m)
			continue
		case m.Error != nil:
			b.t.Fatalf("%s: %s", method, m.Error)
		case result != nil:
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.t.Fatal(err)
			}
		}
		return
	}
}

func (b *Browser) next() (m message) {
	text, err := b.from.ReadBytes(0)
	if err != nil {
		b.t.Fatalf("the browser is gone: %v", err)
	}
	if err := json.Unmarshal(text[:len(text)-1], &m); err != nil {
		b.t.Fatal(err)
	}
	return m
}

// Open shows a page, and waits until it is loaded.
func (b *Browser) Open(url string) {
	b.t.Helper()
	b.Call("Page.navigate", map[string]any{"url": url}, nil)
	b.Loaded()
}

// Loaded waits until the page that is on its way is loaded.
func (b *Browser) Loaded() {
	b.t.Helper()
	for ; ; b.seen++ {
		for b.seen >= len(b.events) {
			b.events = append(b.events, b.next())
		}
		if b.events[b.seen].Method == "Page.loadEventFired" {
			b.seen++
			return
		}
	}
}

// Complaints are errors of the script, of the policy and of the network, and
// whatever was asked for besides the pages that are expected.
func (b *Browser) Complaints(expected func(url string) bool) []string {
	var list []string
	for _, e := range b.events {
		switch e.Method {
		case "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded":
			list = append(list, string(e.Params))
		case "Network.requestWillBeSent":
			var asked struct{ Request struct{ URL string } }
			if err := json.Unmarshal(e.Params, &asked); err != nil || !expected(strings.Split(asked.Request.URL, "#")[0]) {
				list = append(list, string(e.Params))
			}
		}
	}
	return list
}

// JS evaluates an expression in the page.
func (b *Browser) JS(expression string) any {
	b.t.Helper()
	var r struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	b.Call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &r)
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, r.ExceptionDetails)
	}
	return r.Result.Value
}

// Want waits until an expression has a value: what a click leads to happens a
// moment later.
func (b *Browser) Want(expression string, want any) {
	b.t.Helper()
	const patience = 3 * time.Second
	got := b.JS(expression)
	for start := time.Now(); got != want && time.Since(start) < patience; got = b.JS(expression) {
		time.Sleep(10 * time.Millisecond)
	}
	if got != want {
		b.t.Errorf("%s: %v, want %v", expression, got, want)
	}
}

// Click presses the mouse where an element is.
func (b *Browser) Click(selector string) {
	b.t.Helper()
	quoted, _ := json.Marshal(selector)
	// The page may still be scrolling to what was asked for before: a person
	// waits for it to stand still, too.
	at, ok := b.JS(`(async () => {
		const e = document.querySelector(` + string(quoted) + `);
		if (!e) return null;
		const frame = () => new Promise(requestAnimationFrame);
		for (let x = NaN, y = NaN, tries = 0; tries < 100; tries++) {
			e.scrollIntoView({block: "center"});
			await frame();
			await frame();
			const r = e.getClientRects()[0];
			const still = r.x === x && r.y === y;
			[x, y] = [r.x, r.y];
			const at = [x + Math.min(r.width / 2, 20), y + r.height / 2];
			const hit = document.elementFromPoint(...at);
			if (still && hit && (e.contains(hit) || hit.contains(e))) return at;
		}
		return null;
	})()`).([]any)
	if !ok {
		b.t.Fatalf("nothing to click at: %s", selector)
	}
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		b.Call("Input.dispatchMouseEvent", map[string]any{"type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1}, nil)
	}
}

// Press presses keys one after the other: a character, or a key's name.
func (b *Browser) Press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		down := map[string]any{"type": "keyDown", "key": key}
		if len(key) == 1 {
			down["text"] = key
		}
		if key == "Enter" {
			down["text"], down["windowsVirtualKeyCode"] = "\r", 13
		}
		b.Call("Input.dispatchKeyEvent", down, nil)
		b.Call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key}, nil)
	}
}
