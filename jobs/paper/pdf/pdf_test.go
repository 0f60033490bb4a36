package pdf_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"github.com/sothon/sothon/jobs/paper/pdf"
)

func TestMain(m *testing.M) {
	api.DisableConfigDir()
	os.Exit(m.Run())
}

func fontFile(t *testing.T) []byte {
	t.Helper()
	ttf, err := os.ReadFile("../fonts/LiberationSerif-Italic.ttf")
	if err != nil {
		t.Fatal(err)
	}
	return ttf
}

func font(t *testing.T) *pdf.Font {
	t.Helper()
	f, err := pdf.ParseFont("LiberationSerif-Italic", fontFile(t))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func info() pdf.Info {
	return pdf.Info{Title: "Tệp mẫu", Author: "Người mẫu", Language: "vi-VN", Written: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
}

func read(t *testing.T, w *pdf.Writer) *model.Context {
	t.Helper()
	var b bytes.Buffer
	if n, err := w.WriteTo(&b); err != nil || n != int64(b.Len()) {
		t.Fatalf("%d bytes of %d: %v", n, b.Len(), err)
	}
	context, err := api.ReadAndValidate(bytes.NewReader(b.Bytes()), model.NewDefaultConfiguration())
	if err != nil {
		t.Fatal(err)
	}
	return context
}

// The font in a file draws each character as the whole font does, and has no
// more glyphs than it needs.
func TestEmbeddedFont(t *testing.T) {
	const shown = "Ằộ đường (\\) ỵ"
	w := pdf.New(info())
	w.Page(200, 100)
	w.Mark(w.Document().Add(pdf.Paragraph))
	w.Text(font(t), 12, 10, 20, shown+"\U0001F3E0\u4e00") // the last two are not in the font
	context := read(t, w)
	var part, whole *sfnt.Font
	var glyphs []byte
	for n := range context.Table {
		dict, err := context.DereferenceDict(*pdfRef(n))
		if err != nil || dict == nil || dict.Subtype() == nil || *dict.Subtype() != "CIDFontType2" {
			continue
		}
		descriptor, err := context.DereferenceDict(dict["FontDescriptor"])
		if err != nil {
			t.Fatal(err)
		}
		if part, err = sfnt.Parse(completed(stream(t, context, descriptor["FontFile2"]), fontFile(t))); err != nil {
			t.Fatal(err)
		}
		glyphs = stream(t, context, dict["CIDToGIDMap"])
	}
	whole, err := sfnt.Parse(fontFile(t))
	if err != nil || part == nil {
		t.Fatalf("no font in the file; %v", err)
	}
	if part.NumGlyphs() > 40 {
		t.Errorf("%d glyphs for %d characters", part.NumGlyphs(), len([]rune(shown)))
	}
	var buffer sfnt.Buffer
	for _, r := range shown {
		glyph, err := whole.GlyphIndex(&buffer, r)
		if err != nil {
			t.Fatal(err)
		}
		want, err := whole.LoadGlyph(&buffer, glyph, fixed.I(1000), nil)
		if err != nil {
			t.Fatal(err)
		}
		wanted := fmt.Sprint(want)
		got, err := part.LoadGlyph(&buffer, sfnt.GlyphIndex(int(glyphs[2*r])<<8|int(glyphs[2*r+1])), fixed.I(1000), nil)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != wanted {
			t.Errorf("%c is drawn otherwise", r)
		}
	}
}

// A file that is no font is refused, wherever it ends.
func TestParseFont(t *testing.T) {
	whole := fontFile(t)
	for _, n := range []int{0, 11, 12, 100, 300, len(whole) / 2} {
		if _, err := pdf.ParseFont("x", whole[:n]); err == nil {
			t.Errorf("%d bytes are taken for a font", n)
		}
	}
}

// Marked content goes on while its element does, over several texts, and ends
// with the page.
func TestMarks(t *testing.T) {
	f := font(t)
	w := pdf.New(info())
	first, second := w.Document().Add(pdf.Paragraph), w.Document().Add(pdf.Paragraph)
	w.Page(200, 100)
	w.Mark(first)
	w.Text(f, 12, 10, 20, "a")
	w.Text(f, 12, 10, 40, "b")
	w.Line(0, 50, 100, 50, 1)
	w.Text(f, 12, 10, 60, "c")
	w.Mark(second)
	w.Text(f, 12, 10, 80, "d")
	w.Page(200, 100)
	w.Text(f, 12, 10, 20, "e")
	w.Mark(nil)
	w.Text(f, 12, 10, 40, "1")
	context := read(t, w)
	for i, want := range []string{
		"/P <</MCID 0>> BDC\nBT /F0 12.00 Tf 10.00 80.00 Td (\x00a) Tj ET\nBT 10.00 60.00 Td (\x00b) Tj ET\nEMC\n" +
			"/Artifact BMC\n1.00 w 0.00 50.00 m 100.00 50.00 l S\nEMC\n" +
			"/P <</MCID 1>> BDC\nBT 10.00 40.00 Td (\x00c) Tj ET\nEMC\n/P <</MCID 2>> BDC\nBT 10.00 20.00 Td (\x00d) Tj ET\nEMC\n",
		"/P <</MCID 0>> BDC\nBT /F0 12.00 Tf 10.00 80.00 Td (\x00e) Tj ET\nEMC\n/Artifact BMC\nBT 10.00 60.00 Td (\x001) Tj ET\nEMC\n",
	} {
		r, err := pdfcpu.ExtractPageContent(context, i+1)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("page %d:\n%s", i+1, got)
		}
	}
}

// An entry of the outline lies at most one level below the one before it.
func TestOutline(t *testing.T) {
	w := pdf.New(info())
	w.Page(200, 100)
	for _, e := range []struct {
		title string
		level int
	}{{"A", 3}, {"B", 5}, {"C", 1}, {"D", 0}, {"E", 1}} {
		w.Bookmark(e.title, e.level, 10)
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	marks, err := api.Bookmarks(bytes.NewReader(b.Bytes()), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got string
	for _, top := range marks {
		got += top.Title
		for _, below := range top.Kids {
			got += "-" + below.Title
		}
	}
	if got != "A-B-CD-E" {
		t.Errorf("the outline is %s", got)
	}
}

func pdfRef(n int) *types.IndirectRef { return types.NewIndirectRef(n, 0) }

func stream(t *testing.T, context *model.Context, o types.Object) []byte {
	t.Helper()
	dict, _, err := context.DereferenceStreamDict(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := dict.Decode(); err != nil {
		t.Fatal(err)
	}
	return dict.Content
}

// completed gives a part of a font the tables of the whole that no file needs,
// but this parser.
func completed(part, whole []byte) []byte {
	tables := map[string][]byte{}
	for _, ttf := range [][]byte{whole, part} {
		for i := range int(binary.BigEndian.Uint16(ttf[4:])) {
			row := ttf[12+16*i:]
			at := binary.BigEndian.Uint32(row[8:])
			tables[string(row[:4])] = ttf[at : at+binary.BigEndian.Uint32(row[12:])]
		}
	}
	names := slices.Sorted(maps.Keys(tables))
	ttf := []byte{0, 1, 0, 0, 0, byte(len(names)), 0, 0, 0, 0, 0, 0}
	at := len(ttf) + 16*len(names)
	for _, name := range names {
		ttf = append(append(ttf, name...), 0, 0, 0, 0)
		ttf = binary.BigEndian.AppendUint32(ttf, uint32(at))
		ttf = binary.BigEndian.AppendUint32(ttf, uint32(len(tables[name])))
		at += (len(tables[name]) + 3) &^ 3
	}
	for _, name := range names {
		ttf = append(append(ttf, tables[name]...), make([]byte, -len(tables[name])&3)...)
	}
	return ttf
}
