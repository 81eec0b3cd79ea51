package plan

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// xmlLists are the elements that contain a list, by JSON name. Other elements
// with children contain named values.
var xmlLists = map[string]bool{
	"Plans": true, "Workers": true, "Triggers": true, "Grouping Sets": true, "Group Keys": true, "Hash Keys": true,
	"Target Tables": true, "Sort Methods Used": true,
}

// xmlNames restores names in which XML replaces more than spaces: every
// character that is not allowed in a name becomes a hyphen (ExplainXMLTag in
// explain_format.c).
var xmlNames = strings.NewReplacer(
	"I O ", "I/O ",
	"Full sort Groups", "Full-sort Groups",
	"Pre sorted Groups", "Pre-sorted Groups",
	"One Time Filter", "One-Time Filter",
)

func xmlName(s string) string {
	if strings.IndexByte(s, '-') < 0 {
		return s
	}
	return xmlNames.Replace(strings.ReplaceAll(s, "-", " "))
}

// xmlReader passes the elements of XML to a builder. Only the content shows
// what an element is, so each start is held until the next token.
type xmlReader struct {
	d     *xml.Decoder
	b     builder
	at    func(line int) int
	depth int    // of open elements
	name  string // of the start being held, if waits
	waits bool
	line  int
	text  strings.Builder
}

// readXML reads one XML element at the start of s and returns where it ended.
func readXML(s string, at func(int) int) (b *builder, end int, err *SyntaxError) {
	r := &xmlReader{d: xml.NewDecoder(strings.NewReader(s)), b: builder{format: "xml"}, at: at}
	r.d.Strict = false
	if cause := r.read(); cause != nil {
		line, _ := r.d.InputPos()
		err = &SyntaxError{Line: at(line - 1), Want: "the rest of the XML"}
		if cause != io.EOF && cause != io.ErrUnexpectedEOF {
			err.Err = cause
		}
		r.b.closeTruncated(err)
	}
	return &r.b, int(r.d.InputOffset()), err
}

func (r *xmlReader) read() error {
	for {
		t, err := r.d.RawToken()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			line, _ := r.d.InputPos()
			if err := r.start(xmlName(t.Name.Local), r.at(line-1)); err != nil {
				return err
			}
		case xml.CharData:
			if r.waits {
				r.text.Write(t)
			}
		case xml.EndElement:
			if r.end() {
				return nil
			}
		}
	}
}

// errDepth ends the reading of a plan that is nested too deeply.
var errDepth = errors.New("nested too deeply")

func (r *xmlReader) start(name string, line int) error {
	if r.waits {
		// The element being held contains elements.
		if !r.b.open(r.name, name == "Item" || xmlLists[r.name], r.line) {
			return errDepth
		}
	}
	r.depth++
	r.name, r.line, r.waits = name, line, true
	r.text.Reset()
	return nil
}

// end closes an element and reports whether it was the outermost.
func (r *xmlReader) end() bool {
	switch {
	case r.depth == 0:
		return true
	case !r.waits:
		r.b.close()
	case xmlLists[r.name], propertyKinds[r.name] == expressionList:
		if r.b.open(r.name, true, r.line) {
			r.b.close()
		}
	case r.depth > 1:
		r.b.scalar(r.name, r.text.String(), untypedScalar, r.line)
	}
	r.waits = false
	r.depth--
	return r.depth == 0
}
