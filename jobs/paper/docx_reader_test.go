package paper_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/paper"
)

// node is an element of XML; names have no namespace.
type node struct {
	name     string
	attrs    map[string]string
	children []*node
	data     string // of its own
}

// parseXML reads a part as strictly as XML asks.
func parseXML(b []byte) (*node, error) {
	decoder := xml.NewDecoder(bytes.NewReader(b))
	root := &node{}
	open := []*node{root}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		top := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			n := &node{name: token.Name.Local, attrs: map[string]string{}}
			for _, a := range token.Attr {
				n.attrs[a.Name.Local] = a.Value
			}
			top.children = append(top.children, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.data += string(token)
		}
	}
	return root.children[0], nil
}

// all returns the elements of a name at any depth, in order.
func (n *node) all(name string) []*node {
	var found []*node
	for _, c := range n.children {
		if c.name == name {
			found = append(found, c)
		}
		found = append(found, c.all(name)...)
	}
	return found
}

// at follows names down, the first child of each; nil if there is none.
func (n *node) at(names ...string) *node {
	for _, name := range names {
		if n == nil {
			return nil
		}
		var found *node
		for _, c := range n.children {
			if c.name == name {
				found = c
				break
			}
		}
		n = found
	}
	return n
}

func (n *node) attr(name string) string {
	if n == nil {
		return ""
	}
	return n.attrs[name]
}

func (n *node) number(name string) float64 {
	f, _ := strconv.ParseFloat(n.attr(name), 64)
	return f
}

// words is what the runs say. A hyphen at which no line breaks is a hyphen.
func (n *node) words() string {
	var sb strings.Builder
	for _, c := range n.children {
		switch c.name {
		case "t":
			sb.WriteString(c.data)
		case "noBreakHyphen":
			sb.WriteByte('-')
		default:
			sb.WriteString(c.words())
		}
	}
	return sb.String()
}

// text is what the runs say, a line for each paragraph.
func (n *node) text() string {
	var sb strings.Builder
	for _, p := range n.all("p") {
		sb.WriteString(p.words())
		sb.WriteByte('\n')
	}
	return sb.String()
}

// word is a docx that was read.
type word struct {
	parts  map[string]*node
	body   *node
	styles map[string]*node
}

func writeDOCX(t *testing.T, d *paper.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := paper.WriteDOCX(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readDOCX(t *testing.T, d *paper.Document) *word {
	t.Helper()
	parts, err := xmlParts(writeDOCX(t, d))
	if err != nil {
		t.Fatal(err)
	}
	w := &word{parts: parts, body: parts["word/document.xml"].at("body"), styles: map[string]*node{}}
	for _, s := range parts["word/styles.xml"].all("style") {
		w.styles[s.attr("styleId")] = s
	}
	return w
}

// xmlParts reads the parts of a package. Each must be well-formed.
func xmlParts(file []byte) (map[string]*node, error) {
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	parts := map[string]*node{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		if parts[f.Name], err = parseXML(b); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// paragraph returns the first that begins so.
func (w *word) paragraph(t *testing.T, prefix string) *node {
	t.Helper()
	for _, p := range w.body.all("p") {
		if strings.HasPrefix(p.words(), prefix) {
			return p
		}
	}
	t.Fatalf("no paragraph begins with %q", prefix)
	return nil
}

// property finds what a paragraph or its style says: "pPr", "jc".
func (w *word) property(p *node, group, name string) *node {
	if found := p.at(group, name); found != nil {
		return found
	}
	return w.styles[p.at("pPr", "pStyle").attr("val")].at(group, name)
}

// shown is how the first run of a paragraph looks.
func (w *word) shown(p *node) (size float64, isBold, isItalic, caps bool) {
	style := w.styles[p.at("pPr", "pStyle").attr("val")]
	run := p.at("r", "rPr")
	has := func(name string) bool { return style.at("rPr", name) != nil || run.at(name) != nil }
	size = style.at("rPr", "sz").number("val") / 2
	if own := run.at("sz"); own != nil {
		size = own.number("val") / 2
	}
	return size, has("b"), has("i"), has("caps")
}
