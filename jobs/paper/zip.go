package paper

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// sortedZip writes an archive whose parts stand in the order of their names,
// whatever the order in which they came. Until then it keeps them compressed.
type sortedZip struct {
	to    io.Writer
	parts []*zipPart
}

// zipPart is a part of the archive. It is whole when the next one begins.
type zipPart struct {
	name  string
	small bytes.Buffer
	flate *flate.Writer
	sum   uint32
	size  uint64
}

// Create begins a part.
func (z *sortedZip) Create(name string) (io.Writer, error) {
	p := &zipPart{name: name}
	var err error
	// Rows of a table repeat themselves: little is gained by looking longer.
	if p.flate, err = flate.NewWriter(&p.small, flate.BestSpeed); err != nil {
		return nil, err
	}
	z.parts = append(z.parts, p)
	return p, nil
}

func (p *zipPart) Write(b []byte) (int, error) {
	p.sum = crc32.Update(p.sum, crc32.IEEETable, b)
	p.size += uint64(len(b))
	return p.flate.Write(b)
}

// AddFS is not needed for a workbook.
func (z *sortedZip) AddFS(fs.FS) error { return errors.ErrUnsupported }

// Close writes the archive.
func (z *sortedZip) Close() error {
	slices.SortStableFunc(z.parts, func(a, b *zipPart) int { return strings.Compare(a.name, b.name) })
	archive := zip.NewWriter(z.to)
	for _, p := range z.parts {
		if err := p.flate.Close(); err != nil {
			return err
		}
		w, err := archive.CreateRaw(&zip.FileHeader{
			Name: p.name, Method: zip.Deflate, CRC32: p.sum,
			CompressedSize64: uint64(p.small.Len()), UncompressedSize64: p.size,
		})
		if err != nil {
			return err
		}
		if _, err := p.small.WriteTo(w); err != nil {
			return err
		}
	}
	return archive.Close()
}
