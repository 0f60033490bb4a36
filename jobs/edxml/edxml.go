// Package edxml writes the package in which Vietnamese offices exchange
// documents (QCVN 102:2016/BTTTT), around files that exist already.
//
// The text of the standard was not available. The structure is the one that
// programs share which have published how they exchange such packages: the
// namespace, the envelope with its header and its body, the message's header,
// the trace, the list of references, and the encoded files behind the envelope.
// Where those programs contradict each other, or a code's meaning is not known,
// nothing is written: the numeric type of a document (only its name is), the
// kind of steering, the sphere of promulgation, a due day. Not verified are the
// order of the elements, whether files are compressed before they are encoded
// (here they are not), and that any exchange takes the package.
package edxml

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

const (
	namespace = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
	xlink     = "http://www.w3.org/1999/xlink"
	actor     = "http://schemas.xmlsoap.org/soap/actor/next"

	// MediaType is that of the package.
	MediaType = "application/xml"
)

// Document is a document that is sent.
type Document struct {
	From, To Party
	Number   string // "56"
	Symbol   string // "BC-UBND"
	Place    string
	Date     time.Time // of issue; its day counts
	Kind     string    // "Báo cáo"
	Subject  string
	Position string // of who signed
	Name     string // of who signed
	Pages    int    // 0 where it is not known
	At       time.Time
	Files    []File // the document comes first
}

// Party is an office.
type Party struct {
	Code  string // mã định danh điện tử
	Name  string
	Above string // cơ quan chủ quản; may be ""
}

// File is one that is sent.
type File struct {
	Name, Type string
	Body       []byte
}

// code is an identifier of an office as Quyết định 20/2020/QĐ-TTg has it (H48,
// H48.1.2), or as it was before (000.01.02.H48): capital letters and digits in
// groups, 35 characters at most.
var code = regexp.MustCompile(`^[A-Z0-9]{1,4}(\.[A-Z0-9]{1,4}){0,9}$`)

// IsCode reports whether a text has the form of an office's identifier.
func IsCode(s string) bool { return len(s) <= 35 && code.MatchString(s) }

// Write writes the package. The same document gives the same bytes.
func Write(w io.Writer, d *Document) error {
	m := &markup{}
	m.raw(xml.Header)
	m.raw(`<edXML xmlns="` + namespace + `">`)
	m.open("edXMLEnvelope", ` xmlns:edXML="`+namespace+`"`)
	m.open("edXMLHeader", "")
	m.message(d)
	m.trace(d)
	m.shut("edXMLHeader")
	m.open("edXMLBody", "")
	m.open("edXMLManifest", ` version="1.0"`)
	for i := range d.Files {
		m.reference(&d.Files[i], i+1)
	}
	m.shut("edXMLManifest")
	m.shut("edXMLBody")
	m.shut("edXMLEnvelope")
	m.raw("<AttachmentEncoded>")
	for i := range d.Files {
		m.attachment(&d.Files[i], i+1)
	}
	m.raw("</AttachmentEncoded></edXML>\n")
	if _, err := w.Write(m.Bytes()); err != nil {
		return fmt.Errorf("write the package: %w", err)
	}
	return nil
}

const day = "2006/01/02"

const business = "Buss" + "iness" // so they spell it

func (m *markup) message(d *Document) {
	m.open("MessageHeader", "")
	m.party("From", &d.From)
	m.party("To", &d.To)
	m.open("Code", "")
	m.element("CodeNumber", d.Number)
	m.element("CodeNotation", d.Symbol)
	m.shut("Code")
	m.open("PromulgationInfo", "")
	m.element("Place", d.Place)
	m.element("PromulgationDate", d.Date.Format(day))
	m.shut("PromulgationInfo")
	m.open("DocumentType", "")
	m.element("TypeName", d.Kind)
	m.shut("DocumentType")
	m.element("Subject", d.Subject)
	m.element("Content", d.Subject)
	m.open("SignerInfo", "")
	m.element("Position", d.Position)
	m.element("FullName", d.Name)
	m.shut("SignerInfo")
	m.open("ToPlaces", "")
	m.element("Place", d.To.Name)
	m.shut("ToPlaces")
	if d.Pages > 0 {
		m.open("OtherInfo", "")
		m.element("PageAmount", fmt.Sprint(d.Pages))
		m.shut("OtherInfo")
	}
	m.element("DocumentId", fmt.Sprintf("%s,%s,%s/%s", d.From.Code, d.Date.Format(day), d.Number, d.Symbol))
	m.shut("MessageHeader")
}

func (m *markup) party(name string, p *Party) {
	m.open(name, "")
	m.element("OrganId", p.Code)
	if p.Above != "" {
		m.element("OrganizationInCharge", p.Above)
	}
	m.element("OrganName", p.Name)
	m.shut(name)
}

// trace says where the package has been: it comes from its sender, and is a new
// document without a paper that follows.
func (m *markup) trace(d *Document) {
	sum := sha256.Sum256([]byte(d.From.Code + d.To.Code + d.Number + d.Symbol + d.Date.Format(day)))
	m.open("TraceHeaderList", ` id="`+hex.EncodeToString(sum[:4])+`" version="1.0" mustUnderstand="1" actor="`+actor+`"`)
	m.open("TraceHeader", "")
	m.element("OrganId", d.From.Code)
	m.element("Timestamp", d.At.Format(day+" 15:04:05"))
	m.shut("TraceHeader")
	m.open(business, "")
	m.element(business+"DocType", "0")
	m.element(business+"DocReason", "Văn bản điện tử mới")
	m.element("Paper", "0")
	m.shut(business)
	m.shut("TraceHeaderList")
}

// id names a file by its content, and so tells its hash.
func (f *File) id() string {
	sum := sha256.Sum256(f.Body)
	return hex.EncodeToString(sum[:])
}

func (f *File) description(n int) string {
	return fmt.Sprintf("Tệp đính kèm %d; SHA-256: %s", n, f.id())
}

func (m *markup) reference(f *File, n int) {
	m.open("Reference", ` xmlns:xlink="`+xlink+`" xlink:href="cid:`+f.id()+`" xlink:role="XLinkRole" xlink:type="simple"`)
	m.element("ContentId", "cid:"+f.id())
	m.element("ContentType", f.Type)
	m.element("Description", f.description(n))
	m.element("AttachmentName", f.Name)
	m.shut("Reference")
}

func (m *markup) attachment(f *File, n int) {
	m.raw("<Attachment>")
	m.plain("ContentType", f.Type)
	m.plain("ContentId", f.id())
	m.plain("Description", f.description(n))
	m.raw("<ContentTransferEncoded>" + base64.StdEncoding.EncodeToString(f.Body) + "</ContentTransferEncoded>")
	m.plain("AttachmentName", f.Name)
	m.raw("</Attachment>")
}

// markup writes XML. Elements of the envelope have the prefix edXML, those
// behind it have none.
type markup struct{ bytes.Buffer }

func (m *markup) raw(s string)              { _, _ = m.WriteString(s) } // a buffer takes all
func (m *markup) open(name, attrs string)   { m.raw("<edXML:" + name + attrs + ">") }
func (m *markup) shut(name string)          { m.raw("</edXML:" + name + ">") }
func (m *markup) element(name, text string) { m.plain("edXML:"+name, text) }

func (m *markup) plain(name, text string) {
	m.raw("<" + name + ">")
	_ = xml.EscapeText(m, []byte(strings.TrimSpace(text))) // a buffer takes all
	m.raw("</" + name + ">")
}
