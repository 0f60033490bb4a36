package accounts

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// How long a password may be, in characters.
const (
	MinPassword = 10
	MaxPassword = 256
)

// The cost of a hash, as OWASP advises for argon2id with little memory: phones
// of a whole commune sign in to one small machine.
const (
	hashMemory  = 19 << 10 // KiB
	hashPasses  = 2
	hashThreads = 1
	saltBytes   = 16
	hashBytes   = 32
)

// No more than this much of the machine is given to passwords: a burst of
// sign-ins waits, and a flood of them is turned away.
const (
	maxHashing        = 1
	maxWaitingForHash = 64
)

// The memory that hashes take is the process's, so the bound is too.
var (
	hashing        = make(chan struct{}, maxHashing)
	waitingForHash atomic.Int32
)

// whileHashing runs do when its turn has come.
func whileHashing(ctx context.Context, do func()) error {
	if waitingForHash.Add(1) > maxWaitingForHash {
		waitingForHash.Add(-1)
		return ErrBusy
	}
	defer waitingForHash.Add(-1)
	select {
	case hashing <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-hashing }()
	do()
	return nil
}

// hashPassword returns a new password's hash in the PHC string format.
func hashPassword(ctx context.Context, random io.Reader, password string) (string, error) {
	password = norm.NFC.String(password)
	if n := utf8.RuneCountInString(password); n < MinPassword || n > MaxPassword {
		return "", refuse("password", CodePassword)
	}
	salt, err := RandomBytes(random, saltBytes)
	if err != nil {
		return "", err
	}
	var hash []byte
	err = whileHashing(ctx, func() {
		hash = argon2.IDKey([]byte(password), salt, hashPasses, hashMemory, hashThreads, hashBytes)
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashPasses, hashThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(hash)), nil
}

// dummyHash is verified where there is no such account, so that the time an
// answer takes does not tell. No password has it.
var dummyHash = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashPasses, hashThreads,
	strings.Repeat("A", base64.RawStdEncoding.EncodedLen(saltBytes)), strings.Repeat("A", base64.RawStdEncoding.EncodedLen(hashBytes)))

// verifyPassword reports whether a password has the hash. An error means that
// it was not found out.
func verifyPassword(ctx context.Context, phc, password string) (bool, error) {
	h, err := parseHash(phc)
	if err != nil {
		return false, err
	}
	password = norm.NFC.String(password)
	if utf8.RuneCountInString(password) > MaxPassword {
		return false, nil
	}
	var got []byte
	err = whileHashing(ctx, func() {
		got = argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.threads, uint32(len(h.key)))
	})
	return err == nil && subtle.ConstantTimeCompare(got, h.key) == 1, err
}

// passwordHash is a hash with the costs that it was made with: hashes of
// earlier versions stay good when the costs above are raised.
type passwordHash struct {
	memory, passes uint32
	threads        uint8
	salt, key      []byte
}

func parseHash(phc string) (passwordHash, error) {
	var h passwordHash
	bad := errors.New("a stored password hash is not argon2id as this program writes it")
	part := strings.Split(phc, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, bad
	}
	if n, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.threads); err != nil || n != 3 {
		return h, bad
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.DecodeString(part[4]); err != nil {
		return h, bad
	}
	if h.key, err = base64.RawStdEncoding.DecodeString(part[5]); err != nil {
		return h, bad
	}
	if h.memory > 256<<10 || h.passes < 1 || h.passes > 16 || h.threads < 1 || h.threads > 16 || len(h.salt) < 8 || len(h.key) < 16 || len(h.key) > 64 {
		return h, bad
	}
	return h, nil
}
