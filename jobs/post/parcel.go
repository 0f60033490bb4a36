package post

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"path/filepath"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

var (
	// ErrRefused says that the parcel will never be taken as it is, or by whom
	// it is sent to: trying again is of no use.
	ErrRefused = errors.New("refused")
	// ErrUncertain says that the parcel may have arrived. A caller that sends it again
	// sets Parcel.Repeat.
	ErrUncertain = errors.New("it may have arrived")
)

// RetryAfter is an error of the other side that says when to come again. What
// it wraps may be ErrUncertain.
type RetryAfter struct {
	Wait time.Duration // 0 … Longest
	Err  error
}

func (e *RetryAfter) Error() string { return fmt.Sprintf("%v; not before %s", e.Err, e.Wait) }

// Unwrap returns what went wrong.
func (e *RetryAfter) Unwrap() error { return e.Err }

// Channel is one way to one recipient. It may be used by several goroutines.
type Channel interface {
	// Send makes one attempt. See the package for what its errors mean.
	Send(ctx context.Context, p *Parcel) (Receipt, error)
}

// Receipt is what the other side said when it took a parcel.
type Receipt struct {
	// Acknowledged: a machine has said that the report is where it belongs. A
	// mail server that queues a message has not.
	Acknowledged bool
	// Reference is the other side's own name for the delivery: an entry number,
	// the reply of a mail server. One line, cut to 200 characters; may be empty.
	Reference string
}

// Parcel is what one recipient gets.
type Parcel struct {
	// ID is the same over all attempts of one delivery, and of no other: letters
	// without diacritics, digits, - and _, at most 160, a letter or digit first.
	ID      string
	Subject string
	Text    string // plain, Vietnamese
	Files   []File
	Report  ReportInfo
	// AckURL is the link by which a person says that the report has arrived;
	// may be empty.
	AckURL string
	// Repeat: an earlier attempt was uncertain, and the parcel says that
	// this may be the second copy.
	Repeat bool
}

// File is one file of a parcel.
type File struct {
	// Name as people see it. Channels replace what no file may be called: no
	// name is left with a path, a leading dot or a control character in it.
	Name string
	Type string // media type; one that cannot be read becomes application/octet-stream
	Body []byte
}

// ReportInfo describes the report in a parcel to machines.
type ReportInfo struct {
	ID       string `json:"id"`
	Number   int    `json:"number"` // 56 of 56/BC-UBND
	Symbol   string `json:"symbol"` // BC-UBND of 56/BC-UBND
	Unit     string `json:"unit"`
	UnitName string `json:"unitName"`
	From     string `json:"from"`   // first day of the period, YYYY-MM-DD
	To       string `json:"to"`     // last day of the period, YYYY-MM-DD
	SHA256   string `json:"sha256"` // of the report as it was frozen, lower hex
}

// Manifest is a parcel as machines get it: the body of a webhook, and
// parcel.json in a folder.
type Manifest struct {
	ID      string     `json:"id"`
	Subject string     `json:"subject"`
	Text    string     `json:"text"`
	AckURL  string     `json:"ackUrl,omitempty"`
	Report  ReportInfo `json:"report"`
	Files   []Entry    `json:"files"`
}

// Entry is one file of a manifest.
type Entry struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int    `json:"size"`             // bytes
	SHA256 string `json:"sha256"`           // of the bytes, lower hex
	Base64 []byte `json:"base64,omitempty"` // the bytes, RFC 4648 section 4 with padding; absent in a folder, and where Size is 0
}

// manifest is the parcel for machines, without the bytes of its files.
func (p *Parcel) manifest(files []File) Manifest {
	d := Manifest{ID: p.ID, Subject: oneLine(p.Subject), Text: p.Text, AckURL: p.AckURL, Report: p.Report, Files: make([]Entry, len(files))}
	for i, f := range files {
		sum := sha256.Sum256(f.Body)
		d.Files[i] = Entry{Name: f.Name, Type: f.Type, Size: len(f.Body), SHA256: hex.EncodeToString(sum[:])}
	}
	return d
}

// No dot: signatures join an ID and a body with one.
var parcelID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,159}$`)

// check returns the files under names that every channel can take, or why no
// channel can.
func (p *Parcel) check() ([]File, error) {
	if !parcelID.MatchString(p.ID) {
		return nil, fmt.Errorf("%w: %q is no id of a parcel", ErrRefused, p.ID)
	}
	if strings.ContainsFunc(p.AckURL, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return nil, fmt.Errorf("%w: the link to acknowledge has a space in it", ErrRefused)
	}
	files := make([]File, len(p.Files))
	taken := map[string]bool{}
	for i, f := range p.Files {
		name := fileName(f.Name)
		// Not every disk tells capitals apart.
		folded := strings.ToLower(name)
		if name == "" || taken[folded] {
			return nil, fmt.Errorf("%w: two files called %q, or one without a name", ErrRefused, name)
		}
		taken[folded] = true
		files[i] = File{Name: name, Type: mediaType(f.Type), Body: f.Body}
	}
	return files, nil
}

// fileName is a name that is only a name, in every folder and every header.
func fileName(name string) string {
	const most = 200 // bytes; disks take 255
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r): // It could turn "exe.docx" around.
			return -1
		case unicode.IsControl(r), r == utf8.RuneError, strings.ContainsRune(`/\:*?"<>|`, r):
			return '_'
		}
		return r
	}, norm.NFC.String(name))
	name = strings.TrimLeft(name, ". ")
	name = strings.TrimRight(name, ". ")
	if len(name) > most {
		extension := filepath.Ext(name)
		if len(extension) > most/10 {
			extension = ""
		}
		name = strings.TrimRight(cut(name, most-len(extension)), ". ") + extension
	}
	return name
}

// cut shortens to whole characters within a number of bytes.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

func mediaType(s string) string {
	kind, parameters, err := mime.ParseMediaType(s)
	if err == nil && strings.Contains(kind, "/") {
		if s = mime.FormatMediaType(kind, parameters); s != "" {
			return s
		}
	}
	return "application/octet-stream"
}

// oneLine is text as one line: what breaks lines or hides becomes a space.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.IsSpace(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// answerText is what another machine answered, fit for a log.
func answerText(answer string) string {
	const most = 200 // characters
	// No character has more than four bytes.
	s := []rune(oneLine(cut(answer, 4*most)))
	if len(s) > most {
		return string(s[:most]) + "…"
	}
	return string(s)
}
