package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// What is not plainly one line of UTF-8 never becomes a password in silence.
func TestPasswordOnStandardInput(t *testing.T) {
	for in, want := range map[string]string{
		"mat-khau-mau":             "mat-khau-mau",
		"mat-khau-mau\n":           "mat-khau-mau",
		"mật khẩu mẫu\r\n":         "mật khẩu mẫu",
		" with spaces ":            " with spaces ",
		strings.Repeat("x", 1024):  strings.Repeat("x", 1024),
		strings.Repeat("x", 1025):  "",
		"":                         "",
		"\n":                       "",
		"\xef\xbb\xbfmat-khau-mau": "",
		"\xff\xfem\x00a\x00t\x00":  "",
		"\xfe\xff\x00m\x00a\x00t":  "",
		"m\x00a\x00t\x00":          "",
		"m\xe2t":                   "",
		"mat-khau-mau\nsecond\n":   "",
		"mat-khau-mau\n\n":         "",
		"mat-khau-mau\rsecond":     "",
	} {
		got, err := readPassword(strings.NewReader(in))
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	db := "-db=sqlite:" + filepath.Join(t.TempDir(), "x.db")
	_, err := command(t, "mat-khau-mau\nsecond\n", nil, "user", "add", db, "-username", "admin", "-role", "admin", "-password-stdin")
	if err == nil || !strings.HasPrefix(err.Error(), "-password-stdin: want one line") {
		t.Errorf("two lines: %v", err)
	}
}
