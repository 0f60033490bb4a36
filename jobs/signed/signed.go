// Package signed checks a signed copy of a report: the PDF that an official
// signed outside of this program, by a token or by pen and scanner.
package signed

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

// MaxSize bounds a signed copy, in bytes.
const MaxSize = 20 << 20

// What may be wrong with a signed copy.
var (
	ErrTooLarge = errors.New("the file is larger than 20 MiB")
	ErrNotPDF   = errors.New("the file is no PDF that can be read")
	ErrPages    = errors.New("the file has another number of pages")
	ErrNumber   = errors.New("the first page does not bear the report's number")
)

// maxUnpacked bounds one stream of objects as it is in memory.
const maxUnpacked = 32 << 20

// Kind says how a copy was recognised as the report's.
type Kind string

// Kinds of copies, the surest first.
const (
	Appended Kind = "appended" // the report's own PDF with a signature appended (ISO 32000-1, 12.8)
	Text     Kind = "text"     // its first page has the number as text
	Scan     Kind = "scan"     // its pages are pictures; only their number was compared
)

// Copy is a signed copy that was checked.
type Copy struct {
	Kind  Kind
	Pages int
}

// Check compares a signed copy with the PDF of the report. It may take some hundred
// megabytes: one at a time is enough. number is that of the
// report as it is printed: 56/BC-UBND.
func Check(file, original []byte, number string) (Copy, error) {
	switch {
	case len(file) > MaxSize:
		return Copy{}, ErrTooLarge
	case !bytes.HasPrefix(file, []byte("%PDF-")):
		return Copy{}, ErrNotPDF
	}
	ours, err := read(original)
	if err != nil {
		return Copy{}, fmt.Errorf("read the report's own PDF: %w", err)
	}
	theirs, err := read(file)
	if err != nil {
		return Copy{}, fmt.Errorf("%w: %w", ErrNotPDF, err)
	}
	c := Copy{Kind: Scan, Pages: theirs.pages}
	switch {
	case theirs.pages != ours.pages:
		return c, fmt.Errorf("%w: %d instead of %d", ErrPages, theirs.pages, ours.pages)
	case len(file) > len(original) && bytes.HasPrefix(file, original):
		c.Kind = Appended
	case hasNumber(theirs.text, number) || hasNumber(theirs.title, number):
		c.Kind = Text
	case letters(theirs.text) >= leastText:
		return c, ErrNumber
	}
	return c, nil
}

// leastText is how many letters and digits a first page has at least that is no
// picture. A scanner may print its name on one.
const leastText = 60

func letters(s string) (n int) {
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// hasNumber reports whether a text has a number in it, with or without blanks and a
// leading 0, and not as the end of a longer one.
func hasNumber(text, number string) bool {
	squeeze := func(s string) string {
		return strings.ToUpper(strings.Join(strings.Fields(s), ""))
	}
	text, number = squeeze(text), strings.TrimLeft(squeeze(number), "0")
	for at := 0; ; {
		i := strings.Index(text[at:], number)
		if i < 0 {
			return false
		}
		before := strings.TrimRight(text[:at+i], "0")
		if before == "" || before[len(before)-1] < '0' || before[len(before)-1] > '9' {
			return true
		}
		at += i + 1
	}
}

// document is what is read of a PDF.
type document struct {
	pages int
	text  string // of the first page
	title string
}

// read reads a PDF. The parser may panic on a broken one.
func read(file []byte) (d document, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the parser gave up: %v", v)
		}
	}()
	config := model.NewDefaultConfiguration()
	config.ValidationMode = model.ValidationRelaxed
	config.Limits.MaxStreamBytes, config.Limits.MaxDecodeBytes, config.Limits.MaxObjectStreamFirst = MaxSize, maxUnpacked, maxContent
	ctx, err := api.ReadContext(bytes.NewReader(file), config)
	if err != nil {
		return d, err
	}
	if err := ctx.EnsurePageCount(); err != nil {
		return d, err
	}
	if d.pages = ctx.PageCount; d.pages < 1 {
		return d, errors.New("it has no page")
	}
	d.title = ctx.Title
	d.text, err = pageText(ctx, 1)
	return d, err
}

// The parser must not look for a configuration in the home directory.
func init() { api.DisableConfigDir() }
