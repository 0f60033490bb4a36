package signed_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/signed"
)

// onePage is a PDF of one page, whose content and font's map are packed.
func onePage(t *testing.T, content, cmap io.Reader) []byte {
	t.Helper()
	packed := func(r io.Reader) string {
		var b bytes.Buffer
		w := zlib.NewWriter(&b)
		if _, err := io.Copy(w, r); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("<</Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream", b.Len(), b.String())
	}
	var b bytes.Buffer
	var places []int
	b.WriteString("%PDF-1.4\n")
	for i, o := range []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]/Resources<</Font<</F1 4 0 R>>>>>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents[5 0 R 5 0 R]>>",
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>", packed(content), packed(cmap),
	} {
		places = append(places, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(places)+1)
	for _, p := range places {
		fmt.Fprintf(&b, "%010d 00000 n \n", p)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(places)+1, at)
	return b.Bytes()
}

// blanks are many of them.
type blanks struct{}

func (blanks) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// What is small in a file and large in memory is not unpacked.
func TestPackedIsBounded(t *testing.T) {
	const number, large = "56/BC-UBND", 200 << 20
	line := "BT /F1 12 Tf 72 700 Td (" + strings.Repeat("Báo cáo mẫu. ", 10) + "%s) Tj ET\n"
	text := func(number string) io.Reader { return strings.NewReader(fmt.Sprintf(line, number)) }
	original := onePage(t, text(number), strings.NewReader(""))
	for name, c := range map[string]struct {
		file []byte
		kind signed.Kind
		ok   bool
	}{
		"the same text":         {onePage(t, text("so 56/BC-UBND"), strings.NewReader("")), signed.Text, true},
		"another number":        {onePage(t, text("57/BC-UBND"), strings.NewReader("")), signed.Scan, false},
		"a large content":       {onePage(t, io.LimitReader(blanks{}, large), strings.NewReader("")), signed.Scan, true},
		"a large map of a font": {onePage(t, text(number), io.LimitReader(blanks{}, large)), signed.Text, true},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := signed.Check(c.file, original, number)
		runtime.ReadMemStats(&after)
		if (err == nil) != c.ok || got.Kind != c.kind {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > large/2 {
			t.Errorf("%s: takes %d MiB", name, took>>20)
		}
	}
}
