package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// asCommand is the variable that makes the test binary the command.
const asCommand = "PGVERDICT_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// command is pgverdict with arguments.
func command(args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	c := exec.Command(self, args...)
	c.Env = append(os.Environ(), asCommand+"=1")
	return c
}

// An assistant gets the report that the command writes of the same files, over standard
// input and output.
func TestAssistant(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"demo", "pairs", "migration", "schema"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join("..", "..", "testdata", name))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o777); err != nil { // the folder is a repository
		t.Fatal(err)
	}
	t.Chdir(dir)
	server := command("mcp", ".", "--ignore", "select-star")
	var complaints bytes.Buffer
	server.Stderr = &complaints
	c, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), &mcp.CommandTransport{Command: server}, nil)
	if err != nil {
		t.Fatal(err)
	}
	type object = map[string]any
	for _, test := range []struct {
		paths     []string
		arguments object
	}{
		{[]string{"review", "demo"}, object{"paths": []string{"demo"}}},
		{[]string{"review", "demo", "--detail", "full"}, object{"paths": []string{"demo"}, "detail": "full"}},
		{[]string{"review", "demo", "--format", "json"}, object{"paths": []string{"demo"}, "format": "json"}},
		{[]string{"plan", "demo"}, object{"paths": []string{"demo"}}},
		{[]string{"indexes", "demo"}, object{"paths": []string{"demo"}}},
		{[]string{"migration", "migration", "--deploy", "after"}, object{"paths": []string{"migration"}, "deploy": "after"}},
		{[]string{"schema", "schema"}, object{"paths": []string{"schema"}}},
		{[]string{"compare", "pairs/index-added.txt", "demo"}, object{"before": object{"paths": []string{"pairs/index-added.txt"}}, "after": object{"paths": []string{"demo"}}}},
	} {
		got, err := c.CallTool(t.Context(), &mcp.CallToolParams{Name: test.paths[0], Arguments: test.arguments})
		if err != nil {
			t.Fatal(test.paths, err)
		}
		text := got.Content[0].(*mcp.TextContent).Text
		args := append(test.paths, "--ignore", "select-star")
		if test.arguments["format"] == nil {
			args = append(args, "--format", "markdown")
		}
		want, _ := command(args...).Output() // the status of compare is of what it compares
		if len(want) < 1000 || got.IsError || text != string(want) {
			t.Errorf("%s: error %v, got\n%.2000s\nwant\n%.2000s", test.paths, got.IsError, text, want)
		}
	}
	if err := c.Close(); err != nil || complaints.Len() > 0 {
		t.Errorf("%v %s", err, &complaints)
	}
}

// What is no message of the protocol ends it, without an answer that is none either.
func TestNoProtocol(t *testing.T) {
	c := command("mcp")
	c.Stdin = strings.NewReader("Seq Scan on t\n")
	out, err := c.Output()
	if err == nil || len(out) > 0 {
		t.Errorf("%v %s", err, out)
	}
	if out, err := command("mcp", "no-such-folder").CombinedOutput(); err == nil || !strings.HasPrefix(string(out), "pgverdict: no-such-folder: no such file") {
		t.Errorf("%v %s", err, out)
	}
}
