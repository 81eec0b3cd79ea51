package migration

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
)

// alreadyIn is how many files of a history have to be in a dump for it to be a later
// one than they are. One or two can be mistakes.
const alreadyIn = 3

// withoutApplied leaves out the files that a dump contains: those up to the last one
// of a history of which it has everything that the file creates. If it has all files,
// they are read without it.
func (p *player) withoutApplied(files []*File) (left, applied []*File) {
	for len(files) > 0 {
		n := 1
		for n < len(files) && files[n].home == files[0].home {
			n++
		}
		last, count := 0, 0
		for i, f := range files[:n] {
			if p.has(f) {
				last, count = i+1, count+1
			}
		}
		if count < alreadyIn {
			last = 0
		}
		applied, left, files = append(applied, files[:last]...), append(left, files[last:n]...), files[n:]
	}
	return left, applied
}

// has reports whether everything that a file creates is there already.
func (p *player) has(f *File) bool {
	mark := p.c.Mark()
	defer p.c.Rewind(mark)
	there := 0
	for _, s := range f.Statements {
		if s.Err != nil {
			continue
		}
		run := s.parsed
		run.Version, run.First = p.version, 1
		e := ddl.Run(p.c, run)
		if strings.HasSuffix(e.Refused, "already exists") {
			there++
			continue
		}
		for _, a := range e.Actions {
			switch a.Verb {
			case ddl.CreateTable, ddl.CreateRelationAs, ddl.AddColumn, ddl.CreateIndex, ddl.AddConstraint, ddl.CreateType, ddl.CreateObject:
				if e.Refused == "" && !a.Nothing {
					return false
				}
				there++
			}
		}
	}
	return there > 0
}
