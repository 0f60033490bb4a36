package post_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs/post"
)

func mustFolder(t *testing.T, dir string) *post.Folder {
	t.Helper()
	f, err := post.NewFolder(dir, clock)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// list is what a folder holds: the bytes of files, and a placeholder for anything else.
func list(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, e := range entries {
		all[e.Name()] = []byte("no file")
		if e.Type().IsRegular() {
			if all[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	return all
}

func keys(m map[string][]byte) []string { return slices.Sorted(maps.Keys(m)) }

func TestFolderArrives(t *testing.T) {
	dir, p := t.TempDir(), sample()
	if receipt := send(t, mustFolder(t, dir), p); receipt != (post.Receipt{Reference: p.ID}) {
		t.Errorf("the receipt is %+v", receipt)
	}
	if got := keys(list(t, dir)); !slices.Equal(got, []string{p.ID}) {
		t.Errorf("there are %q", got)
	}
	got := list(t, filepath.Join(dir, p.ID))
	want := post.Manifest{ID: p.ID, Subject: p.Subject, Text: p.Text, AckURL: p.AckURL, Report: p.Report}
	for _, f := range p.Files {
		if !bytes.Equal(got[f.Name], f.Body) {
			t.Errorf("%s is another", f.Name)
		}
		sum := sha256.Sum256(f.Body)
		want.Files = append(want.Files, post.Entry{Name: f.Name, Type: f.Type, Size: len(f.Body), SHA256: hex.EncodeToString(sum[:])})
	}
	var told post.Manifest
	if err := json.Unmarshal(got["parcel.json"], &told); err != nil || !reflect.DeepEqual(told, want) {
		t.Errorf("parcel.json tells %+v, %v", told, err)
	}
	if len(got) != len(p.Files)+1 {
		t.Errorf("there are %q", keys(got))
	}
	for name, want := range map[string]fs.FileMode{p.ID: 0o750 | fs.ModeDir, p.ID + "/report.pdf": 0o640} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode()&^0o027 != want&^0o027 || info.Mode().Perm()&0o007 != 0 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

// The same parcel is delivered once, and no other takes its place.
func TestFolderRepeats(t *testing.T) {
	for name, c := range map[string]struct {
		change func(folder string, p *post.Parcel)
		want   string
	}{
		"the same":               {func(string, *post.Parcel) {}, "sent"},
		"the same, as a repeat":  {func(_ string, p *post.Parcel) { p.Repeat = true }, "sent"},
		"with a file of theirs":  {func(folder string, _ *post.Parcel) { mustWrite(t, folder+"/~lock", "x") }, "sent"},
		"another text":           {func(_ string, p *post.Parcel) { p.Text += "x" }, "refused"},
		"another byte in a file": {func(_ string, p *post.Parcel) { p.Files[0].Body[7]++ }, "refused"},
		"a file more":            {func(_ string, p *post.Parcel) { p.Files = append(p.Files, post.File{Name: "thêm"}) }, "refused"},
		"a file less":            {func(_ string, p *post.Parcel) { p.Files = p.Files[:2] }, "refused"},
		"changed where it lies":  {func(folder string, _ *post.Parcel) { mustWrite(t, folder+"/report.pdf", "x") }, "refused"},
		"removed where it lies":  {func(folder string, _ *post.Parcel) { mustRemove(t, folder+"/report.pdf") }, "refused"},
		"a folder in its place": {func(folder string, _ *post.Parcel) {
			mustRemove(t, folder+"/trống.txt")
			mustMkdir(t, folder+"/trống.txt")
		}, "refused"},
		"emptied":                {func(folder string, _ *post.Parcel) { mustRemove(t, folder); mustMkdir(t, folder) }, "refused"},
		"a file in place of all": {func(folder string, _ *post.Parcel) { mustRemove(t, folder); mustWrite(t, folder, "x") }, "refused"},
		"a link in place of all": {func(folder string, _ *post.Parcel) { mustRemove(t, folder); mustLink(t, "/etc", folder) }, "refused"},
		"a link in place of one": {func(folder string, _ *post.Parcel) {
			mustRemove(t, folder+"/report.pdf")
			mustLink(t, "/etc/hostname", folder+"/report.pdf")
		}, "refused"},
		"taken away": {func(folder string, _ *post.Parcel) { mustRemove(t, folder) }, "sent"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, p := t.TempDir(), sample()
			f := mustFolder(t, dir)
			send(t, f, p)
			c.change(filepath.Join(dir, p.ID), p)
			_, err := f.Send(t.Context(), p)
			wantKind(t, err, c.want)
			if got := keys(list(t, dir)); !slices.Equal(got, []string{p.ID}) {
				t.Errorf("there are %q", got)
			}
		})
	}
}

func mustWrite(t *testing.T, name, body string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
}

func mustRemove(t *testing.T, name string) {
	t.Helper()
	if err := os.RemoveAll(name); err != nil {
		t.Fatal(err)
	}
}

func mustMkdir(t *testing.T, name string) {
	t.Helper()
	if err := os.Mkdir(name, 0o700); err != nil {
		t.Fatal(err)
	}
}

func mustLink(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}

// A process that died while it wrote leaves a folder that nobody takes for a
// parcel, that stops nobody, and that goes away when it is surely nobody's.
func TestFolderAfterACrash(t *testing.T) {
	dir, p := t.TempDir(), sample()
	for name, age := range map[string]time.Duration{
		".sothon-old": 25 * time.Hour, ".sothon-new": 23 * time.Hour, ".theirs": 99 * time.Hour, "theirs": 99 * time.Hour,
	} {
		mustMkdir(t, filepath.Join(dir, name))
		mustWrite(t, filepath.Join(dir, name, "report.pdf"), "%PDF")
		if err := os.Chtimes(filepath.Join(dir, name), today.Add(-age), today.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	send(t, mustFolder(t, dir), p)
	if got, want := keys(list(t, dir)), []string{".sothon-new", ".theirs", p.ID, "theirs"}; !slices.Equal(got, want) {
		t.Errorf("there are %q, want %q", got, want)
	}
}

// Two processes with the same parcel: both have delivered it, and it is whole.
func TestFolderInARace(t *testing.T) {
	dir, p := t.TempDir(), sample()
	var all sync.WaitGroup
	for range 8 {
		f := mustFolder(t, dir)
		all.Go(func() {
			if _, err := f.Send(t.Context(), p); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := keys(list(t, dir)); !slices.Equal(got, []string{p.ID}) {
		t.Errorf("there are %q", got)
	}
	send(t, mustFolder(t, dir), p)
}

func TestFolderFailures(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	mustWrite(t, file, "x")
	for name, at := range map[string]string{"a file": file, "below a file": file + "/x", "not mounted": dir + "/x"} {
		t.Run(name, func(t *testing.T) {
			_, err := mustFolder(t, at).Send(t.Context(), sample())
			wantKind(t, err, "later", at)
		})
	}
	if got := keys(list(t, dir)); !slices.Equal(got, []string{"file"}) {
		t.Errorf("there are %q", got)
	}

	p := sample()
	p.Files[0].Name = "Parcel.JSON"
	_, err := mustFolder(t, dir).Send(t.Context(), p)
	wantKind(t, err, "refused", "parcel.json")

	for _, dir := range []string{"", "here", "../there"} {
		if _, err := post.NewFolder(dir, clock); err == nil {
			t.Errorf("%q is taken", dir)
		}
	}
	if _, err := post.NewFolder(dir, nil); err == nil {
		t.Error("no clock is needed")
	}
}
