package post

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// The headers of a webhook.
const (
	headerID        = "Sothon-Id"
	headerTimestamp = "Sothon-Timestamp"
	headerSignature = "Sothon-Signature"
	headerRepeat    = "Sothon-Repeat"
)

var (
	// ErrSignature says that a request is not from whom it says it is, or was
	// changed on its way.
	ErrSignature = errors.New("the signature does not hold")
	// ErrStale says that a request is genuine and too old, or that the clocks
	// of the two sides differ.
	ErrStale = errors.New("the request is too old")
)

// minSecret is how short a secret may be, in bytes.
const minSecret = 16

// sign is the value of Sothon-Signature.
func sign(secret []byte, timestamp, id string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(timestamp + "." + id + "."))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// Verify is for receivers of webhooks: it returns nil for a request that
// [Webhook] sent with this secret, unchanged, at most tolerance before or after
// now. Five minutes are a good tolerance. Else it returns ErrSignature or
// ErrStale.
//
// body is the request's body as it came, before anything has read or written it
// as JSON. While a secret is being replaced, verify with either.
//
// A request that was overheard can be sent again within the tolerance, and the
// sender repeats what it is not sure of: so a receiver remembers the Sothon-Id
// of what it has taken, and answers 200 to one that it knows without taking it
// again.
func Verify(secret []byte, headers http.Header, body []byte, now time.Time, tolerance time.Duration) error {
	if len(secret) < minSecret {
		return fmt.Errorf("%w: a secret of less than %d bytes", ErrSignature, minSecret)
	}
	var values [3]string
	for i, name := range []string{headerID, headerTimestamp, headerSignature} {
		all := headers.Values(name)
		if len(all) != 1 {
			return fmt.Errorf("%w: %d headers %s", ErrSignature, len(all), name)
		}
		values[i] = all[0]
	}
	id, timestamp, signature := values[0], values[1], values[2]
	if !parcelID.MatchString(id) {
		return fmt.Errorf("%w: %s is no id", ErrSignature, headerID)
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || timestamp != strconv.FormatInt(seconds, 10) {
		return fmt.Errorf("%w: %s is no time", ErrSignature, headerTimestamp)
	}
	// In a time that does not depend on how much of it is right.
	if !hmac.Equal([]byte(signature), []byte(sign(secret, timestamp, id, body))) {
		return ErrSignature
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
		return fmt.Errorf("%w: by %s", ErrStale, age)
	}
	return nil
}
