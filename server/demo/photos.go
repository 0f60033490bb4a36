package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
	"strconv"

	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// picture is a photo that shows nothing: a sack on the ground, in a light that
// no other photo has.
func picture(n int) ([]byte, error) {
	const wide, high = 480, 360
	m := image.NewRGBA(image.Rect(0, 0, wide, high))
	light := uint8(90 + n*11%120)
	for y := range high {
		for x := range wide {
			c := color.RGBA{light, 200, 230, 255} // sky
			switch dx, dy := x-wide/2, (y-high*2/3)*2; {
			case dx*dx+dy*dy < 110*110:
				c = color.RGBA{238, 232, light, 255}
			case y > high*2/3:
				c = color.RGBA{110, light, 60, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, nil); err != nil {
		return nil, fmt.Errorf("draw a photo: %w", err)
	}
	return out.Bytes(), nil
}

func hashOf(photo []byte) string {
	sum := sha256.Sum256(photo)
	return hex.EncodeToString(sum[:])
}

// upload sends a photo of a unit, whole, by tus.
func upload(ctx context.Context, c *client.Client, unit ledger.UnitID, photo []byte) error {
	text := base64.StdEncoding.EncodeToString
	made, err := tus(ctx, c, http.MethodPost, "/v1/files", nil, map[string]string{
		"Upload-Length":   strconv.Itoa(len(photo)),
		"Upload-Metadata": "sha256 " + text([]byte(hashOf(photo))) + ",type " + text([]byte(form.PhotoType)) + ",unit " + text([]byte(unit)),
	})
	if err != nil {
		return err
	}
	if made.Get("Upload-Offset") == strconv.Itoa(len(photo)) {
		return nil // the server has it
	}
	_, err = tus(ctx, c, http.MethodPatch, made.Get("Location"), photo, map[string]string{
		"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream",
	})
	return err
}

// tus sends one request of tus 1.0, and returns the head of the answer.
func tus(ctx context.Context, c *client.Client, method, path string, body []byte, headers map[string]string) (http.Header, error) {
	r, err := c.Request(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Del("Content-Encoding") // photos are not compressed
	r.Header.Set("Tus-Resumable", "1.0.0")
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	answer, err := c.HTTP.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode >= http.StatusBadRequest {
		text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
		if err != nil {
			return nil, fmt.Errorf("%s %s: read the answer: %w", method, path, err)
		}
		return nil, client.ProblemOf(answer, text)
	}
	return answer.Header, nil
}
