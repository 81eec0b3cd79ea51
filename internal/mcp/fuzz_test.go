package mcp

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// FuzzCall calls a tool with any arguments: it answers, and nothing of a file that lies
// outside of the folder, or is hidden in it, is in the answer.
func FuzzCall(f *testing.F) {
	for i, seed := range []string{
		`{"paths":["../out.sql"]}`, `{"text":"Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)","format":"json","detail":"full"}`, `{"before":{"files":[{"name":"/etc/passwd","content":"x"}]},"after":{"text":"y"}}`,
		`{"paths":["."],"engine":"mysql","pg_version":99}`, `{"paths":["link.sql",".hidden.sql","-"]}`, `{"files":[{"name":"../a.sql","content":"CREATE TABLE t (a int);"}],"deploy":"before"}`, `{"text":" "}`, `{}`,
	} {
		f.Add(seed, uint8(i))
	}
	const secret = "outside_secret"
	dir := filepath.Join(f.TempDir(), "in")
	if err := os.Mkdir(dir, 0o777); err != nil {
		f.Fatal(err)
	}
	for _, path := range []string{"../out.sql", ".hidden.sql"} {
		if err := os.WriteFile(filepath.Join(dir, path), []byte("CREATE TABLE "+secret+" (a int);\n"), 0o666); err != nil {
			f.Fatal(err)
		}
	}
	if err := os.Symlink("../out.sql", filepath.Join(dir, "link.sql")); err != nil {
		f.Skip(err)
	}
	s := &Server{Tools: tools, Files: true}
	s.server()
	f.Fuzz(func(t *testing.T, text string, which uint8) {
		t.Chdir(dir)
		var a arguments
		if json.Unmarshal([]byte(text), &a) != nil {
			return
		}
		result, err := s.review(t.Context(), tools[int(which)%len(tools)], a)
		if err != nil {
			return
		}
		if len(result.Content) == 0 {
			t.Errorf("%s: no answer", text)
		}
		for _, c := range result.Content {
			if out := c.(*sdk.TextContent).Text; strings.Contains(out, secret) && !strings.Contains(text, `\u`) && !strings.Contains(text, secret) {
				t.Errorf("%s is answered by %q", text, out)
			}
		}
	})
}
