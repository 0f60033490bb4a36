//go:build linux

package faults_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sothon/sothon/sync/store/mongo/mongotest"
)

// TestBackupOfSQLite makes a backup while phones push, loses the database,
// and puts the backup in its place as the README says.
func TestBackupOfSQLite(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path, copied := filepath.Join(folder, "sothon.db"), filepath.Join(folder, "copy.db")
	c := newCommune(t, "sqlite:"+path, 1)
	c.loseAll(
		func() { mustRun(t, "backup", "-db", c.db, "-to", copied) },
		func() {
			for _, suffix := range []string{"", "-wal", "-shm"} {
				if err := os.Remove(path + suffix); err != nil {
					t.Fatal(err)
				}
			}
			copyFile(t, copied, path)
		})
}

// TestBackupOfMongoDB does so with two servers over MongoDB. What follows from
// the ledgers is left out: copied at another moment, it would contradict them.
func TestBackupOfMongoDB(t *testing.T) {
	t.Parallel()
	lost, copied := mongotest.URI(t), mongotest.URI(t)
	c := newCommune(t, lost, 2)
	c.loseAll(
		func() { mongotest.Copy(t, lost, copied, "heads", "lines", "rows") },
		func() {
			c.db = copied
			for _, s := range c.servers {
				s.db = copied
			}
		})
}

// loseAll makes a backup while phones push, lets them push more, loses the
// database and restores the backup. Whatever the phones were ahead of it by
// must be there again in the end.
func (c *commune) loseAll(backup, restore func()) {
	c.t.Helper()
	// One phone joins only after the backup, which knows nothing of its device.
	late := c.phones[0]
	late.forgetDevice()
	// One pushes after the backup without pulling, and writes nothing again: no
	// cursor and no gap tells it that what it pushed is gone.
	silent := c.phones[1]
	most := c.phones[2:]

	c.during(func() { c.progress(100) }, c.phones[1:]...)
	c.during(func() {
		c.progress(50)
		backup()
		c.progress(50)
	}, most...)
	for !late.signIn(c.t.Context(), late.chance()) {
	}
	c.during(func() { c.progress(150) }, append(slices.Clone(most), late)...)
	for range 3 {
		silent.write()
	}
	for silent.book.Waiting() > 0 {
		silent.push(c.t.Context(), silent.chance())
	}

	c.killAll()
	c.look()
	restore()
	c.restored.Store(true)
	for _, s := range c.servers {
		s.start()
	}
	// The ledger goes on differently, before everybody is back.
	before := c.tally.acknowledged
	c.during(func() { c.progress(100) }, most[:4]...)
	c.during(func() { c.progress(100) }, append(slices.Clone(most), late)...)
	c.finish()
	if c.tally.refused["409 log-diverged"] == 0 || c.tally.refused["409 counter-gap"] == 0 {
		c.t.Errorf("no phone noticed the restored backup: %v", c.tally.refused)
	}
	c.t.Logf("of %d ops that were acknowledged before the loss nothing is lost", before)
}

// killAll kills every server.
func (c *commune) killAll() {
	c.t.Helper()
	for _, s := range c.servers {
		s.kill()
	}
	c.count(func(n *tally) { n.serverKills += len(c.servers) })
}
