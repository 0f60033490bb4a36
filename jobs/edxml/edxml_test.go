package edxml_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs/edxml"
)

func document() *edxml.Document {
	return &edxml.Document{
		From:   edxml.Party{Code: "H48.28.12", Name: "Ủy ban nhân dân xã Mẫu", Above: "ỦY BAN NHÂN DÂN TỈNH MẪU"},
		To:     edxml.Party{Code: "000.01.02.H48", Name: `Sở "Mẫu" & <Nội vụ>`},
		Number: "05", Symbol: "BC-UBND", Place: "Mẫu Sơn", Date: time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC), Kind: "Báo cáo",
		Subject: "Kết quả công tác\x00 năm 2025", Position: "CHỦ TỊCH", Name: "Nguyễn Văn Mẫu", Pages: 7, At: time.Date(2026, 2, 3, 9, 8, 7, 0, time.UTC),
		Files: []edxml.File{{Name: "BC-05.pdf", Type: "application/pdf", Body: []byte("%PDF\x00\xff")}, {Name: "BC-05.xlsx", Type: "application/x", Body: nil}},
	}
}

// elements are the texts of a package's elements by their path, in order.
func elements(t *testing.T, body []byte) (texts map[string][]string) {
	t.Helper()
	texts = map[string][]string{}
	var path []string
	for d := xml.NewDecoder(bytes.NewReader(body)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return texts
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Space != "http://www.mic.gov.vn/TBT/QCVN_102_2016" {
				t.Errorf("%s is of %q", token.Name.Local, token.Name.Space)
			}
			path = append(path, token.Name.Local)
			name := strings.Join(path, "/")
			texts[name] = append(texts[name], "")
		case xml.CharData:
			if list := texts[strings.Join(path, "/")]; len(list) > 0 {
				list[len(list)-1] += string(token)
			}
		case xml.EndElement:
			path = path[:len(path)-1]
		}
	}
}

// A package is well formed, says what the document says, and has its files with
// their hashes.
func TestPackage(t *testing.T) {
	var first, second bytes.Buffer
	d := document()
	if err := errors.Join(edxml.Write(&first, d), edxml.Write(&second, d)); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Fatalf("it is not the same twice: %v", err)
	}
	texts := elements(t, first.Bytes())
	const header = "edXML/edXMLEnvelope/edXMLHeader/"
	for path, want := range map[string]string{
		header + "MessageHeader/From/OrganId":                      "H48.28.12",
		header + "MessageHeader/To/OrganName":                      `Sở "Mẫu" & <Nội vụ>`,
		header + "MessageHeader/Code/CodeNumber":                   "05",
		header + "MessageHeader/Code/CodeNotation":                 "BC-UBND",
		header + "MessageHeader/PromulgationInfo/PromulgationDate": "2026/02/03",
		header + "MessageHeader/DocumentType/TypeName":             "Báo cáo",
		header + "MessageHeader/Subject":                           "Kết quả công tác\ufffd năm 2025",
		header + "MessageHeader/SignerInfo/FullName":               "Nguyễn Văn Mẫu",
		header + "MessageHeader/OtherInfo/PageAmount":              "7",
		header + "MessageHeader/DocumentId":                        "H48.28.12,2026/02/03,05/BC-UBND",
		header + "TraceHeaderList/TraceHeader/Timestamp":           "2026/02/03 09:08:07",
	} {
		if got := texts[path]; len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if p := header + "MessageHeader/To/OrganizationInCharge"; len(texts[p]) > 0 {
		t.Errorf("%s is said, and nobody knows it", p)
	}
	const body, coded = "edXML/edXMLEnvelope/edXMLBody/edXMLManifest/Reference/", "edXML/AttachmentEncoded/Attachment/"
	for i, f := range d.Files {
		sum := sha256.Sum256(f.Body)
		hash := hex.EncodeToString(sum[:])
		got, err := base64.StdEncoding.DecodeString(texts[coded+"ContentTransferEncoded"][i])
		if err != nil || !bytes.Equal(got, f.Body) || texts[coded+"ContentId"][i] != hash || texts[body+"ContentId"][i] != "cid:"+hash ||
			texts[coded+"AttachmentName"][i] != f.Name || !strings.HasSuffix(texts[body+"Description"][i], "SHA-256: "+hash) {
			t.Errorf("file %d is not in it as it is: %v", i, err)
		}
	}
}

func TestCodes(t *testing.T) {
	for _, good := range []string{"H48", "G09.16.05", "H48.28.12", "000.01.02.H48", "C05.1"} {
		if !edxml.IsCode(good) {
			t.Errorf("%q is refused", good)
		}
	}
	bad := []string{"", "h48", "H48.", ".H48", "H48..1", "H48 1", "H48/1", "Đ48", "H48\n", strings.Repeat("A1.", 12) + "A1"}
	if i := slices.IndexFunc(bad, edxml.IsCode); i >= 0 {
		t.Errorf("%q is taken", bad[i])
	}
}
