package main

import (
	"bytes"
	"strings"
	"text/template"
)

// formula is for a Homebrew tap: Formula/pgverdict.rb.
var formula = template.Must(template.New("").Parse(`# Written by internal/release.
class Pgverdict < Formula
  desc "Find out why PostgreSQL is slow, from pasted plans and exported statistics"
  homepage "https://github.com/pgverdict/pgverdict"
  version "{{.Version}}"
  license "MIT"
{{range .Systems}}
  on_{{.Name}} do
{{- range .Archives}}
    on_{{.Arch}} do
      url "https://github.com/pgverdict/pgverdict/releases/download/v{{$.Version}}/{{.Name}}"
      sha256 "{{.Sum}}"
    end
{{- end}}
  end
{{end}}
  def install
    bin.install "pgverdict"
    man1.install Dir["man/man1/*.1"]
    bash_completion.install "completions/pgverdict.bash" => "pgverdict"
    zsh_completion.install "completions/_pgverdict"
    fish_completion.install "completions/pgverdict.fish"
  end

  test do
    assert_match "VERDICT", shell_output("#{bin}/pgverdict demo")
  end
end
`))

// formula writes the formula of the archives for macOS and Linux.
func (r *release) formula(targets []target) []byte {
	type archive struct{ Arch, Name, Sum string }
	type system struct {
		Name     string
		Archives []archive
	}
	data := struct {
		Version string
		Systems []system
	}{Version: r.version}
	for _, s := range []struct{ name, os string }{{"macos", "darwin"}, {"linux", "linux"}} {
		of := system{Name: s.name}
		for _, t := range targets {
			if name := r.name(t) + ".tar.gz"; t.os == s.os {
				of.Archives = append(of.Archives, archive{strings.NewReplacer("amd64", "intel", "arm64", "arm").Replace(t.arch), name, r.sums[name]})
			}
		}
		data.Systems = append(data.Systems, of)
	}
	var b bytes.Buffer
	if err := formula.Execute(&b, data); err != nil {
		panic(err) // of a template and data that are written above
	}
	return b.Bytes()
}
