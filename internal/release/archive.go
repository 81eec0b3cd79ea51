package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"io"
	"io/fs"
	"path"
	"time"
)

// tarred writes a compressed tar archive with the files below a folder, which ends with
// a slash. Each folder has an entry, as dpkg asks for.
func tarred(w io.Writer, below string, files []file, at time.Time) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	made := map[string]bool{}
	entry := func(h tar.Header) error {
		h.ModTime, h.Uname, h.Gname = at, "root", "root"
		return t.WriteHeader(&h)
	}
	for _, f := range files {
		name := below + f.path
		for i, c := range name {
			if folder := name[:i]; c == '/' && !made[folder] {
				made[folder] = true
				if err := entry(tar.Header{Typeflag: tar.TypeDir, Name: folder + "/", Mode: 0o755}); err != nil {
					return err
				}
			}
		}
		if err := entry(tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(f.content)), Mode: f.mode}); err != nil {
			return err
		}
		if _, err := t.Write(f.content); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	return z.Close()
}

// zipped writes a zip archive with the files in a folder.
func zipped(w io.Writer, dir string, files []file, at time.Time) error {
	z := zip.NewWriter(w)
	for _, f := range files {
		h := &zip.FileHeader{Name: path.Join(dir, f.path), Method: zip.Deflate, Modified: at}
		h.SetMode(fs.FileMode(f.mode))
		out, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := out.Write(f.content); err != nil {
			return err
		}
	}
	return z.Close()
}
