package post

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime"
	"strings"
	"unicode"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/text/unicode/norm"
)

// message is the parcel as it goes over the wire.
func (m *Mail) message(p *Parcel) ([]byte, error) {
	files, err := p.check()
	if err != nil {
		return nil, err
	}
	size := len(p.Text)
	for _, f := range files {
		size += len(f.Body)
	}
	if err := m.checkSize(size); err != nil {
		return nil, err
	}

	id := p.ID + "@" + m.domain
	text := letter(p)
	// What divides the parts is a hash of a part, and so stands in none of them.
	divide := sha256.Sum256([]byte(id + "\n" + text))
	g := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithBoundary(hex.EncodeToString(divide[:16])))
	g.FromMailAddress(m.from)
	g.ToMailAddress(m.to)
	g.Subject(oneLine(p.Subject))
	g.SetDateWithValue(m.config.Now())
	g.SetMessageIDWithValue(id)
	g.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834
	if p.Repeat {
		g.SetGenHeader(headerRepeat, "true")
	}
	g.SetBodyString(gomail.TypeTextPlain, text)
	for _, f := range files {
		g.AttachReadSeeker(f.Name, bytes.NewReader(f.Body), func(part *gomail.File) {
			part.Header.Set("Content-Type", f.Type)
			part.Header.Set("Content-Disposition", disposition(f.Name))
		})
	}
	var b bytes.Buffer
	if _, err := g.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("write the message: %w", err)
	}
	return b.Bytes(), m.checkSize(b.Len())
}

func (m *Mail) checkSize(size int) error {
	if size > m.config.MaxSize {
		return fmt.Errorf("%w: the message has %d bytes, at most %d may be sent", ErrRefused, size, m.config.MaxSize)
	}
	return nil
}

// letter is the text with what the way adds to it.
func letter(p *Parcel) string {
	text := strings.TrimRight(p.Text, "\r\n") + "\n"
	if p.Repeat {
		text = "Thư này có thể đã được gửi một lần trước đó. Nếu đã nhận được, xin bỏ qua bản này.\n\n" + text
	}
	if p.AckURL != "" {
		text += "\nXin xác nhận đã nhận báo cáo tại:\n" + p.AckURL + "\n"
	}
	return text
}

// disposition names an attachment for programs that know RFC 2231, and without
// diacritics for those that do not.
func disposition(name string) string {
	full := mime.FormatMediaType("attachment", map[string]string{"filename": name})
	bare := bareName(name)
	if bare == name {
		return full
	}
	return mime.FormatMediaType("attachment", map[string]string{"filename": bare}) +
		strings.Replace(strings.TrimPrefix(full, "attachment"), "; ", ";\r\n ", 1)
}

// bareName is a name without diacritics.
func bareName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r == 'đ':
			return 'd'
		case r == 'Đ':
			return 'D'
		case r > unicode.MaxASCII:
			return '_'
		}
		return r
	}, norm.NFD.String(name))
}
