package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/ledger"
)

// A village head writes down a gift without a signal, sends it when there is
// one, and pulls what the others wrote. The server here answers what a real one
// does; the tests of package api run the client against that.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, map[string]string{
			"/v1/sessions": `{"accessToken":"…","refreshToken":"…","device":{"id":"d_7Q","epoch":1}}`,
			"/v1/units/21133-01-20040101/batches": `{"log":"l_9bQ2","seq":7,"hash":"2a","through":1,
				"results":[{"n":1,"status":"accepted"}],"receipt":"…"}`,
			"/v1/units/21133-01-20040101/changes": `{"log":"l_9bQ2","seq":7,"hash":"2a","more":false,"records":[
				{"id":"0197c5a0-1c00-7a41-9d3e-5b1f0c2a7e10","kind":"gift","seq":7,"state":"pending","fields":{"quantity":2}}]}`,
		}[r.URL.Path])
	}))
	defer server.Close()

	phone := &client.Client{
		State: &client.State{}, URL: server.URL, HTTP: server.Client(), Limits: client.StandardLimits, Now: time.Now, Tries: 5,
		Wait: func(context.Context, time.Duration) error { return nil },
		Store: func(s *client.State) error { // a phone writes this to its storage
			_, err := json.Marshal(s)
			return err
		},
	}
	ctx := context.Background()
	if err := phone.SignIn(ctx, "thon1.truongthon", "mat-khau-mau", client.Machine{Name: "Máy mẫu", Platform: "Android 12"}); err != nil {
		fmt.Println(err)
		return
	}

	book := phone.State.Book("21133-01-20040101")
	gift, _ := ledger.ParseRecordID("0197c5a0-1c00-7a41-9d3e-5b1f0c2a7e10")
	opened := book.Seen // when the form was opened
	n, err := book.Write(&client.Draft{
		Record: gift, Kind: "gift", Action: ledger.ActionEdit, Base: opened, At: time.Date(2026, 11, 20, 2, 10, 0, 0, time.UTC),
		Set: map[string]json.RawMessage{"quantity": json.RawMessage("2")},
	})
	shown, _, _ := book.Show(gift)
	fmt.Println("op", n, err, "is shown at once:", string(shown.Fields["quantity"]), "pending", shown.Pending)

	step, err := phone.Sync(ctx, book.Unit)
	shown, _, _ = book.Show(gift)
	fmt.Printf("synced %q %v: %s, pending %d, pulled to %d\n", step, err, shown.State, shown.Pending, book.Seen)

	// Output:
	// op 1 <nil> is shown at once: 2 pending 1
	// synced "" <nil>: pending, pending 0, pulled to 7
}
