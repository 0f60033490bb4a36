package problem

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/sothon/sothon/jobs/archive"
)

// A client that cannot be served now is asked to try again.
func TestBusyOfficeSaysWhenToComeAgain(t *testing.T) {
	f := Of(fmt.Errorf("compile: %w", archive.ErrBusy))
	if f.Status != http.StatusServiceUnavailable || f.Code != "unavailable" || f.RetryAfterSeconds < 1 {
		t.Errorf("%+v", f.Problem)
	}
}
