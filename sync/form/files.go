package form

import (
	"slices"

	"github.com/sothon/sothon/sync/ledger"
)

// IsHash reports whether a text is a SHA-256 as a record names a file by it:
// 64 digits of lower-case hex.
func IsHash(s string) bool { return hashPattern.MatchString(s) }

// Files returns the SHA-256 of every file that a record names, each once. Every
// standing sibling counts, and a record that was removed names its files still:
// it may be restored. What an erased field names in a copy that came later does
// not count.
func Files(r *ledger.Record) []string {
	if r == nil {
		return nil
	}
	f, ok := Of(r.Kind)
	if !ok {
		return nil
	}
	var files []string
	for i := range f.Fields {
		field := &f.Fields[i]
		if field.Type != TypeHashes {
			continue
		}
		if shown, _ := r.Current(field.Name); shown.Erased() {
			continue
		}
		for _, w := range r.Register(field.Name) {
			files = appendHashes(files, w.Value)
		}
	}
	return files
}

// FilesOfOp returns the SHA-256 of every file that an op names in one of the
// fields, or in any where fields is nil.
func FilesOfOp(op *ledger.Op, fields []string) []string {
	f, ok := Of(op.Kind)
	if !ok {
		return nil
	}
	var files []string
	add := func(name string, v ledger.Value) {
		if field, ok := f.Field(name); ok && field.Type == TypeHashes && (fields == nil || slices.Contains(fields, name)) {
			files = appendHashes(files, v)
		}
	}
	for _, a := range op.Set {
		add(a.Field, a.Value)
	}
	if op.Action == ledger.ActionResolve {
		add(op.Field, op.Value)
	}
	return files
}

func appendHashes(files []string, v ledger.Value) []string {
	if !v.IsArray() {
		return files
	}
	for item := range v.Elements() {
		if s, ok := item.Text(); ok && IsHash(s) && !slices.Contains(files, s) {
			files = append(files, s)
		}
	}
	return files
}
