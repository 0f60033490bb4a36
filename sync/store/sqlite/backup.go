package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Backup writes a copy of the database as it is at one moment into a new
// file, readable by its owner only. Others may go on writing meanwhile. What
// was erased, or is otherwise not in use any more, is not in the copy.
func (db *DB) Backup(ctx context.Context, path string) error {
	if err := db.backup(ctx, path); err != nil {
		return fmt.Errorf("back up to %s: %w", path, err)
	}
	return nil
}

func (db *DB) backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return cmp.Or(err, fs.ErrExist)
	}
	// What was cut off must not be taken for a backup.
	part := path + ".part"
	if err := db.copyTo(ctx, part); err != nil {
		_ = os.Remove(part)
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	if runtime.GOOS == "windows" {
		return nil // It flushes no folders.
	}
	return flush(filepath.Dir(path))
}

func (db *DB) copyTo(ctx context.Context, path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	// It reads only, and keeps writers of other processes waiting no more than
	// any reader does.
	if _, err := db.writer.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return err
	}
	return flush(path)
}

// flush waits until a file, or a folder's list of files, is on the disk.
func flush(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
