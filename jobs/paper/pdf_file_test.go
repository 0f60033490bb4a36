package paper_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"github.com/sothon/sothon/jobs/paper"
)

// A pdf says what it is: its version, language, title and outline.
func TestPDFFile(t *testing.T) {
	d := sample()
	d.Title, d.Author = "Báo cáo <mẫu> & kết quả", "Ủy ban nhân dân xã Suối Mẫu"
	d.Body = append(d.Body, paper.Heading{Level: 1, Text: "II. Đánh giá chung"}, paper.Heading{Level: 3, Text: "a) Không có mục 1"})
	var b bytes.Buffer
	if err := paper.WritePDF(&b, d); err != nil {
		t.Fatal(err)
	}
	file := b.String()
	if !strings.HasPrefix(file, "%PDF-1.7\n") || !strings.Contains(file, "/Lang (vi-VN)") {
		t.Errorf("it begins with %q", file[:9])
	}
	context, err := api.ReadAndValidate(bytes.NewReader(b.Bytes()), model.NewDefaultConfiguration())
	if err != nil {
		t.Fatal(err)
	}
	if len(context.ID) != 2 || context.ID[0] != context.ID[1] || !regexp.MustCompile(`^<[0-9A-F]{32}>$`).MatchString(context.ID[0].String()) {
		t.Errorf("its identity is %v", context.ID)
	}
	for _, want := range []string{"<rdf:li xml:lang=\"vi-VN\">Báo cáo &lt;mẫu&gt; &amp; kết quả</rdf:li>", "<rdf:li>vi-VN</rdf:li>"} {
		if !strings.Contains(file, want) {
			t.Errorf("the metadata lack %s", want)
		}
	}
	bookmarks, err := api.Bookmarks(bytes.NewReader(b.Bytes()), nil)
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for _, top := range bookmarks {
		titles = append(titles, top.Title)
		for _, below := range top.Kids {
			titles = append(titles, "> "+below.Title)
		}
	}
	got := strings.Join(titles, "\n")
	for _, want := range []string{"I. Kết quả thực hiện", "> 1. Xây dựng khối", "\nII. Đánh giá chung\n> a) Không có mục 1\n", "Phụ lục I: Số suất quà theo thôn"} {
		if !strings.Contains(got, want) {
			t.Errorf("the outline lacks %q:\n%s", want, got)
		}
	}
	if err := api.Validate(bytes.NewReader(b.Bytes()), nil); err != nil {
		t.Errorf("pdfcpu: %v", err)
	}
}
