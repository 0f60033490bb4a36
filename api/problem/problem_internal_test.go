package problem

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/sothon/sothon/jobs/archive"
)

// Who cannot be served now is told to come again.
func TestBusyOfficeSaysWhenToComeAgain(t *testing.T) {
	f := Of(fmt.Errorf("compile: %w", archive.ErrBusy))
	if f.Status != http.StatusServiceUnavailable || f.Code != "unavailable" || f.RetryAfterSeconds < 1 {
		t.Errorf("%+v", f.Problem)
	}
}
