package paper_test

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"

	"github.com/sothon/sothon/jobs/paper"
)

// threeSheets has sheets of several kinds, so that an order could go wrong.
func threeSheets() *paper.Workbook {
	b := longBook(50)
	for _, name := range []string{"Thu", "Chi", "Tồn"} {
		s := longBook(30).Sheets[0]
		s.Name = name
		b.Sheets = append(b.Sheets, s)
	}
	return b
}

var writers = map[string]func(io.Writer) error{
	"docx": func(w io.Writer) error { return paper.WriteDOCX(w, sample()) },
	"pdf":  func(w io.Writer) error { return paper.WritePDF(w, sample()) },
	"xlsx": func(w io.Writer) error { return paper.WriteXLSX(w, threeSheets()) },
}

// The same document gives the same bytes, whatever else is written at the time.
func TestSameBytes(t *testing.T) {
	for name, write := range writers {
		t.Run(name, func(t *testing.T) {
			var files [8]bytes.Buffer
			var group sync.WaitGroup
			for i := range files {
				group.Go(func() {
					if err := write(&files[i]); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			for i := range files {
				if !bytes.Equal(files[i].Bytes(), files[0].Bytes()) {
					t.Errorf("file %d has other bytes", i)
				}
			}
		})
	}
}

var errFull = errors.New("full")

// full takes a number of bytes and no more.
type full int

func (f *full) Write(p []byte) (int, error) {
	if len(p) > int(*f) {
		return 0, errFull
	}
	*f -= full(len(p))
	return len(p), nil
}

// A write that fails is an error, wherever it fails.
func TestFailingWriter(t *testing.T) {
	for name, write := range writers {
		var whole counter
		if err := write(&whole); err != nil {
			t.Fatal(err)
		}
		for _, room := range []int{0, 1, int(whole) / 2, int(whole) - 1} {
			f := full(room)
			if err := write(&f); !errors.Is(err, errFull) {
				t.Errorf("%s with room for %d bytes of %d: %v", name, room, whole, err)
			}
		}
	}
}
