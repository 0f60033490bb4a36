package api_test

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sothon/sothon/api"
	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/store/memory"
)

func TestSignIn(t *testing.T) {
	h := newHost(t)
	first := h.signIn("collector1")
	if first.User.Username != "collector1" || first.Device.Epoch != 1 || first.TokenType != "Bearer" {
		t.Errorf("session %+v", first)
	}
	var me contract.Me
	h.do("GET", "/v1/me", first.AccessToken, nil).want(http.StatusOK).into(&me)
	if me.User.ID != first.User.ID || me.Device != first.Device || len(me.User.Permissions) == 0 {
		t.Errorf("me %+v", me)
	}

	wrong := h.trySignIn("collector1", "not-the-password").want(http.StatusUnauthorized, "credentials")
	for _, name := range []string{"nobody", "collector1 or 1=1", "Ngô Đình"} {
		unknown := h.trySignIn(name, "not-the-password").want(http.StatusUnauthorized, "credentials")
		if !bytes.Equal(unknown.body, wrong.body) {
			t.Errorf("the answer tells that %q is unknown", name)
		}
	}
	h.trySignIn(" Collector1 ", password).want(http.StatusOK) // as phones' keyboards write it

	if again := h.signIn("collector1", contract.SignInDevice{ID: first.Device.ID}); again.Device != first.Device {
		t.Errorf("the same device is %+v, want %+v", again.Device, first.Device)
	}
	if fresh := h.signIn("collector1", contract.SignInDevice{ID: first.Device.ID, Fresh: true}); fresh.Device.ID != first.Device.ID || fresh.Device.Epoch != 2 {
		t.Errorf("reinstalled: %+v, want epoch 2 of %s", fresh.Device, first.Device.ID)
	}
	if other := h.signIn("collector2", contract.SignInDevice{ID: first.Device.ID}); other.Device.ID == first.Device.ID {
		t.Error("two people share a device")
	}
	if unknown := h.signIn("collector1", contract.SignInDevice{ID: "d_unknown"}); unknown.Device.ID == "d_unknown" || unknown.Device.Epoch != 1 {
		t.Errorf("an unknown device became %+v", unknown.Device)
	}
}

// TestOldInstallationKeepsItsEpoch: it must not go on under the new epoch, in
// which another counts.
func TestOldInstallationKeepsItsEpoch(t *testing.T) {
	h := newHost(t)
	old := h.signIn("collector1")
	h.signIn("collector1", contract.SignInDevice{ID: old.Device.ID, Fresh: true})
	var me contract.Me
	h.do("GET", "/v1/me", old.AccessToken, nil).want(http.StatusOK).into(&me)
	var renewed contract.Session
	h.refresh(old.RefreshToken).want(http.StatusOK).into(&renewed)
	if me.Device.Epoch != 1 || renewed.Device.Epoch != 1 {
		t.Errorf("it is answered epoch %d, and then %d", me.Device.Epoch, renewed.Device.Epoch)
	}
}

// TestDeviceSeenByAClockAhead: once the clock is right again, so is when the device
// was last seen.
func TestDeviceSeenByAClockAhead(t *testing.T) {
	const ahead = 365 * 24 * time.Hour
	h := newHost(t)
	h.clock.advance(ahead)
	session := h.signIn("collector1")
	h.clock.advance(-ahead)
	h.renew(session.RefreshToken)
	d, err := h.accounts.Devices.Get(t.Context(), string(session.Device.ID))
	if err != nil || !d.Value.LastSeen.Time().Equal(h.clock.Now()) {
		t.Errorf("last seen %s, %v; it is %s", d.Value.LastSeen, err, h.clock.Now())
	}
}

// TestPasswordsAreComposed: two keyboards write the same letters in other bytes.
func TestPasswordsAreComposed(t *testing.T) {
	h := newHost(t)
	h.do("POST", "/v1/users", h.as("admin"), contract.NewUser{
		Username: "new", Password: "mật khẩu mẫu", Name: "Người mẫu", Role: "collector", Units: []contract.UnitID{village1},
	}).want(http.StatusCreated)
	h.trySignIn("new", "mâ\u0323t kha\u0302\u0309u mẫu").want(http.StatusOK)
	h.trySignIn("new", "mat khau mau").want(http.StatusUnauthorized, "credentials")
}

func (h *host) refresh(token string) answer {
	h.t.Helper()
	return h.do("POST", "/v1/sessions/refresh", "", contract.RefreshRequest{RefreshToken: token})
}

func (h *host) renew(token string) string {
	h.t.Helper()
	var s contract.Session
	h.refresh(token).want(http.StatusOK).into(&s)
	h.do("GET", "/v1/me", s.AccessToken, nil).want(http.StatusOK)
	return s.RefreshToken
}

func TestRefreshTokensRotate(t *testing.T) {
	h := newHost(t)
	session := h.signIn("collector1")
	token := session.RefreshToken
	seen := map[string]bool{token: true}
	for range 5 {
		h.clock.advance(14 * time.Minute)
		if token = h.renew(token); seen[token] {
			t.Fatal("a token was given out twice")
		}
		seen[token] = true
	}
	for _, bad := range []string{
		"1swKCIwHaDxlzSZoYMq42Us6GTexdCDZ2jDKKZwJ-3c", "s_unknown." + strings.Repeat("A", 43), strings.Repeat(".", 20), token + "A", token + ".x",
		token[:len(token)-1],
	} {
		h.refresh(bad).want(http.StatusUnauthorized, "token-invalid")
	}
	h.renew(token) // none of that did it harm
}

// TestLostRotationIsRepeated: the answer did not arrive, so the phone sends
// the same token again, even days later.
func TestLostRotationIsRepeated(t *testing.T) {
	h := newHost(t)
	token := h.signIn("collector1").RefreshToken
	for _, silence := range []time.Duration{0, 9 * time.Minute, time.Hour, 20 * 24 * time.Hour} {
		h.renew(token) // lost
		h.clock.advance(silence)
		token = h.renew(token)
		h.clock.advance(time.Hour)
		token = h.renew(token)
	}
}

// TestSuccessorsAreGoodUntilOneIsUsed: the first answer may yet arrive, after
// the one to the repetition.
func TestSuccessorsAreGoodUntilOneIsUsed(t *testing.T) {
	for _, used := range []int{0, 1, 2} {
		t.Run(strconv.Itoa(used), func(t *testing.T) {
			h := newHost(t)
			token := h.signIn("collector1").RefreshToken
			successors := []string{h.renew(token), h.renew(token), h.renew(token)}
			h.clock.advance(time.Hour)
			next := h.renew(successors[used])
			h.refresh(successors[(used+1)%3]).want(http.StatusUnauthorized, "session-ended")
			h.refresh(next).want(http.StatusUnauthorized, "session-ended")
		})
	}
}

// TestReuseEndsTheSession: a client that uses a spent token holds a copy.
func TestReuseEndsTheSession(t *testing.T) {
	for _, wait := range []time.Duration{time.Second, time.Hour, 24 * time.Hour} {
		t.Run(wait.String(), func(t *testing.T) {
			h := newHost(t)
			token := h.signIn("collector1").RefreshToken
			var s contract.Session
			h.refresh(token).want(http.StatusOK).into(&s)
			h.refresh(s.RefreshToken).want(http.StatusOK).into(&s)
			h.clock.advance(wait)
			h.refresh(token).want(http.StatusUnauthorized, "session-ended")
			h.refresh(s.RefreshToken).want(http.StatusUnauthorized, "session-ended")
			if wait < 15*time.Minute {
				h.do("GET", "/v1/me", s.AccessToken, nil).want(http.StatusUnauthorized, "session-ended")
			}
			h.signIn("collector1")
		})
	}
}

// TestSpentLongAgo: a copy that was renewed a hundred times does not outlive
// the moment at which the phone comes back with its own token.
func TestSpentLongAgo(t *testing.T) {
	h := newHost(t)
	own := h.signIn("collector1").RefreshToken
	copied := own
	for range 100 {
		h.clock.advance(14 * time.Minute)
		copied = h.renew(copied)
	}
	h.refresh(own).want(http.StatusUnauthorized, "session-ended")
	h.refresh(copied).want(http.StatusUnauthorized, "session-ended")
}

// TestForgedSecretEndsNothing: the id of a session is no secret.
func TestForgedSecretEndsNothing(t *testing.T) {
	h := newHost(t)
	s := h.signIn("collector1")
	id, _, _ := strings.Cut(s.RefreshToken, ".")
	h.refresh(id+"."+strings.Repeat("A", 43)).want(http.StatusUnauthorized, "token-invalid")
	_, others, _ := strings.Cut(h.signIn("collector2").RefreshToken, ".")
	h.refresh(id+"."+others).want(http.StatusUnauthorized, "token-invalid")
	h.do("GET", "/v1/me", s.AccessToken, nil).want(http.StatusOK)
	h.renew(s.RefreshToken)
}

// TestRefreshSentTwiceAtOnce: both answers are good, and so is what follows.
func TestRefreshSentTwiceAtOnce(t *testing.T) {
	h := newHost(t)
	token := h.signIn("collector1").RefreshToken
	successors := make([]string, 4)
	var wg sync.WaitGroup
	for i := range successors {
		wg.Go(func() {
			var s contract.Session
			h.refresh(token).into(&s)
			successors[i] = s.RefreshToken
		})
	}
	wg.Wait()
	for _, s := range successors {
		if s == "" {
			t.Fatal("one was refused")
		}
	}
	h.renew(h.renew(successors[2]))
}

// TestRefreshOutlivesTheDatabase: whether or not the write was applied, the
// phone repeats its token.
func TestRefreshOutlivesTheDatabase(t *testing.T) {
	for name, fault := range map[string]memory.Fault{"applied": memory.Applied, "unapplied": memory.Unapplied} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			token := h.signIn("collector1").RefreshToken
			h.backend.failing(func(op, collection, _ string) memory.Fault {
				if op == memory.OpReplace && collection == "sessions" {
					return fault
				}
				return memory.None
			})
			h.refresh(token).want(http.StatusInternalServerError)
			h.backend.failing(nil)
			h.renew(h.renew(token))
		})
	}
}

func TestSessionsExpire(t *testing.T) {
	const day = 24 * time.Hour
	h := newHost(t)
	token := h.signIn("collector1").RefreshToken
	for range 3 {
		h.clock.advance(89 * day)
		token = h.renew(token)
	}
	h.clock.advance(90 * day)
	h.refresh(token).want(http.StatusUnauthorized, "session-ended")
}

func TestSignOut(t *testing.T) {
	h := newHost(t)
	other := h.beside()
	session, untouched := h.signIn("collector1"), h.signIn("collector1")
	other.do("GET", "/v1/me", session.AccessToken, nil).want(http.StatusOK)
	h.do("DELETE", "/v1/sessions/current", session.AccessToken, nil).want(http.StatusNoContent)
	h.do("GET", "/v1/me", session.AccessToken, nil).want(http.StatusUnauthorized, "session-ended")
	h.refresh(session.RefreshToken).want(http.StatusUnauthorized, "session-ended")
	h.do("GET", "/v1/me", untouched.AccessToken, nil).want(http.StatusOK)
	h.clock.advance(directoryLife)
	other.do("GET", "/v1/me", session.AccessToken, nil).want(http.StatusUnauthorized, "session-ended")
}

// directoryLife is after how long another server's changes are seen.
const directoryLife = 3 * time.Second

func TestRevokedDevice(t *testing.T) {
	h := newHost(t)
	other := h.beside()
	session := h.signIn("collector1")
	id := contract.SignInDevice{ID: session.Device.ID}
	other.do("GET", "/v1/me", session.AccessToken, nil).want(http.StatusOK)
	h.setDevice(session.Device.ID, contract.DeviceStateRevoked)

	h.do("GET", "/v1/me", session.AccessToken, nil).want(http.StatusForbidden, "device-revoked")
	h.refresh(session.RefreshToken).want(http.StatusForbidden, "device-revoked")
	h.trySignIn("collector1", password, id).want(http.StatusForbidden, "device-revoked")
	h.trySignIn("collector1", "not-the-password", id).want(http.StatusUnauthorized, "credentials")
	h.clock.advance(directoryLife)
	other.do("GET", "/v1/me", session.AccessToken, nil).want(http.StatusForbidden, "device-revoked")

	h.setDevice(session.Device.ID, contract.DeviceStateActive)
	h.do("GET", "/v1/me", session.AccessToken, nil).want(http.StatusOK)
	h.renew(session.RefreshToken)
	h.signIn("collector1", id)
}

func (h *host) setDevice(id contract.DeviceID, state contract.DeviceState) {
	h.t.Helper()
	device, err := h.accounts.Devices.Get(h.t.Context(), string(id))
	if err != nil {
		h.t.Fatal(err)
	}
	h.do("PATCH", "/v1/devices/"+string(id), h.as("admin"), contract.DeviceChange{State: state, Version: device.Version}).want(http.StatusOK)
}

func (h *host) changeUser(id string, change contract.UserChange) {
	h.t.Helper()
	user, err := h.accounts.Users.Get(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	change.Version = user.Version
	h.do("PATCH", "/v1/users/"+id, h.as("admin"), change).want(http.StatusOK)
}

func TestDisabledUser(t *testing.T) {
	h := newHost(t)
	session := h.signIn("collector1")
	yes, no := true, false
	h.changeUser("collector1", contract.UserChange{Disabled: &yes})
	h.do("GET", "/v1/me", session.AccessToken, nil).want(http.StatusForbidden, "user-disabled")
	h.refresh(session.RefreshToken).want(http.StatusForbidden, "user-disabled")
	h.trySignIn("collector1", password).want(http.StatusForbidden, "user-disabled")
	h.trySignIn("collector1", "not-the-password").want(http.StatusUnauthorized, "credentials")
	h.changeUser("collector1", contract.UserChange{Disabled: &no})
	h.do("GET", "/v1/me", session.AccessToken, nil).want(http.StatusUnauthorized, "session-ended")
	h.refresh(session.RefreshToken).want(http.StatusUnauthorized, "session-ended")
	h.signIn("collector1")
}

// TestChangesEndSessions: what an account may do is never older than the
// account itself.
func TestChangesEndSessions(t *testing.T) {
	name, newPassword := "Tên mới", "mat-khau-khac"
	for _, test := range []struct {
		name   string
		change contract.UserChange
		ends   bool
	}{
		{"role", contract.UserChange{Role: "auditor"}, true},
		{"units", contract.UserChange{Units: []contract.UnitID{village2}}, true},
		{"password", contract.UserChange{Password: &newPassword}, true},
		{"name", contract.UserChange{Name: &name}, false},
		{"the same role", contract.UserChange{Role: "reviewer"}, false},
		{"the same units", contract.UserChange{Units: []contract.UnitID{commune}}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHost(t)
			session := h.signIn("reviewer")
			h.do("GET", "/v1/conflicts", session.AccessToken, nil).want(http.StatusOK)
			h.changeUser("reviewer", test.change)
			if !test.ends {
				h.do("GET", "/v1/conflicts", session.AccessToken, nil).want(http.StatusOK)
				h.renew(session.RefreshToken)
				return
			}
			h.do("GET", "/v1/conflicts", session.AccessToken, nil).want(http.StatusUnauthorized, "session-ended")
			h.refresh(session.RefreshToken).want(http.StatusUnauthorized, "session-ended")
			if test.change.Password != nil {
				h.trySignIn("reviewer", password).want(http.StatusUnauthorized, "credentials")
				h.trySignIn("reviewer", newPassword).want(http.StatusOK)
				return
			}
			session = h.signIn("reviewer")
			if test.change.Role != "" {
				h.do("GET", "/v1/conflicts", session.AccessToken, nil).want(http.StatusForbidden, "role-forbidden")
			}
		})
	}
}

func TestClientBelowTheMinimum(t *testing.T) {
	h := newHost(t, func(c *api.Config) { c.MinClient = "1.10.0" })
	for version, status := range map[string]int{
		"": http.StatusUnauthorized, "sothon-web/1.9.9": http.StatusUpgradeRequired, "sothon-web/1.10.0": http.StatusUnauthorized,
		"sothon-web/2.0.0": http.StatusUnauthorized, "sothon-web/0.99.99": http.StatusUpgradeRequired,
	} {
		for path, status := range map[string]int{"/v1/me": status, "/.well-known/jwks.json": http.StatusOK, "/healthz": http.StatusOK} {
			r := h.request("GET", path, "", nil)
			r.Header.Set("Sothon-Client", version)
			if version == "" {
				r.Header.Del("Sothon-Client")
			}
			h.send(r).want(status)
		}
	}
	r := h.request("POST", "/v1/sessions", "", contract.SignInRequest{Username: "collector1", Password: password, Device: contract.SignInDevice{Name: "Máy mẫu"}})
	r.Header.Set("Sothon-Client", "sothon-web/1.0.0")
	h.send(r).want(http.StatusUpgradeRequired, "client-too-old")
}
