package paper

import (
	"archive/zip"
	"bufio"
	"bytes"
	"fmt"
	"io"
	"time"
)

// docx is a document being written: its text goes straight to its part of the
// file, its footnotes wait for theirs.
type docx struct {
	markup
	notes   bytes.Buffer
	foot    markup // writes to notes
	set     setter
	rules   int
	sizes   [len(cellSizes)]bool // of tables' texts, as far as used
	doc     *Document
	subject string // of the annex that is being written: its tables are about it
}

// WriteDOCX writes a document for Word (ECMA-376, transitional): everything in
// it can be edited there, and looks as its named styles say. An error is the
// writer's.
func WriteDOCX(w io.Writer, d *Document) error {
	p := pack{zip: zip.NewWriter(w)}
	x := &docx{doc: d}
	p.write("[Content_Types].xml", func(m *markup) { m.raw(contentTypes) })
	p.write("_rels/.rels", func(m *markup) { m.raw(packageLinks) })
	p.write("docProps/core.xml", func(m *markup) { m.properties(d) })
	p.write("word/document.xml", func(m *markup) {
		x.markup, x.foot = *m, markup{bufio.NewWriter(&x.notes)}
		x.document()
	})
	p.write("word/footnotes.xml", func(m *markup) {
		_ = x.foot.Flush() // into memory
		m.raw(footnotesOpen)
		m.raw(x.notes.String())
		m.raw(`</w:footnotes>`)
	})
	p.write("word/styles.xml", func(m *markup) { m.styles(x.sizes) })
	p.write("word/settings.xml", func(m *markup) { m.raw(settings) })
	p.write("word/fontTable.xml", func(m *markup) { m.raw(fontTable) })
	p.write("word/header1.xml", func(m *markup) { m.raw(pageNumberHeader) })
	p.write("word/header2.xml", func(m *markup) { m.raw(emptyHeader) })
	p.write("word/_rels/document.xml.rels", func(m *markup) { m.raw(documentLinks) })
	if err := p.close(); err != nil {
		return fmt.Errorf("write docx: %w", err)
	}
	return nil
}

// pack writes the parts of a package one after the other, and keeps the first error.
type pack struct {
	zip *zip.Writer
	err error
}

func (p *pack) write(name string, part func(*markup)) {
	if p.err != nil {
		return
	}
	// No time of change: the same document gives the same bytes.
	var w io.Writer
	if w, p.err = p.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate}); p.err != nil {
		return
	}
	m := &markup{bufio.NewWriterSize(w, 1<<15)}
	part(m)
	p.err = m.Flush()
}

func (p *pack) close() error {
	if p.err != nil {
		return p.err
	}
	return p.zip.Close()
}

func (m *markup) properties(d *Document) {
	m.raw(coreOpen, `<dc:title>`)
	m.text(d.Title)
	m.raw(`</dc:title><dc:creator>`)
	m.text(d.Author)
	m.raw(`</dc:creator><dc:language>vi-VN</dc:language>`)
	if t, ok := d.Date.time(); ok {
		at := t.Format(time.RFC3339)
		m.raw(`<dcterms:created xsi:type="dcterms:W3CDTF">`, at, `</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">`, at, `</dcterms:modified>`)
	}
	m.raw(`</cp:coreProperties>`)
}
