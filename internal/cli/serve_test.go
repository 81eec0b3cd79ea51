package cli

import (
	"net"
	"strings"
	"testing"
)

// A port that is taken is said, with what to do.
func TestServePort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if got := run("", "serve", "--port", port); got.status != exitInput || !strings.Contains(got.err, "port "+port+" of 127.0.0.1 cannot be used: give another one with --port") {
		t.Errorf("status %d, %s", got.status, got.err)
	}
	for _, bad := range []string{"70000", "x", "-1"} {
		if got := run("", "serve", "--port", bad); got.status != exitInput || strings.Contains(got.err, "strconv") {
			t.Errorf("--port %s: status %d, %s", bad, got.status, got.err)
		}
	}
}
