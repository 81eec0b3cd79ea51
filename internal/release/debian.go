package main

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
)

// debian is a package for Debian and Ubuntu. It depends on nothing: the binary is
// static.
type debian struct {
	version, arch string
	time          time.Time
}

// debianVersion is a version by Debian's order: a pre-release is before its release, and
// a hyphen would begin Debian's own revision.
func debianVersion(version string) string {
	release, rest, pre := strings.Cut(version, "-")
	if pre {
		release += "~" + rest
	}
	return strings.ReplaceAll(release, "-", ".")
}

// debianFiles puts the files of an archive where Debian has them.
func debianFiles(files []file) []file {
	var out []file
	for _, f := range files {
		switch base := path.Base(f.path); {
		case f.path == "pgverdict":
			f.path = "usr/bin/pgverdict"
		case f.path == "LICENSE":
			f.path = "usr/share/doc/pgverdict/copyright"
		case f.path == "CHANGELOG.md":
			f.path, f.content = "usr/share/doc/pgverdict/changelog.gz", compressed(f.content)
		case f.path == "README.md":
			f.path = "usr/share/doc/pgverdict/README.md"
		case base == "pgverdict.bash":
			f.path = "usr/share/bash-completion/completions/pgverdict"
		case base == "_pgverdict":
			f.path = "usr/share/zsh/vendor-completions/_pgverdict"
		case base == "pgverdict.fish":
			f.path = "usr/share/fish/vendor_completions.d/pgverdict.fish"
		case strings.HasPrefix(f.path, "man/"):
			f.path, f.content = "usr/share/"+f.path+".gz", compressed(f.content)
		default:
			continue
		}
		out = append(out, f)
	}
	return out
}

func compressed(content []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = z.Write(content) // to memory
	_ = z.Close()
	return b.Bytes()
}

// write writes the package: an ar archive with the version of the format, what dpkg has
// to know, and the files (deb(5)).
func (d debian) write(w io.Writer, files []file) error {
	var sums, data, control bytes.Buffer
	size := 0
	for _, f := range files {
		fmt.Fprintf(&sums, "%x  %s\n", md5.Sum(f.content), f.path)
		size += len(f.content)
	}
	about := fmt.Sprintf(`Package: pgverdict
Version: %s
Architecture: %s
Maintainer: The pgverdict authors <pgverdict@users.noreply.github.com>
Installed-Size: %d
Section: database
Priority: optional
Homepage: https://github.com/pgverdict/pgverdict
Description: find out why PostgreSQL is slow, from pasted plans and statistics
 Reads EXPLAIN output, exported statistics views, schema dumps and migrations.
 Reports what is wrong, which change to try first, what that change saves and
 what it costs. Works offline and never connects to a database.
`, d.version, d.arch, (size+1023)/1024)
	if err := tarred(&data, "./", files, d.time); err != nil {
		return err
	}
	if err := tarred(&control, "./", []file{{"control", []byte(about), 0o644}, {"md5sums", sums.Bytes(), 0o644}}, d.time); err != nil {
		return err
	}
	out := bytes.NewBufferString("!<arch>\n")
	for _, m := range []struct {
		name    string
		content []byte
	}{{"debian-binary", []byte("2.0\n")}, {"control.tar.gz", control.Bytes()}, {"data.tar.gz", data.Bytes()}} {
		fmt.Fprintf(out, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", m.name, d.time.Unix(), 0, 0, 0o100644, len(m.content))
		out.Write(m.content)
		if len(m.content)%2 == 1 {
			out.WriteByte('\n')
		}
	}
	_, err := out.WriteTo(w)
	return err
}
