package gate

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sothon/sothon/api/problem"
)

// TestPaceOfABody sends bodies over slow lines. One that makes progress comes
// through, however long it takes; one that stops is refused by a problem
// that says to cut it.
func TestPaceOfABody(t *testing.T) {
	const size = 400
	g := &Gate{pace: Pace{Now: time.Now, Window: time.Second, Floor: 100, Most: 20 * time.Second, Answer: 10 * time.Second}}
	e := echo.New()
	e.POST("/", func(c echo.Context) error {
		if err := decodeBody(c.Request(), "application/json", 1<<20, g.pace.begin(c.Response())); err != nil {
			return problem.Write(c, problem.Of(err))
		}
		body, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return err
		}
		return c.String(http.StatusOK, string(body))
	})
	handler, err := Compressed(e)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	// The whole request takes longer than the server's own bounds allow.
	server.Config.ReadTimeout, server.Config.WriteTimeout = 2*time.Second, 2*time.Second
	server.Start()
	t.Cleanup(server.Close)

	for name, c := range map[string]struct {
		pieces, pause int // the pause in milliseconds
		want          int
	}{
		"slow, but steady": {40, 80, http.StatusOK},
		"standing still":   {4, 1500, http.StatusRequestTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connection, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = connection.Close() })
			if _, err := io.WriteString(connection, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			go func() {
				for range c.pieces {
					if _, err := io.WriteString(connection, strings.Repeat(" ", size/c.pieces)); err != nil {
						return
					}
					time.Sleep(time.Duration(c.pause) * time.Millisecond)
				}
			}()
			answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = answer.Body.Close() }()
			body, err := io.ReadAll(answer.Body)
			if err != nil || answer.StatusCode != c.want || c.want != http.StatusOK && !strings.Contains(string(body), "too-slow") {
				t.Errorf("%d %s, %v", answer.StatusCode, body, err)
			}
		})
	}
}

// deadlines is an answer whose connection notes until when it is to be read from.
type deadlines struct {
	*httptest.ResponseRecorder
	read []time.Time
}

func (d *deadlines) SetReadDeadline(until time.Time) error {
	d.read = append(d.read, until)
	return nil
}

func (d *deadlines) SetWriteDeadline(time.Time) error { return nil }

// TestMostThatABodyTakes: a body that makes just the progress that it must is waited
// for, but no longer than half an hour in all.
func TestMostThatABodyTakes(t *testing.T) {
	begin := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	now := begin
	pace := StandardPace
	pace.Now = func() time.Time { return now }
	connection := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	body := pace.begin(connection).body(io.NopCloser(strings.NewReader(strings.Repeat(" ", 1<<20))))
	window := make([]byte, int(pace.Window/time.Second)*pace.Floor)
	for minute := range 40 {
		if _, err := io.ReadFull(body, window); err != nil {
			t.Fatal(err)
		}
		want := begin.Add(min(time.Duration(minute+1)*time.Minute, 30*time.Minute))
		if len(connection.read) != minute+1 || !connection.read[minute].Equal(want) {
			t.Fatalf("in minute %d it is waited for until %v, want %v", minute, connection.read, want)
		}
		now = now.Add(time.Minute)
	}
}
