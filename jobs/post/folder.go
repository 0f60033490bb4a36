package post

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Folder is a Channel into a folder, which may be on another machine's disk.
//
// A parcel becomes a folder called by its ID, with its files and parcel.json, a
// [Manifest]. It is written under another name, brought to the disk and
// renamed: a reader sees all of it or nothing. A parcel that is there
// already is taken as delivered if its files are the same; what else lies there
// is the recipient's. A program that takes folders away must remember their names, since
// one that is gone may be written again.
type Folder struct {
	dir string
	now func() time.Time
}

const (
	manifest = "parcel.json"
	// Unfinished folders begin with it, and IDs do not.
	partial = ".sothon-"
	// staleAfter is when an unfinished folder has no writer any more.
	staleAfter = 24 * time.Hour
)

// NewFolder returns the channel into dir, which must exist when a parcel comes:
// if it were made here, a disk that is not mounted would go unnoticed.
func NewFolder(dir string, now func() time.Time) (*Folder, error) {
	if !filepath.IsAbs(dir) || now == nil {
		return nil, errors.New("folder: a whole path and a clock are needed")
	}
	return &Folder{dir, now}, nil
}

// Send implements Channel. It is never uncertain, since a repeat finds what is
// there; what goes wrong with the disk may go well another time. The reference
// of its receipt is the name of the folder.
func (f *Folder) Send(ctx context.Context, p *Parcel) (Receipt, error) {
	if err := f.send(ctx, p); err != nil {
		return Receipt{}, fmt.Errorf("into %s: %w", f.dir, err)
	}
	return Receipt{Reference: p.ID}, nil
}

func (f *Folder) send(ctx context.Context, p *Parcel) error {
	files, err := p.check()
	if err != nil {
		return err
	}
	body, err := json.MarshalIndent(p.manifest(files), "", "  ")
	if err != nil {
		return fmt.Errorf("write the delivery: %w", err)
	}
	for _, file := range files {
		if strings.EqualFold(file.Name, manifest) {
			return fmt.Errorf("%w: a file called %s", ErrRefused, manifest)
		}
	}
	files = append(files, File{Name: manifest, Body: append(body, '\n')})

	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // nothing is written through it
	f.sweep(root)
	if info, err := root.Lstat(p.ID); err == nil {
		if !info.IsDir() {
			return fmt.Errorf("%w: %s is there already, and no folder", ErrRefused, p.ID)
		}
		return found(root, p.ID, files)
	}

	temp, err := os.MkdirTemp(f.dir, partial)
	if err != nil {
		return err
	}
	temp = filepath.Base(temp)
	defer func() { _ = root.RemoveAll(temp) }() // it is swept another time; after the rename there is nothing
	if err := fill(ctx, root, temp, files); err != nil {
		return err
	}
	if err := root.Rename(temp, p.ID); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return found(root, p.ID, files) // Somebody else was faster.
		}
		return err
	}
	// Committed once this has reached the disk; a repeat makes sure of it.
	return flush(root)
}

// fill writes files into a folder that nobody looks into yet.
func fill(ctx context.Context, root *os.Root, name string, files []File) error {
	folder, err := root.OpenRoot(name)
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }() // nothing is written through it
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := write(folder, file); err != nil {
			return err
		}
	}
	// Who else may read is the business of the group of the folder around it.
	if err := root.Chmod(name, 0o750); err != nil {
		return err
	}
	return flush(folder)
}

func write(folder *os.Root, file File) error {
	w, err := folder.OpenFile(file.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return err
	}
	_, err = w.Write(file.Body)
	return errors.Join(err, w.Sync(), w.Close())
}

// flush brings the names in a folder to the disk.
func flush(folder *os.Root) error {
	f, err := folder.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// found judges a parcel that is there already.
func found(root *os.Root, id string, files []File) error {
	for _, file := range files {
		there, err := read(root, filepath.Join(id, file.Name), len(file.Body))
		if errors.Is(err, errOther) || errors.Is(err, fs.ErrNotExist) || err == nil && !bytes.Equal(there, file.Body) {
			return fmt.Errorf("%w: %s is there already, with another %s", ErrRefused, id, file.Name)
		}
		if err != nil {
			return err
		}
	}
	return flush(root)
}

var errOther = errors.New("not what was written")

// read returns a file that should have a size.
func read(root *os.Root, name string, size int) ([]byte, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() != int64(size) {
		return nil, errOther
	}
	return root.ReadFile(name)
}

// sweep removes what was left by a process that died while it wrote. It does no
// harm there, so failing to is no error.
func (f *Folder) sweep(root *os.Root) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), partial) {
			continue
		}
		if info, err := e.Info(); err == nil && f.now().Sub(info.ModTime()) > staleAfter {
			_ = root.RemoveAll(e.Name())
		}
	}
}
