package jobs

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/edxml"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/jobs/post"
)

// edxmlFormat ends the name of the package's file.
const edxmlFormat archive.Format = "edxml"

// exchanged is the package in which offices exchange documents, around an issued
// report's PDF and xlsx. It is the same each time.
func exchanged(r *archive.Report, to *outbox.Recipient, files []post.File) (post.File, error) {
	i := r.Approval.Issue
	date, err := time.Parse(time.DateOnly, i.Date)
	if err != nil {
		return post.File{}, fmt.Errorf("the day of issue of %s: %w", r.ID, err)
	}
	d := edxml.Document{
		From:   edxml.Party{Code: to.EdXML.From, Name: r.Content.Sender(), Above: strings.Join(r.Content.Letter.Parent, " ")},
		To:     edxml.Party{Code: to.EdXML.To, Name: to.Name},
		Number: fmt.Sprintf("%02d", i.Number), Symbol: i.Symbol, Place: i.Place, Date: date, Kind: "Báo cáo", Subject: r.Content.Subject,
		Position: i.Position, Name: i.Name, At: r.Approval.At.Time().In(vietnamTime),
	}
	if r.SignedCopy != nil {
		d.Pages = r.SignedCopy.Pages
	}
	for _, format := range []archive.Format{archive.PDF, archive.XLSX} {
		for _, f := range files {
			if f.Name == r.FileName(format) {
				d.Files = append(d.Files, edxml.File{Name: f.Name, Type: f.Type, Body: f.Body})
			}
		}
	}
	var body bytes.Buffer
	if err := edxml.Write(&body, &d); err != nil {
		return post.File{}, err
	}
	return post.File{Name: r.FileName(edxmlFormat), Type: edxml.MediaType, Body: body.Bytes()}, nil
}

// vietnamTime is the time of a package, which is the same on every server. Vietnam
// has no summer time.
var vietnamTime = time.FixedZone("+07", 7*60*60)
