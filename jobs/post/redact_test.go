package post_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/sothon/sothon/jobs/post"
)

// What people read of a failure tells no machine and no folder of the office.
func TestRedact(t *testing.T) {
	at := &net.TCPAddr{IP: net.IPv4(10, 20, 30, 40), Port: 8443}
	six := &net.TCPAddr{IP: net.ParseIP("fd00::17"), Port: 8443}
	for _, test := range []struct {
		err          error
		want         string
		secret, kept string
	}{
		{&net.OpError{Op: "dial", Net: "tcp", Addr: at, Err: syscall.ECONNREFUSED}, "", "10.20", "connection refused"},
		{&net.OpError{Op: "read", Net: "tcp", Source: at, Addr: six, Err: syscall.ECONNRESET}, "", "fd00", "connection reset"},
		{&net.DNSError{Err: "no such host", Name: "tinh.mau.example", Server: "10.0.0.53:53"}, "", "10.0.0.53", "tinh.mau.example"},
		{&fs.PathError{Op: "mkdir", Path: "/srv/gui-di/tinh", Err: syscall.EACCES}, "", "/srv", "permission denied"},
		{errors.New("10.20.30.40 is an internal address"), "… is an internal address", "10.20", ""},
		{errors.New("dial fd00::17: no route"), "dial …: no route", "fd00", ""},
		{errors.New("dial [fd00::17]:8443: no route"), "dial …: no route", "fd00", ""},
		{errors.New("::1 refused"), "… refused", "::1", ""},
		{errors.New("fe80::1%eth0 refused"), "… refused", "eth0", ""},
		{errors.New("[fe80::1%eth0]:25 refused"), "… refused", "eth0", ""},
		{errors.New("2001:db8:0:0:1:2:3:4 refused"), "… refused", "2001", ""},
		{errors.New("::ffff:10.20.30.40 refused"), "… refused", "10.20", ""},
		{errors.New("answered 421: \"again at 07:30:15\""), "again at 07:30:15\"", "…", ""},
		{errors.New("answered 502: \"12 báo cáo, 3.5 MB\""), "answered 502: \"12 báo cáo, 3.5 MB\"", "10.20", ""},
	} {
		err := fmt.Errorf("webhook to tinh.mau.example: %w: %w", post.ErrUncertain, test.err)
		got := post.Redact(err)
		if strings.Contains(got, test.secret) || !strings.Contains(got, test.kept) || test.want != "" && !strings.HasSuffix(got, test.want) {
			t.Errorf("%v\nbecame %s", err, got)
		}
	}
}
