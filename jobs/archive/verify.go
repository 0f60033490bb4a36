package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sothon/sothon/jobs/report"
)

// Writer is the version of what writes reports: the words, the counting and the
// layout of all formats. It is kept with each report that is issued, whose files
// only the same version can write again byte by byte. TestWriter says when it
// has to be raised. 0 stands for the builds that did not keep it.
const Writer = 2

// Verification is what was found of an issued report.
type Verification struct {
	// Files are the stored files whose hashes are right, the signed copy among them.
	Files int
	// Writer wrote them.
	Writer int
	// Rewritten reports whether the report was written again and each file compared.
	// A report of another writer is not: its stored files are what was issued.
	Rewritten bool
	Differ    []Difference
	// Figures are those of the report that are counted now, too, at the heads that it
	// cites, and Changed those that come to something else.
	Figures, Changed int
}

// Difference is a file that differs when its report is written again.
type Difference struct {
	Format  Format
	Stored  string // SHA-256, hex
	Written string // SHA-256, hex
}

// Same reports whether nothing differs.
func (v Verification) Same() bool { return len(v.Differ) == 0 }

// errContent says that the archive contradicts itself.
var errContent = errors.New("the report, its line in the register of numbers and its stored content are not the same")

// Verify checks an issued report: that its stored files have the hashes under
// which they were issued, that its content is the stored one, and that the
// ledgers still have all that it cites. Where this build writes reports as the
// one that issued it did, it also writes every file again, and compares.
func (a *Archive) Verify(ctx context.Context, r *Report) (v Verification, err error) {
	if r.Approval == nil {
		return v, ErrState
	}
	v.Writer = r.Approval.Writer
	release, err := a.compiler.acquire(ctx)
	if err != nil {
		return v, err
	}
	defer release()
	if v.Files, err = a.verifyStored(ctx, r); err != nil {
		return v, err
	}
	compiled, err := a.compiler.compileAgain(ctx, r)
	if err != nil {
		return v, err
	}
	v.Figures, v.Changed = compareFigures(&r.Content, &compiled.Content)
	if v.Rewritten = v.Writer == Writer; !v.Rewritten {
		return v, nil
	}
	for _, format := range Formats {
		stored := r.Files[format]
		sum := sha256.New()
		if err := Render(sum, compiled, format); err != nil {
			return v, err
		}
		if written := hex.EncodeToString(sum.Sum(nil)); written != stored.SHA256 {
			v.Differ = append(v.Differ, Difference{Format: format, Stored: stored.SHA256, Written: written})
		}
	}
	return v, nil
}

// verifyStored reads every stored file of a report, which checks its hash, and
// compares the stored content with the one that is shown.
func (a *Archive) verifyStored(ctx context.Context, r *Report) (files int, err error) {
	for _, format := range Formats {
		stored, ok := r.Files[format]
		if !ok || stored != r.Approval.Files[format] {
			return files, fmt.Errorf("%s: %w", format, errContent)
		}
		body, err := a.files.get(ctx, stored)
		if err != nil {
			return files, fmt.Errorf("%s: %w", format, err)
		}
		files++
		if format != JSON {
			continue
		}
		var content report.Content
		if err := json.Unmarshal(body, &content); err != nil {
			return files, fmt.Errorf("read the stored content: %w", err)
		}
		if content.SHA256 != r.Approval.SHA256 || !sameContent(&content, &r.Content) {
			return files, errContent
		}
	}
	if r.SignedCopy != nil {
		if _, err := a.files.get(ctx, r.SignedCopy.StoredFile); err != nil {
			return files, fmt.Errorf("the signed copy: %w", err)
		}
		files++
	}
	return files, nil
}

func sameContent(a, b *report.Content) bool {
	left, errA := json.Marshal(a)
	right, errB := json.Marshal(b)
	return errA == nil && errB == nil && bytes.Equal(left, right)
}

// compareFigures counts the figures that two contents both have, and those of
// them that differ.
func compareFigures(issued, now *report.Content) (both, changed int) {
	values := map[string]int64{}
	for _, f := range now.Figures {
		values[f.ID] = f.Value
	}
	for _, f := range issued.Figures {
		value, ok := values[f.ID]
		if !ok {
			continue
		}
		if both++; value != f.Value {
			changed++
		}
	}
	return both, changed
}
